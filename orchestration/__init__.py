"""Dagster: assets, checks, jobs and schedules over the packages that do the work."""
