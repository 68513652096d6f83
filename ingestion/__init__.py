"""Provider responses to landing (extract) and landing to raw schemas (load).

Knows neither dbt nor Dagster. What reads marts belongs elsewhere.
"""
