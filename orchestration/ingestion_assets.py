"""The raw tables as assets: one step for each provider, which extracts and loads.

What a run could not get does not stop the models, which build what there is: it shows as a failed
check of the table that lacks it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import dagster as dg
from dagster_dlt import DagsterDltTranslator
from dagster_dlt.translator import DltResourceTranslatorData
from dlt.extract import DltSource

from ingestion import job
from ingestion.errors import ProviderError, QuotaExhausted
from ingestion.job import IngestSummary, Window
from orchestration import links, row_counts
from orchestration.ownership import OWNER
from orchestration.resources import SettingsSource
from warehouse import setup
from warehouse.settings import PROJECT_ROOT, PROVIDERS, Settings

ROUND = "marketflow/round"
"""The tag of runs within the day, which go on with what full runs have begun."""

RETRIES = 3
"""How often a provider that could not be reached is asked again."""

CHECK = "everything_asked_for_arrived"
REFERENCE = [dg.AssetKey(["marketflow", name]) for name in ("sessions", "tracked_instruments")]

Descriptions = Mapping[tuple[str, str], str]


class Translator(DagsterDltTranslator):
    """Keys as dbt names its sources, so that both draw one graph.

    Args:
        descriptions: by source and table, as dbt describes them.
        settings: on which port the docs site is.
    """

    def __init__(self, descriptions: Descriptions, settings: Settings) -> None:
        self._descriptions = descriptions
        self._settings = settings

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """Return the asset of a dlt resource."""
        source, name = str(data.resource.source_name), str(data.resource.name)
        code = PROJECT_ROOT / "ingestion" / "sources" / source / "endpoints.py"
        return (
            super()
            .get_asset_spec(data)
            .replace_attributes(
                key=dg.AssetKey([source, name]),
                deps=REFERENCE,
                group_name=source,
                owners=[OWNER],
                description=self._descriptions.get((source, name)),
                kinds={"dlt", "postgres"},
                tags={"marketflow/layer": "raw"},
            )
            .merge_attributes(
                metadata={
                    "dagster/table_name": f"raw_{source}.{name}",
                    **links.of_source_table(self._settings, source, name, code),
                }
            )
        )


def build(descriptions: Descriptions, settings: Settings) -> list[dg.AssetsDefinition]:
    """Return a multi-asset for each provider."""
    return [_of_provider(name, Translator(descriptions, settings)) for name in PROVIDERS]


def _of_provider(provider: str, translator: Translator) -> dg.AssetsDefinition:
    specs = [
        translator.get_asset_spec(DltResourceTranslatorData(resource=resource, pipeline=None))
        for resource in _dlt_source(provider).resources.values()
    ]
    checks = [
        dg.AssetCheckSpec(
            CHECK,
            asset=spec.key,
            description="Every request of the last run was answered with what it asked for.",
        )
        for spec in specs
    ]

    @dg.multi_asset(
        name=f"ingest_{provider}",
        specs=specs,
        check_specs=checks,
        can_subset=True,
        pool=provider,
    )
    def ingest(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[SettingsSource]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        loaded = settings.load()
        setup.ensure_ready(loaded)
        names = sorted(key.path[-1] for key in context.selected_asset_keys)
        selection = selection_of(provider, names, all_names=list(_dlt_source(provider).resources))
        address = loaded.provider(provider)
        window = Window(is_round=ROUND in context.run.tags)
        summary = (
            job.ingest(loaded, selection, window, trigger="dagster")
            if address.is_reachable
            else job.load_only(loaded, [provider], trigger="dagster")
        )
        if context.retry_number < RETRIES and may_help_to_retry(summary):
            raise dg.RetryRequested(
                max_retries=RETRIES,
                seconds_to_wait=loaded.retry_seconds * 2**context.retry_number,
            )
        for name in names:
            rows = row_counts.of_table(loaded, f"raw_{provider}", name)
            lack = None if address.is_reachable else f"{address.lack_of_key}: it was not asked"
            yield _result(provider, name, summary, rows, lack)

    return ingest


def selection_of(provider: str, names: Sequence[str], *, all_names: Sequence[str]) -> list[str]:
    """Return what to ingest for some tables of a provider.

    What is named one by one is fetched although it is fresh. A run of all tables, as the schedule
    has it, keeps to the plan: it names the provider alone.
    """
    if set(names) == set(all_names):
        return [provider]
    return [f"{provider}.{name}" for name in names]


def may_help_to_retry(summary: IngestSummary) -> bool:
    """Tell whether all of it failed for what passes: the network or the provider's server.

    Where something came, another attempt would fetch that again: the next run brings the rest.
    """
    failures = summary.extracted.failures if summary.extracted else []
    transient = [
        isinstance(one.error, ProviderError) and one.error.is_transient for one in failures
    ]
    return summary.exit_code == 1 and bool(failures) and all(transient)


def _dlt_source(provider: str) -> DltSource:
    module = import_module(f"ingestion.sources.{provider}.source")
    make: Callable[[], DltSource] = getattr(module, provider)
    return make()


def _result(
    provider: str, name: str, summary: IngestSummary, row_count: int | None, lack: str | None
) -> dg.MaterializeResult[Any]:
    failures = summary.failures_of(provider, name)
    skips = summary.skips_of(provider, name)
    # A quota is no fault: the next run goes on from there. When nothing at all was answered, what
    # was not even asked for is no mere warning.
    extracted = summary.extracted.failures if summary.extracted else []
    quota = {one.message for one in extracted if isinstance(one.error, QuotaExhausted)}
    has_failed = bool(set(failures) - quota) or summary.exit_code == 1
    if lack is not None:
        skips = [lack]
    return dg.MaterializeResult(
        asset_key=dg.AssetKey([provider, name]),
        metadata={
            "dagster/row_count": row_count,
            "new_rows": summary.new_rows_of(provider, name),
            "requests": summary.requests_of(provider, name),
        },
        check_results=[
            dg.AssetCheckResult(
                check_name=CHECK,
                asset_key=dg.AssetKey([provider, name]),
                passed=not failures and not skips,
                severity=(
                    dg.AssetCheckSeverity.ERROR if has_failed else dg.AssetCheckSeverity.WARN
                ),
                metadata={"failures": failures, "skipped": skips},
            )
        ],
    )
