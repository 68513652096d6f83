"""From a response body to rows of text: pure, and the same for every source.

What differs from the declared shape is told as a Surprise and stops no other row.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from operator import itemgetter, methodcaller
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.calendars import Calendars
from ingestion.errors import ShapeError
from ingestion.landing import Sidecar
from ingestion.shapes import Column, Resource
from ingestion.universe import Instrument
from ingestion.values import TEXT, SurpriseKind, as_text, clean, convert, decode_json, plain_column

Row = Mapping[str, Any]

_LONGEST_EXAMPLE = 200


@dataclass(frozen=True)
class Surprise:
    """A difference between an answer and its declared shape.

    Attributes:
        field: the provider's name of it.
        example: the first value, shortened.
        count: in how many rows.
    """

    field: str
    kind: SurpriseKind
    example: str
    count: int = 1


@dataclass(frozen=True)
class Parsed:
    """The rows of a body.

    Attributes:
        table: the columns of the resource, without the lineage.
        surprises: what differed from the declared shape.
        left_out: how many rows could not be kept, each told as a surprise.
    """

    table: pa.Table
    surprises: tuple[Surprise, ...] = ()
    left_out: int = 0

    def also(self, surprises: Iterable[Surprise], *, left_out: int = 0) -> "Parsed":
        """Return the same rows with more to tell."""
        return replace(
            self,
            surprises=(*self.surprises, *surprises),
            left_out=self.left_out + left_out,
        )


class ParseContext:
    """What parsing has to know about the instruments of a source.

    Args:
        source: whose symbols are meant.
        instruments: of the universe, and those that have left it.
    """

    # A calendar that calls no bar final too early, for a symbol that nobody knows any more.
    _CAUTIOUS = "24/7"

    def __init__(
        self, source: str, instruments: Iterable[Instrument], calendars: Calendars
    ) -> None:
        self.calendars = calendars
        self._instruments: dict[str, Instrument] = {}
        name = _SYMBOL_FIELDS.get(source, "symbol")
        for instrument in instruments:
            symbol = getattr(instrument, name)
            if symbol is not None:
                self._instruments.setdefault(symbol, instrument)

    def calendar(self, symbol: str) -> str:
        """Return the calendar of a provider's symbol."""
        instrument = self._instruments.get(symbol)
        if instrument is None or instrument.calendar is None:
            return self._CAUTIOUS
        return instrument.calendar

    def asset_class(self, symbol: str) -> str | None:
        """Return the asset class of a provider's symbol, None if it is unknown."""
        instrument = self._instruments.get(symbol)
        return None if instrument is None else instrument.asset_class

    def knows(self, symbol: str) -> bool:
        """Return whether an instrument has this symbol at the provider."""
        return symbol in self._instruments

    def is_final_daily(self, symbol: str, day: date, fetched_at: datetime) -> bool:
        """Return whether a daily bar had closed when it was fetched."""
        return self.calendars.is_final_daily(self.calendar(symbol), day, fetched_at)

    def last_final_day(self, symbol: str, fetched_at: datetime) -> date:
        """Return the last day whose bar had closed when it was fetched."""
        return self.calendars.calendar(self.calendar(symbol)).last_final_day(fetched_at)


_SYMBOL_FIELDS = {
    "twelve_data": "twelve_data_symbol",
    "fmp": "fmp_symbol",
    "coingecko": "coingecko_id",
    "fred": "fred_series_id",
}


def symbol_field(source: str) -> str | None:
    """Return which field of an instrument is its symbol at a provider, if it has one."""
    return _SYMBOL_FIELDS.get(source)


def where(sidecar: Sidecar) -> str:
    """Return source, resource and symbols of a request, as errors name them."""
    shown = ", ".join(sidecar.symbols[:3]) + (", ..." if len(sidecar.symbols) > 3 else "")
    return f"{sidecar.source} {sidecar.resource} {shown}".rstrip()


def read_json(body: bytes, sidecar: Sidecar) -> Any:
    """Return a JSON body, as `decode_json` does.

    Raises:
        ShapeError: it is no JSON.
    """
    try:
        return decode_json(body)
    except (ValueError, RecursionError):
        raise ShapeError(where(sidecar), "the body is no JSON") from None


def tabulate(
    resource: Resource,
    records: Sequence[Any],
    *,
    given: Mapping[str, str | None],
    fields: Mapping[str, str] | None = None,
    is_final: Callable[[pa.Table], pa.ChunkedArray] | None = None,
) -> Parsed:
    """Return the provider's rows as the declared columns.

    Args:
        resource: what is declared.
        records: decoded rows; what is no object is left out.
        given: columns that do not stand in the rows.
        fields: other fields than the declared ones, by column.
        is_final: which rows of the finished columns had closed, where the resource asks.
    """
    notes = _Notes()
    rows = _objects(records, notes)
    columns = {
        column: (fields or {}).get(column.name, column.field)
        for column in resource.columns
        if column.name not in given and column.form != "final"
    }
    shapes = Counter(map(tuple, rows))
    _compare_shapes(resource, columns, shapes, rows, notes)
    everywhere = frozenset.intersection(*map(frozenset, shapes)) if shapes else frozenset()
    arrays: dict[str, pa.Array] = {
        name: pa.repeat(pa.scalar(text, TEXT), len(rows)) for name, text in given.items()
    }
    lost: set[int] = set()
    for column, name in columns.items():
        field = name or column.name
        read = itemgetter(field) if field in everywhere else methodcaller("get", field)
        raw = list(map(read, rows))
        arrays[column.name] = _column(column, field, raw, rows, notes, lost=lost)
    table = pa.table(arrays)
    if lost:
        table = table.filter(pa.array([n not in lost for n in range(len(rows))], pa.bool_()))
    table = _one_row_per_key(
        table, [column.name for column in columns if column.role == "key"], notes
    )
    if is_final is not None:
        table = table.append_column("is_final", is_final(table).cast(pa.bool_()))
    return Parsed(table.select(list(resource.column_names)), notes.surprises(), notes.left_out)


