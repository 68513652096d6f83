"""Declared raw tables as dlt resources, whose rows dlt takes over as CSV files.

COPY reads the files as they are. Of Arrow tables dlt would make Parquet first, and then the same
CSV.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
import pyarrow.csv
from dlt.extract import DltResource

from ingestion.shapes import LINEAGE, Resource

# Instants come as text, which COPY reads.
_DLT_TYPES = {"text": "text", "boolean": "bool", "timestamp with time zone": "text"}
_LOAD_ID = "_dlt_load_id"


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
            _files(tables, resource.name),
            name=resource.name,
            write_disposition="append",
            columns=columns_for_dlt(resource),
        )


def columns_for_dlt(resource: Resource) -> dict[str, Any]:
    """Return the declared columns as dlt hints.

    Which of them are never null the raw table says, which is there before dlt sees it.
    """
    declared = [(column.name, column.sql_type) for column in resource.columns]
    return {
        name: {"data_type": _DLT_TYPES[kind], "nullable": True}
        for name, kind in (*declared, *LINEAGE)
    }


def _files(tables: Mapping[str, pa.Table], name: str) -> Iterator[Any]:
    """Yield the rows of a resource as a file in dlt's own working directory."""
    if name in tables:
        load_id = dlt.current.load_package_state()["load_id"]
        table = tables[name]
        table = table.append_column(_LOAD_ID, pa.repeat(load_id, table.num_rows))
        file = Path(dlt.current.pipeline().working_dir) / f"{name}.csv"
        pyarrow.csv.write_csv(table, file)
        yield dlt.mark.with_file_import(str(file), "csv", table.num_rows)
        file.unlink()
