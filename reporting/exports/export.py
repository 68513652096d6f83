"""From a mart to files in a directory or a bucket, with a manifest that is written last."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import fsspec
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from reporting.exports import queries, streams
from reporting.exports.files import FileWriter, Format
from reporting.exports.marts import Column, Mart, find
from warehouse.errors import MarketFlowError, UsageError

Connection = psycopg.Connection[tuple[Any, ...]]

MANIFEST = "manifest.json"
LICENCE_NOTE = (
    "The data belongs to its providers, named in the column provider where there is one: their "
    "terms decide who may see it or pass it on. Rows with is_synthetic are invented and free."
)


@dataclass(frozen=True)
class Selection:
    """What is exported.

    Attributes:
        mart: its name.
        where: a condition of the user's on its columns.
        as_of: the instant at which is asked what was known; None for the mart as it stands.
    """

    mart: str
    format_name: Format = "parquet"
    where: str | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes:
        place: the directory of the mart.
        rows: in all files.
        manifest: what its manifest.json says.
    """

    place: str
    rows: int
    manifest: Mapping[str, Any]


def export(
    connection: Connection, selection: Selection, to: str, options: Mapping[str, Any] | None = None
) -> Exported:
    """Write a mart below a directory or an fsspec URL, in a folder of its name.

    Args:
        connection: of the reader, in no transaction.
        selection: what is wanted.
        to: where to; what an earlier export left in the mart's folder is replaced.
        options: what fsspec needs to know, such as keys.

    Raises:
        UsageError: there is no such mart, or the condition is none of SQL.
        MarketFlowError: the place cannot be written.
    """
    with queries.reading(connection):
        mart = find(connection, selection.mart)
        query = queries.statement(mart, where=selection.where, as_of=selection.as_of)
        try:
            connection.execute("set local statement_timeout to '1h'")
            # Planned first: a condition that is no SQL ends here, before anything is written.
            connection.execute(psycopg.sql.SQL("explain {}").format(query))
            return _write(mart, streams.batches(connection, mart, query), selection, to, options)
        except psycopg.Error as error:
            connection.rollback()
            raise _refusal(error, selection) from None


def _write(
    mart: Mart,
    batches: Iterator[pa.RecordBatch],
    selection: Selection,
    to: str,
    options: Mapping[str, Any] | None,
) -> Exported:
    try:
        store, root = fsspec.core.url_to_fs(to, **(options or {}))
        folder = f"{root.rstrip('/')}/{mart.name}"
        _remove_earlier(store, folder)
        writing = _Writing(store, folder, mart, selection.format_name)
        for batch in batches:
            writing.add(batch)
        manifest = _manifest(mart, selection, writing)
        with store.open(f"{folder}/{MANIFEST}", "wb") as target:
            target.write((json.dumps(manifest, indent=1) + "\n").encode())
    except (psycopg.Error, MarketFlowError):
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise MarketFlowError(f"{to} cannot be written: {reason}") from error
    return Exported(f"{to.rstrip('/')}/{mart.name}", manifest["rows"], manifest)


class _Writing:
    """The files of a mart while they are written, one after the other."""

    def __init__(self, store: Any, folder: str, mart: Mart, format_name: Format) -> None:
        self.files: list[dict[str, Any]] = []
        self.is_synthetic: bool | None = None
        self._store, self._folder, self._mart, self._format = store, folder, mart, format_name
        self._schema = schema_of(mart.columns)
        self._name: str | None = None
        self._writer: FileWriter | None = None
        self._target: Any = None

    def add(self, batch: pa.RecordBatch) -> None:
        if "is_synthetic" in self._schema.names:
            found = pc.any(batch.column("is_synthetic")).as_py()
            self.is_synthetic = bool(self.is_synthetic or found)
        for name, part in _partitions(batch, self._mart.partition):
            if self._writer is None or name != self._name:
                self.end()
                self._writer = self._begin(name)
            self._writer.write(part)

    def end(self) -> None:
        if self._writer is None:
            return
        self._writer.close()
        self._target.close()
        digested = self._writer.file
        self.files.append(
            {
                "path": self._path(self._name or ""),
                "rows": self._writer.rows,
                "bytes": digested.size,
                "sha256": digested.sha256,
            }
        )
        self._writer = None

    def finish(self) -> None:
        """End the last file; a mart without rows gets one file with its columns."""
        if self._writer is None and not self.files:
            self._writer = self._begin("")
        self.end()

    def _begin(self, name: str) -> FileWriter:
        path = f"{self._folder}/{self._path(name)}"
        self._store.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        self._name = name
        self._target = self._store.open(path, "wb")
        return FileWriter(self._target, self._schema, self._format)

    def _path(self, name: str) -> str:
        return f"{name}data.{self._format}"


def _partitions(batch: pa.RecordBatch, column: str | None) -> Iterator[tuple[str, pa.RecordBatch]]:
    """Yield a batch in its runs of one value of the partition, with the folder of each."""
    if column is None:
        yield "", batch
        return
    runs = pc.run_end_encode(batch.column(column))
    start = 0
    for end, value in zip(runs.run_ends.to_pylist(), runs.values.to_pylist(), strict=True):
        yield f"{column}={value}/", batch.slice(start, end - start)
        start = end


def _manifest(mart: Mart, selection: Selection, writing: _Writing) -> dict[str, Any]:
    writing.finish()
    return {
        "mart": f"{mart.schema}.{mart.name}",
        "format": selection.format_name,
        "as_of": None if selection.as_of is None else selection.as_of.isoformat(),
        "where": selection.where,
        "rows": sum(file["rows"] for file in writing.files),
        "is_synthetic": writing.is_synthetic,
        "definitions_version": mart.definitions_version,
        "licence": LICENCE_NOTE,
        "order": list(mart.order),
        "columns": [
            {
                "name": column.name,
                "type": column.sql_type,
                "arrow_type": str(column.arrow_type),
                "meaning": column.comment,
            }
            for column in mart.columns
        ],
        "files": writing.files,
    }


def schema_of(columns: tuple[Column, ...]) -> pa.Schema:
    """Return the Arrow schema of columns."""
    return pa.schema([(column.name, column.arrow_type) for column in columns])


def _remove_earlier(store: Any, folder: str) -> None:
    """Remove what an export left, its manifest first; leave anything else alone."""
    if not store.exists(folder) or not store.find(folder):
        return
    path = f"{folder}/{MANIFEST}"
    if not store.exists(path):
        raise UsageError(
            f"{folder} holds files and no {MANIFEST}: remove them if they are of an export that "
            "was broken off, or name another place in --to"
        )
    files = json.loads(store.cat_file(path))["files"]
    store.rm_file(path)
    for file in files:
        store.rm_file(f"{folder}/{file['path']}")


def _refusal(error: psycopg.Error, selection: Selection) -> MarketFlowError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    if selection.where is not None and error.sqlstate is not None:
        return UsageError(f"--where {selection.where!r} cannot be used: {reason}")
    return MarketFlowError(f"{selection.mart} cannot be exported: {reason}")