def nothing(resource: Resource) -> Parsed:
    """Return no rows."""
    return Parsed(declared_schema(resource).empty_table())


def declared_schema(resource: Resource) -> pa.Schema:
    """Return the Arrow types of the columns that parsing makes."""
    return pa.schema(
        [
            (column.name, pa.bool_() if column.form == "final" else TEXT)
            for column in resource.columns
        ]
    )


def together(resource: Resource, parts: Sequence[Parsed]) -> Parsed:
    """Return the rows of several parts of one body as one."""
    if not parts:
        return nothing(resource)
    counts: Counter[tuple[str, SurpriseKind]] = Counter()
    examples: dict[tuple[str, SurpriseKind], str] = {}
    for part in parts:
        for surprise in part.surprises:
            counts[surprise.field, surprise.kind] += surprise.count
            examples.setdefault((surprise.field, surprise.kind), surprise.example)
    return Parsed(
        pa.concat_tables([part.table for part in parts]),
        tuple(Surprise(*which, examples[which], n) for which, n in counts.items()),
        sum(part.left_out for part in parts),
    )


@dataclass
class _Notes:
    """Surprises while they are being counted."""

    left_out: int = 0
    counts: Counter[tuple[str, SurpriseKind]] = field(default_factory=Counter)
    examples: dict[tuple[str, SurpriseKind], str] = field(default_factory=dict)

    def add(self, name: str, kind: SurpriseKind, example: Any, count: int = 1) -> None:
        name = clean(name)[:_LONGEST_EXAMPLE]
        self.counts[name, kind] += count
        self.examples.setdefault((name, kind), clean(as_text(example))[:_LONGEST_EXAMPLE])

    def surprises(self) -> tuple[Surprise, ...]:
        return tuple(
            Surprise(name, kind, self.examples[name, kind], count)
            for (name, kind), count in self.counts.items()
        )


def _objects(records: Sequence[Any], notes: _Notes) -> list[Row]:
    if set(map(type, records)) <= {dict}:
        return list(records)
    for record in records:
        if not isinstance(record, dict):
            notes.add("(row)", "bad_value", record)
            notes.left_out += 1
    return [record for record in records if isinstance(record, dict)]


def _compare_shapes(
    resource: Resource,
    columns: Mapping[Column, str | None],
    shapes: Mapping[tuple[str, ...], int],
    rows: Sequence[Row],
    notes: _Notes,
) -> None:
    """Tell of unknown and missing fields. Almost always all rows have one and the same shape."""
    known = resource.ignored | {name for name in columns.values() if name is not None}
    for shape, count in shapes.items():
        for name in shape:
            if name not in known:
                example = next(row[name] for row in rows if name in row)
                notes.add(name, "unknown_key", example, count)
        for column, wanted in columns.items():
            if wanted is not None and wanted not in shape and not column.is_optional:
                notes.add(wanted, "missing_key", "", count)


def _column(
    column: Column,
    name: str,
    raw: Sequence[Any],
    rows: Sequence[Row],
    notes: _Notes,
    *,
    lost: set[int],
) -> pa.Array:
    """Return a column as text, noting the rows without a value that they need."""
    array = plain_column(column, raw)
    if array is not None:
        if column.role == "key" and array.null_count:
            _lose_nulls(name, rows, array, notes, lost)
        return array
    texts: list[str | None] = []
    for n, value in enumerate(raw):
        text, kind = convert(column, value)
        texts.append(text)
        if kind is not None:
            notes.add(name, kind, value)
        is_lost = text is None and (
            column.role == "key" or (column.is_required and kind is not None)
        )
        if is_lost:
            if kind is None and name in rows[n]:
                notes.add(name, "bad_value", value)
            notes.left_out += n not in lost
            lost.add(n)
    return pa.array(texts, TEXT)


def _lose_nulls(
    name: str, rows: Sequence[Row], array: pa.Array, notes: _Notes, lost: set[int]
) -> None:
    for n in pc.indices_nonzero(array.is_null()).to_pylist():
        if name in rows[n]:
            notes.add(name, "bad_value", None)
        notes.left_out += n not in lost
        lost.add(n)


def _one_row_per_key(table: pa.Table, keys: list[str], notes: _Notes) -> pa.Table:
    """Keep the last of rows with one key, which may not both be versions of one response."""
    if not keys or table.num_rows < 2:
        return table
    if any(pc.count_distinct(table[name]).as_py() == table.num_rows for name in keys):
        return table
    stamps = list(zip(*(table[name].to_pylist() for name in keys), strict=True))
    if len(set(stamps)) == len(stamps):
        return table
    last = {stamp: n for n, stamp in enumerate(stamps)}
    rows = table.to_pylist()
    for n, stamp in enumerate(stamps):
        if rows[n] != rows[last[stamp]]:
            notes.add("(key)", "bad_value", " ".join(stamp))
            notes.left_out += 1
    return table.take(sorted(last.values()))
