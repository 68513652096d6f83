"""Bars by trading day: one asset for each provider that has some, launched for any range of days.

A range is one run, which asks as `marketflow backfill` does. Raw gains what it lacked.
"""

import warnings
from datetime import UTC, datetime
from typing import Any

import dagster as dg
from pydantic import Field

from ingestion import job
from ingestion.backfill import resources_of, selection_of, sources
from ingestion.job import IngestSummary, Window
from orchestration.ingestion_assets import RETRIES, may_help_to_retry
from orchestration.ownership import OWNER
from orchestration.partitions import days_of, trading_days
from orchestration.resources import SettingsSource
from warehouse import setup
from warehouse.settings import PROJECT_ROOT, PROVIDERS

PREFIX = "backfill"


class Narrowed(dg.Config):
    """What a run is limited to, besides its days.

    Attributes:
        selection: such as `fmp.eod_prices`; none means all bars of the provider.
        symbols: as the universe names them; none means all.
    """

    selection: list[str] = Field(default_factory=list)
    symbols: list[str] = Field(default_factory=list)


def key_of(provider: str) -> dg.AssetKey:
    """Return the asset of a provider's backfills."""
    return dg.AssetKey([PREFIX, provider])


def job_of(provider: str) -> str:
    """Return the name of the job that backfills from a provider, then builds what that feeds."""
    return f"{PREFIX}_{provider}"


def op_of(provider: str) -> str:
    """Return the step of that asset, by which runs configure it."""
    return "__".join(key_of(provider).path)


def before(raw: dg.AssetKey) -> dg.AssetKey | None:
    """Return the asset that backfills a raw table, if one does: what reads that comes after it."""
    provider, name = raw.path[0], raw.path[-1]
    is_backfilled = provider in PROVIDERS and f"{provider}.{name}" in resources_of(provider)
    return key_of(provider) if is_backfilled else None


def build() -> list[dg.AssetsDefinition]:
    """Return the asset of each provider that has bars."""
    # Which partitions there are goes by the clock, whatever MARKETFLOW_NOW says.
    days = trading_days(datetime.now(UTC))
    with warnings.catch_warnings():
        # One run for a range is beta, and has been for years.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return [_of_provider(provider, days) for provider in sources()]


def _of_provider(provider: str, days: dg.TimeWindowPartitionsDefinition) -> dg.AssetsDefinition:
    @dg.asset(
        key=key_of(provider),
        partitions_def=days,
        backfill_policy=dg.BackfillPolicy.single_run(),
        group_name=provider,
        owners=[OWNER],
        kinds={"dlt", "postgres"},
        description=(
            f"The bars of trading days, fetched again from {provider} and loaded into raw, "
            "whatever has landed of them before."
        ),
        metadata={"code": dg.MetadataValue.path(str(PROJECT_ROOT / "orchestration/backfill.py"))},
        pool=provider,
    )
    def sessions(
        context: dg.AssetExecutionContext,
        config: Narrowed,
        settings: dg.ResourceParam[SettingsSource],
    ) -> dg.MaterializeResult[Any]:
        loaded = settings.load()
        setup.ensure_ready(loaded)
        first, last = days_of(context.partition_key_range)
        summary = job.ingest(
            loaded,
            config.selection or selection_of(loaded, [provider]),
            Window(first, min(last, loaded.now().date()), tuple(config.symbols)),
            trigger="dagster",
        )
        if context.retry_number < RETRIES and may_help_to_retry(summary):
            raise dg.RetryRequested(
                max_retries=RETRIES,
                seconds_to_wait=loaded.retry_seconds * 2**context.retry_number,
            )
        return _result(summary)

    return sessions


def _result(summary: IngestSummary) -> dg.MaterializeResult[Any]:
    """Return what was done; where something failed, the days do not count as done.

    Raises:
        Failure: with what failed.
    """
    if summary.failures:
        raise dg.Failure("; ".join(summary.failures), allow_retries=False)
    requests = summary.extracted.requests if summary.extracted else 0
    skipped = [f"{one.resource} {one.symbol or ''}: {one.reason}" for one in summary.skips]
    return dg.MaterializeResult(
        metadata={"requests": requests, "new_rows": summary.new_rows, "skipped": skipped}
    )
