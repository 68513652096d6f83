"""What our own Python writes: universe and sessions, with which everything begins, and logs.

The logs are written by every way in (command line, plain dbt, Dagster), so they are no step of a
run: they stand in the graph as what the providers' steps leave behind and the ops marts read.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from ingestion import reference
from orchestration import row_counts
from orchestration.ingestion_assets import Descriptions
from orchestration.ownership import OWNER
from orchestration.resources import SettingsSource
from warehouse import setup

GROUP = "marketflow"
REFERENCE = ("tracked_instruments", "sessions")


def build_reference(descriptions: Descriptions) -> dg.AssetsDefinition:
    """Return the universe and the sessions, which need no provider."""
    specs = [_spec(name, descriptions, kinds={"python", "postgres"}) for name in REFERENCE]

    @dg.multi_asset(name="sync_reference", specs=specs)
    def sync_reference(
        settings: dg.ResourceParam[SettingsSource],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        loaded = settings.load()
        setup.ensure_ready(loaded)
        reference.sync(loaded)
        for name in REFERENCE:
            rows = row_counts.of_table(loaded, f"raw_{GROUP}", name)
            yield dg.MaterializeResult(
                asset_key=dg.AssetKey([GROUP, name]), metadata={"dagster/row_count": rows}
            )

    return sync_reference


def build_logs(
    descriptions: Descriptions,
    written_by: list[dg.AssetsDefinition],
    steps: list[dg.AssetsDefinition],
) -> list[dg.AssetSpec]:
    """Return every table of our own that none of `steps` materializes as an asset."""
    made = {key for step in steps for key in step.keys}
    providers = [key for definition in written_by for key in sorted(definition.keys)]
    return [
        _spec(name, descriptions, kinds={"postgres"}).replace_attributes(deps=providers)
        for source, name in sorted(descriptions)
        if source == GROUP and dg.AssetKey([GROUP, name]) not in made
    ]


def _spec(name: str, descriptions: Descriptions, kinds: set[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey([GROUP, name]),
        group_name=GROUP,
        owners=[OWNER],
        description=descriptions[GROUP, name],
        kinds=kinds,
        tags={"marketflow/layer": "raw"},
        metadata={"dagster/table_name": f"raw_{GROUP}.{name}"},
    )
