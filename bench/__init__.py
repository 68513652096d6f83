"""Benchmarks, one file each, side by side with the plain way to do the same.

`python -m bench` runs them on a PostgreSQL of their own and writes docs/benchmarks.md.
"""
