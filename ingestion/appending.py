"""Parsed bodies into raw: hashed, compared with the versions that raw has, appended through dlt."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pyarrow as pa

from ingestion import versions
from ingestion.ledger import Body
from ingestion.resources import resources
from warehouse.database import Connection
from warehouse.settings import Settings


def append(
    connection: Connection,
    source: str,
    bodies: Sequence[Body],
    settings: Settings,
    directory: Path,
) -> tuple[str | None, Mapping[str, int]]:
    """Append what is new, and return dlt's load id and the number of new rows by request.

    The caller holds the locks of the raw tables.

    Args:
        connection: as marketflow_loader, in no transaction.
        source: whose bodies they are.
        bodies: in the order of their requests.
        settings: where the warehouse is.
        directory: as `pipelines.working_directory` gives it.

    Raises:
        LoadError: dlt or the database failed; each table has all of its rows or none.
    """
    from ingestion.pipelines import run  # noqa: PLC0415 - dlt takes a second to import

    fresh: dict[str, pa.Table] = {}
    new_rows: dict[str, int] = {}
    for resource in resources(source):
        tables = [body.table for body in bodies if body.resource is resource and body.rows]
        if not tables:
            continue
        table = pa.concat_tables(tables)
        table = table.append_column("row_hash", versions.row_hashes(resource, table))
        kept = versions.new_versions(connection, resource, table)
        if kept.num_rows:
            fresh[resource.name] = kept
            new_rows |= _count_by_request(kept)
    load_id = run(source, fresh, settings, directory) if fresh else None
    return load_id, new_rows


def _count_by_request(table: pa.Table) -> dict[str, int]:
    counts = table["request_id"].value_counts().to_pylist()
    return {cast("str", entry["values"]): cast("int", entry["counts"]) for entry in counts}
