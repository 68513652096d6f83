"""dbt's seeds and models as assets, and its tests as their checks."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject, dbt_assets

from orchestration import backfill, dbt_directory, links, row_counts
from orchestration.ingestion_assets import ROUND
from orchestration.ownership import OWNER
from orchestration.resources import SettingsSource, dbt_cli, dbt_vars
from warehouse import setup
from warehouse.settings import Settings

_GROUP_OF_SEEDS = "marketflow"
_BUILT_EARLY = ("marts", "dim_instruments")


class Translator(DagsterDbtTranslator):
    """Every dbt group is a Dagster group; what has none (the seeds) gets group and owner."""

    def __init__(self, settings: Settings) -> None:
        self._of_the_project = settings
        super().__init__(
            DagsterDbtTranslatorSettings(
                enable_asset_checks=True, enable_source_tests_as_checks=True
            )
        )

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Return the asset of a dbt node."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        group = spec.group_name
        if group in {None, "default"}:
            spec = spec.replace_attributes(group_name=_GROUP_OF_SEEDS)
        if not spec.owners:
            spec = spec.replace_attributes(owners=[OWNER])
        before = [key for dep in spec.deps if (key := backfill.before(dep.asset_key))]
        if before:
            spec = spec.replace_attributes(deps=[*spec.deps, *before])
        file = self.get_resource_props(manifest, unique_id)["original_file_path"]
        return spec.merge_attributes(metadata=links.of_node(self._of_the_project, unique_id, file))


def build(manifest: Path, settings: Settings) -> dg.AssetsDefinition:
    """Return all of dbt's nodes as one multi-asset."""

    @dbt_assets(
        manifest=manifest,
        dagster_dbt_translator=Translator(settings),
        name="dbt_build",
        # Models have one place in the log of changes each: two builds at once would race for it.
        pool="warehouse",
    )
    def dbt_build(
        context: dg.AssetExecutionContext, settings: dg.ResourceParam[SettingsSource]
    ) -> Iterator[Any]:
        loaded = settings.load()
        setup.ensure_ready(loaded)
        if ROUND in context.run.tags and row_counts.of_table(loaded, *_BUILT_EARLY) is None:
            context.log.info("nothing has been built yet: a full run has to come first")
            return
        dbt = dbt_cli(loaded)
        # Unit tests prove the code, not the data: `dbt build` runs them, a schedule need not.
        build = ["build", "--exclude-resource-type", "unit_test"]
        if context.is_subset:
            # SQL functions are nodes of dbt but no assets, so no selection of assets holds them.
            build += ["--select", "resource_type:function"]
        with dbt_directory.of_run(loaded, context.run.run_id, manifest) as directory:
            done = dbt.cli([*build, *dbt_vars(loaded)], context=context, target_path=directory)
            for event in done.stream():
                yield _with_row_count(event, context, loaded)

    return dbt_build


def _with_row_count(event: Any, context: dg.AssetExecutionContext, settings: Settings) -> Any:
    """Add the rows of a table that was just built; views are not counted."""
    if not isinstance(event, dg.Output):
        return event
    schema, name = context.asset_key_for_output(event.output_name).path
    rows = row_counts.of_table(settings, schema, name)
    if rows is None:
        return event
    return event.with_metadata({**event.metadata, "dagster/row_count": rows})
