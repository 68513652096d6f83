"""Declared raw tables as dlt resources that yield Arrow tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from ingestion.shapes import LINEAGE, Resource

# Instants come as text, which COPY reads.
_DLT_TYPES = {"text": "text", "boolean": "bool", "timestamp with time zone": "text"}


def arrow_resources(
    resources: Sequence[Resource], tables: Mapping[str, pa.Table]
) -> Iterator[DltResource]:
    """Yield an append-only dlt resource for each declared one.

    Args:
        resources: of one source.
        tables: their rows with the lineage, by resource name; a missing one is empty.
    """
    for resource in resources:
        yield dlt.resource(
            _rows(tables, resource.name),
            name=resource.name,
            write_disposition="append",
            columns=columns_for_dlt(resource),
        )


def columns_for_dlt(resource: Resource) -> dict[str, Any]:
    """Return the declared columns as dlt hints, just as Arrow has them; the load id is dlt's own.

    Which of them are never null the raw table says, which is there before dlt sees it.
    """
    declared = [(column.name, column.sql_type) for column in resource.columns]
    lineage = [(name, kind) for name, kind in LINEAGE if not name.startswith("_dlt")]
    return {
        name: {"data_type": _DLT_TYPES[kind], "nullable": True} for name, kind in declared + lineage
    }


def _rows(tables: Mapping[str, pa.Table], name: str) -> Iterator[pa.Table]:
    if name in tables:
        yield tables[name]
