"""A CSV file of any size in parts that fit into memory, each a CSV file with the header."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ingestion.errors import CsvError

PART_BYTES = 4 * 1024 * 1024
_LONGEST_ROW = 1024 * 1024


@dataclass(frozen=True)
class Part:
    """A stretch of a file.

    Attributes:
        body: the header and some rows; of a small file the file itself, to the byte.
        first_line: of the file, at which the rows begin.
    """

    body: bytes
    first_line: int

    def line_in_file(self, line: int) -> int:
        """Return the number in the file of a line of the body."""
        return line if line == 1 else self.first_line + line - 2


def parts(path: Path) -> Iterator[Part]:
    """Yield the parts of a file, the first one even if it has no rows.

    Raises:
        CsvError: it cannot be read, or has a row of an unheard-of length.
    """
    try:
        with path.open("rb") as file:
            rows = _rows(file, path)
            _, header = next(rows, (1, b""))
            pending: list[bytes] = []
            first, size = 2, 0
            for number, row in rows:
                if pending and size + len(row) > PART_BYTES:
                    yield Part(header + b"".join(pending), first)
                    pending, first, size = [], number, 0
                pending.append(row)
                size += len(row)
            yield Part(header + b"".join(pending), first)
    except OSError as error:
        raise CsvError(f"{path} cannot be read ({error.strerror}): make it readable") from None


def _rows(file: BinaryIO, path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield each row with the number of its first line; within quotes a row may go on."""
    number = line_count = size = quotes = 0
    row: list[bytes] = []
    while line := file.readline(_LONGEST_ROW + 1):
        line_count += 1
        number = number if row else line_count
        row.append(line)
        size += len(line)
        quotes += line.count(b'"')
        if size > _LONGEST_ROW:
            raise CsvError(
                f"{path}, line {number}: the row is longer than {_LONGEST_ROW:,} bytes: "
                "is a quote left open, or is it no CSV?"
            )
        if quotes % 2 == 0:
            yield number, b"".join(row)
            row, size, quotes = [], 0, 0
    if row:
        yield number, b"".join(row)
