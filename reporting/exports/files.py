"""The files of an export: one writer for each format, and a digest of what is written."""

import hashlib
from collections.abc import Callable
from typing import Any, BinaryIO, Literal, cast, get_args

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

Format = Literal["parquet", "csv", "arrow"]
FORMATS: tuple[str, ...] = get_args(Format)

# Rows of a group: fixed, so that the same rows give the same bytes however they arrived.
_GROUP_ROWS = 65_536


class Digested:
    """A file that counts and digests what is written to it."""

    closed = False

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._digest = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """The SHA-256 of all that was written."""
        return self._digest.hexdigest()

    def write(self, data: Any) -> int:
        """Write bytes on to the target."""
        view = memoryview(data)
        self._digest.update(view)
        self.size += view.nbytes
        self._target.write(view)
        return view.nbytes

    def tell(self) -> int:
        """Return how much was written."""
        return self.size

    def writable(self) -> bool:
        """Say that it is for writing."""
        return True

    def flush(self) -> None:
        """Leave it to the target."""

    def close(self) -> None:
        """Leave it to the owner of the target."""


class FileWriter:
    """Writes the rows of one file in groups of a fixed size.

    Args:
        target: where to.
        schema: of the rows.
        format_name: one of FORMATS.
    """

    def __init__(self, target: BinaryIO, schema: pa.Schema, format_name: Format) -> None:
        self.file = Digested(target)
        self.rows = 0
        self._schema = schema
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._writer = _WRITERS[format_name](self.file, schema)

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows."""
        self.rows += batch.num_rows
        self._waiting.append(batch)
        self._waiting_rows += batch.num_rows
        while self._waiting_rows >= _GROUP_ROWS:
            self._write_group(_GROUP_ROWS)

    def close(self) -> None:
        """Write what is left, and the end of the file."""
        if self._waiting_rows:
            self._write_group(self._waiting_rows)
        self._writer.close()

    def _write_group(self, rows: int) -> None:
        table = pa.Table.from_batches(self._waiting, self._schema)
        self._writer.write_table(table.slice(0, rows).combine_chunks())
        self._waiting = table.slice(rows).to_batches()
        self._waiting_rows -= rows


def _parquet(target: Any, schema: pa.Schema) -> Any:
    return pq.ParquetWriter(target, schema, compression="zstd", version="2.6")


def _csv(target: Any, schema: pa.Schema) -> Any:
    return pa_csv.CSVWriter(target, schema)


def _arrow(target: Any, schema: pa.Schema) -> Any:
    return pa.ipc.new_file(target, schema)


_WRITERS = cast(
    "dict[Format, Callable[[Any, pa.Schema], Any]]",
    {"parquet": _parquet, "csv": _csv, "arrow": _arrow},
)
