"""Jobs: everything, one for each provider with what it feeds, and what runs within the day."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,
)

from orchestration import maintenance, weekly_report
from orchestration.backfill import job_of
from orchestration.maintenance import MAINTENANCE
from warehouse.settings import PROVIDERS

__all__ = ["EVERYTHING", "FMP_WITHIN_THE_DAY", "MAINTENANCE", "AssetJob", "build"]

EVERYTHING = "everything"
FMP_WITHIN_THE_DAY = "fmp_within_the_day"

_MOVING = ("quotes", "intraday_prices")
_SHOWING = (
    "fct_intraday_bars",
    "fct_intraday_indicators",
    "fct_daily_aggregates",
    "fct_latest_prices",
    "obt_latest_market",
)


def build(
    ingestion: Sequence[dg.AssetsDefinition],
    transformation: dg.AssetsDefinition,
    backfills: Sequence[dg.AssetsDefinition],
) -> list[AssetJob | dg.JobDefinition]:
    """Return the jobs: everything, each provider's, each backfill's, and those of the clock.

    A provider's job also builds whatever its models read, so that it works in an empty
    warehouse, but asks no other provider.
    """
    everything = dg.define_asset_job(
        EVERYTHING,
        selection=dg.AssetSelection.assets(*ingestion, transformation),
        description="Ingest from every provider, then build and check every model.",
    )
    jobs = [_job_of(provider, transformation) for provider in PROVIDERS]
    backfilling = [_backfill_of(asset, transformation) for asset in backfills]
    within_the_day = _fmp_within_the_day(transformation)
    weekly = [maintenance.build(), weekly_report.build_job()]
    return [everything, *jobs, *backfilling, within_the_day, *weekly]


def _job_of(provider: str, transformation: dg.AssetsDefinition) -> AssetJob:
    raw = dg.AssetSelection.key_prefixes([provider])
    models = dg.AssetSelection.assets(transformation)
    fed = raw.downstream() & models
    return dg.define_asset_job(
        provider,
        selection=raw.upstream() | (fed.upstream() & models),
        description=f"Ingest from {provider}, then build and check every model that it feeds.",
    )


def _backfill_of(asset: dg.AssetsDefinition, transformation: dg.AssetsDefinition) -> AssetJob:
    provider = asset.key.path[-1]
    models = dg.AssetSelection.assets(transformation)
    fed = dg.AssetSelection.assets(asset).downstream() & models
    return dg.define_asset_job(
        job_of(provider),
        selection=dg.AssetSelection.assets(asset) | (fed.upstream() & models),
        description=(
            f"Fetch the bars of trading days again from {provider}, then build what they feed."
        ),
    )


def _fmp_within_the_day(transformation: dg.AssetsDefinition) -> AssetJob:
    """Return the job that runs every 15 minutes: no more than what moves within a session.

    Two minutes is all that it may take, so models that a session's end alone moves are left out,
    and so is what would have to be there before: it builds nothing in an empty warehouse.
    """
    staging = [dg.AssetKey(["staging", f"stg_fmp__{name}"]) for name in _MOVING]
    shown = [dg.AssetKey(["marts", name]) for name in _SHOWING]
    shown = [key for key in shown if key in transformation.keys]
    moving = dg.AssetSelection.assets(*staging).downstream()
    return dg.define_asset_job(
        FMP_WITHIN_THE_DAY,
        selection=dg.AssetSelection.assets(*(dg.AssetKey(["fmp", name]) for name in _MOVING))
        | (moving & dg.AssetSelection.assets(*shown).upstream()),
        description="Ingest FMP's quotes and bars within the day, then build what shows them.",
    )
