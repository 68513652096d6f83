"""Dagster: one graph from providers to marts, jobs, schedules. One file for each concept.

The work itself is done by `ingestion` and by dbt; here it is only named, joined and timed.
"""
