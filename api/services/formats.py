"""Rows written as JSON, CSV, Parquet or an Arrow stream. Null stays null, and NaN becomes it."""

import csv
import io
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import orjson

from api.queries.catalog import Column
from api.queries.pool import Rows

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"
ARROW = "application/vnd.apache.arrow.stream"

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


def write(media: str, columns: Sequence[Column], rows: Rows, next_cursor: str | None) -> bytes:
    """Return a page in a format; only JSON holds the cursor.

    Args:
        media: one of MEDIA.
        columns: what is returned; rows may be longer.
        rows: their values.
        next_cursor: where the next page begins; None on the last.
    """
    if media == JSON:
        return write_json(
            {"data": [as_object(columns, row) for row in rows], "next_cursor": next_cursor}
        )
    return _WRITERS[media](columns, rows)


def write_json(value: Any) -> bytes:
    """Return a value as JSON: instants in UTC with Z, NaN and infinity as null."""
    return orjson.dumps(value, default=float, option=_OPTIONS)


def as_object(columns: Sequence[Column], row: Sequence[Any]) -> dict[str, Any]:
    """Return a row by column name; what it holds beyond the columns is left out."""
    return {column.name: value for column, value in zip(columns, row, strict=False)}


def _csv(columns: Sequence[Column], rows: Rows) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.name for column in columns])
    writer.writerows([_cell(value) for value in row[: len(columns)]] for row in rows)
    return text.getvalue().encode()


def _cell(value: Any) -> Any:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value) if math.isfinite(value) else ""
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case list() | dict():
            return write_json(value).decode()
        case _:
            return value


def _parquet(columns: Sequence[Column], rows: Rows) -> bytes:
    from pyarrow import parquet  # noqa: PLC0415 - a second to load, and few ask for it

    sink = io.BytesIO()
    parquet.write_table(_table(columns, rows), sink)
    return sink.getvalue()


def _arrow(columns: Sequence[Column], rows: Rows) -> bytes:
    import pyarrow as pa  # noqa: PLC0415

    table = _table(columns, rows)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def _table(columns: Sequence[Column], rows: Rows) -> Any:
    import pyarrow as pa  # noqa: PLC0415

    types = {
        "text": pa.string(),
        "double precision": pa.float64(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "timestamptz": pa.timestamp("us", tz="UTC"),
        "text[]": pa.list_(pa.string()),
    }
    arrays = []
    for number, column in enumerate(columns):
        values = [_plain(row[number]) for row in rows]
        arrays.append(pa.array(values, types.get(column.data_type, pa.string())))
    return pa.table(dict(zip([column.name for column in columns], arrays, strict=True)))


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return write_json(value).decode() if isinstance(value, dict) else value


_WRITERS: Mapping[str, Callable[[Sequence[Column], Rows], bytes]] = {
    CSV: _csv,
    PARQUET: _parquet,
    ARROW: _arrow,
}
MEDIA = (JSON, *_WRITERS)
"""What is served, the first where a caller takes anything."""
