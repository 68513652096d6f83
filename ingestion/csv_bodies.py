"""CSV in our own columns: a header and rows, checked as a provider's answer is.

The columns are those of the raw table without the lineage. `is_final` may be missing: then a bar is
taken to be as of when the file comes. Where it is false, the bar was open when its numbers were
taken, and stays so.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.csv_cells import unguard
from ingestion.errors import CsvError
from ingestion.landing import Sidecar
from ingestion.parsing import ParseContext, Parsed, tabulate, where
from ingestion.shapes import Column, Resource
from ingestion.values import as_text, decode_json, is_number

# What a file of rejected lines has besides; reading such a file ignores them.
LINE_COLUMN, REASON_COLUMN = "rejected_line", "rejected_reason"
REJECTED_LINES = "rejected_lines"

_UNITS = {"min": 1, "h": 60, "hour": 60}


@dataclass(frozen=True)
class Line:
    """A line with something in it.

    Attributes:
        number: of the body, from 1; of a row over several lines its first.
        cells: as they stand there.
        record: their values by column, as JSON would have brought them.
        problem: why there is no record; None if there is.
        is_open: whether the line says that its bar is not final.
    """

    number: int
    cells: list[str]
    record: Mapping[str, Any]
    problem: str | None = None
    is_open: bool = False


@dataclass(frozen=True)
class Table:
    """A body taken apart."""

    header: list[str]
    lines: list[Line]


def columns_of(resource: Resource) -> tuple[str, ...]:
    """Return the header that we write, and expect in any order."""
    return resource.column_names


def read_table(resource: Resource, body: bytes, name: str) -> Table:
    """Take a body apart.

    Args:
        resource: whose columns it has.
        body: CSV in UTF-8, with or without a byte order mark.
        name: of the file, for errors.

    Raises:
        CsvError: it is no such CSV, or its header is another one.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CsvError(
            f"{name} is no UTF-8 text (byte {error.start}): save it as CSV in UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _require_header(resource, header, name)
        return Table(header, list(_lines(resource, header, reader)))
    except csv.Error as error:
        hint = ": is a quote left open?" if "unexpected end" in str(error) else ""
        raise CsvError(
            f"{name}, line {reader.line_num}: it is no proper CSV ({error}){hint}"
        ) from None


def parse(resource: Resource, body: bytes, sidecar: Sidecar, context: ParseContext) -> Parsed:
    """Return the rows of a landed file, without the lines that were rejected when it came.

    Raises:
        CsvError: it cannot be read.
    """
    rejected = read_ranges(sidecar.params.get(REJECTED_LINES, ""))
    lines = [
        line
        for line in read_table(resource, body, where(sidecar)).lines
        if line.problem is None and line.number not in rejected
    ]
    return rows_of(resource, lines, sidecar.fetched_at, context)


def rows_of(
    resource: Resource, lines: Sequence[Line], fetched_at: datetime, context: ParseContext
) -> Parsed:
    """Return lines as the declared columns, by the checks that answers go through."""
    keys = resource.natural_key
    open_bars = {tuple(_text(line.record[name]) for name in keys) for line in lines if line.is_open}

    def is_final(table: pa.Table) -> pa.ChunkedArray:
        had_closed = _had_closed(resource, table, fetched_at, context)
        if not open_bars:
            return had_closed
        bars = zip(*(table[name].to_pylist() for name in keys), strict=True)
        return pc.and_(had_closed, pa.array([bar not in open_bars for bar in bars], pa.bool_()))

    return tabulate(
        resource,
        [line.record for line in lines],
        given={},
        fields={column.name: column.name for column in resource.columns},
        is_final=is_final if final_column(resource) else None,
    )


def final_column(resource: Resource) -> str | None:
    """Return the column that says whether a bar had closed, if there is one."""
    return next((column.name for column in resource.columns if column.form == "final"), None)


def stamp_column(resource: Resource) -> Column | None:
    """Return the column of the natural key that says when, if one does."""
    for column in resource.columns:
        if column.role == "key" and (
            column.form in {"date", "instant"} or column.name in {"timestamp_ms", "quoted_at"}
        ):
            return column
    return None


def write_ranges(numbers: Sequence[int]) -> str:
    """Return ascending numbers as text: 2,5-9."""
    ranges: list[list[int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def read_ranges(text: str) -> frozenset[int]:
    """Return what `write_ranges` wrote."""
    numbers: set[int] = set()
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return frozenset(numbers)


def _require_header(resource: Resource, header: Sequence[str], name: str) -> None:
    known = columns_of(resource)
    given = [cell for cell in header if cell not in {LINE_COLUMN, REASON_COLUMN}]
    missing = [
        column.name
        for column in resource.columns
        if column.name not in given and column.form != "final" and not column.is_optional
    ]
    unknown = [cell for cell in given if cell not in known]
    if len(given) == 1 and ";" in given[0]:
        problem = "its columns are separated by semicolons, not by commas"
    elif missing:
        problem = f"the column {missing[0]} is missing"
    elif unknown:
        problem = f"the column {unknown[0][:40]!r} is unknown"
    elif len(set(given)) != len(given):
        problem = "a column stands there twice"
    else:
        return
    raise CsvError(
        f"{name}, line 1: {problem}: the header of {resource.source}.{resource.name} is "
        f"{','.join(known)}"
    )


def _lines(resource: Resource, header: Sequence[str], reader: Any) -> Iterator[Line]:
    columns = {column.name: column for column in resource.columns if column.form != "final"}
    final = final_column(resource)
    began = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            if len(cells) == len(header):
                by_name = dict(zip(header, map(unguard, cells), strict=True))
                flag = by_name.get(final or "", "").strip().lower()
                is_flag = flag in {"", "true", "false"}
                yield Line(
                    began,
                    cells,
                    {
                        name: _value(columns[name], text)
                        for name, text in by_name.items()
                        if name in columns
                    },
                    None if is_flag else f"{final} is {flag[:40]!r}, which is not true or false",
                    flag == "false",
                )
            else:
                problem = f"{len(cells)} values for {len(header)} columns"
                yield Line(began, cells, {}, problem)
        began = reader.line_num + 1


def _text(value: Any) -> str | None:
    return None if value is None else as_text(value)


def _value(column: Column, text: str) -> Any:
    """Return the text of a cell as the provider's JSON would have brought it."""
    if column.form == "text":
        return text or None
    text = text.strip()
    match column.form:
        case "number" if is_number(text):
            return text.encode()
        case "flag":
            return {"true": True, "false": False}.get(text.lower(), text or None)
        case "nested" if text:
            try:
                return decode_json(text.encode())
            except (ValueError, RecursionError):
                return text
        case _:
            return text or None


def _had_closed(
    resource: Resource, table: pa.Table, fetched_at: datetime, context: ParseContext
) -> pa.ChunkedArray:
    """Return which bars had closed when the file came."""
    stamp = stamp_column(resource)
    if stamp is None:
        raise CsvError(f"{resource.source}.{resource.name} has no stamp that says when it is")
    stamps = table[stamp.name]
    match stamp.form:
        case "date":
            symbols = table[resource.natural_key[0]]
            last_days = {
                symbol: context.last_final_day(symbol, fetched_at).isoformat()
                for symbol in pc.unique(symbols).to_pylist()
            }
            limits = [last_days[symbol] for symbol in symbols.to_pylist()]
        case "instant":
            lengths = {
                interval: _length(interval) for interval in pc.unique(table["interval"]).to_pylist()
            }
            zone = ZoneInfo(resource.zone)
            utc = fetched_at.astimezone(UTC)
            starts = {
                interval: f"{(utc - length).astimezone(zone):%Y-%m-%d %H:%M:%S}"
                for interval, length in lengths.items()
            }
            limits = [starts[interval] for interval in table["interval"].to_pylist()]
        case _:
            now_ms = pa.scalar(int(fetched_at.timestamp() * 1000))
            return pc.less_equal(stamps.cast(pa.int64()), now_ms)
    return pc.less_equal(stamps, pa.array(limits, pa.string()))


def _length(interval: str) -> timedelta:
    count = interval.rstrip("abcdefghijklmnopqrstuvwxyz")
    minutes = _UNITS.get(interval.removeprefix(count))
    if minutes is None or not count.isdigit():
        # Of a bar whose length nobody knows it is not known whether it has closed.
        return timedelta(days=1)
    return timedelta(minutes=int(count) * minutes)
