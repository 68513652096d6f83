"""Rows out of the database as Arrow batches, never more than a few megabytes at once.

PostgreSQL writes them as CSV, which Arrow reads many times faster than Python makes objects.
"""

import io
from collections.abc import Iterator
from typing import Any

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
from psycopg.sql import SQL, Composable

from reporting.exports.marts import Mart

Connection = psycopg.Connection[tuple[Any, ...]]

_BLOCK_BYTES = 4 * 1024 * 1024


def batches(connection: Connection, mart: Mart, query: Composable) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a query over a mart, in its order, with the mart's Arrow types."""
    names = [column.name for column in mart.columns]
    schema = pa.schema([(column.name, column.arrow_type) for column in mart.columns])
    read_as = {
        column.name: pa.int64() if pa.types.is_timestamp(column.arrow_type) else column.arrow_type
        for column in mart.columns
    }
    copy_out = SQL("copy ({}) to stdout (format csv)").format(query)
    with connection.cursor() as cursor, cursor.copy(copy_out) as copy:
        source = io.BufferedReader(_Bytes(copy), _BLOCK_BYTES)
        first = source.peek(1)
        if not first:
            return
        reader = pa_csv.open_csv(
            source,
            read_options=pa_csv.ReadOptions(
                column_names=names, block_size=_BLOCK_BYTES, use_threads=False
            ),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(
                column_types=read_as,
                null_values=[""],
                true_values=["t"],
                false_values=["f"],
                strings_can_be_null=True,
                # PostgreSQL quotes an empty text, and leaves a null bare.
                quoted_strings_can_be_null=False,
            ),
        )
        for batch in reader:
            yield _with_instants(batch, schema)


def _with_instants(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    columns = [array.cast(field.type) for array, field in zip(batch.columns, schema, strict=True)]
    return pa.record_batch(columns, schema=schema)


class _Bytes(io.RawIOBase):
    """What a COPY sends, as a file."""

    def __init__(self, copy: psycopg.Copy) -> None:
        self._blocks = iter(copy)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._rest = memoryview(bytes(block))
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
