"""Everything that Dagster loads, put together. `build_definitions` lets a test bring settings."""

from collections.abc import Callable

import dagster as dg

from orchestration import (
    backfill,
    dbt_assets,
    dbt_manifest,
    forecast_assets,
    freshness,
    gaps,
    ingestion_assets,
    jobs,
    marketflow_assets,
    schedules,
    telling,
)
from orchestration.resources import SettingsSource
from warehouse.settings import Settings, load_settings


def build_definitions(load: Callable[[], Settings] = load_settings) -> dg.Definitions:
    """Return the definitions. Needs neither network nor keys nor a database.

    Args:
        load: returns the settings; called now, for the project's paths, and by every run.
    """
    settings = load()
    manifest = dbt_manifest.prepare(settings)
    described = dbt_manifest.descriptions(manifest)
    reference = marketflow_assets.build_reference(described)
    ingestion = ingestion_assets.build(described, settings)
    backfills = backfill.build()
    models = dbt_assets.build(manifest, settings)
    forecasts = forecast_assets.build(described, settings)
    every_job = jobs.build([reference, *ingestion], models, backfills)
    forecasting = forecast_assets.build_job(forecasts)
    return dg.Definitions(
        assets=[
            reference,
            *ingestion,
            *backfills,
            *marketflow_assets.build_logs(described, ingestion, [reference, forecasts]),
            models,
            forecasts,
        ],
        asset_checks=[freshness.build()],
        jobs=[*every_job, forecasting],
        schedules=schedules.build([*every_job, forecasting], settings),
        sensors=[telling.build(), gaps.build(every_job)],
        resources={"settings": SettingsSource(load)},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
