"""Forecasts: series in, forecasts and scores out. Knows no database and no Dagster."""
