"""Which lines of a CSV file are no good, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ingestion.csv_bodies import Line, Table, rows_of, stamp_column
from ingestion.parsing import (
    ParseContext,
    Surprise,
)
from ingestion.shapes import Form, Resource
from ingestion.values import as_text

_EXPECTED: Mapping[Form, str] = {
    "number": "a number",
    "numeral": "a number",
    "date": "a date like 2024-07-03",
    "instant": "a date and time like 2024-07-03 15:55:00",
    "flag": "true or false",
    "nested": "JSON",
}
_SYMBOL_COLUMNS = ("symbol", "id", "coin_id", "series_id")
_SHOWN = 40
_FIRST_YEAR = 1600
# Long before any of these providers had a stamp of this kind.
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_STAMP = datetime(2000, 1, 1, tzinfo=UTC) - _EPOCH
_LONGEST_STAMP = 13
_LAST_STAMP = datetime(2200, 1, 1, tzinfo=UTC) - _EPOCH
_SLACK = timedelta(days=1)


@dataclass
class Checked:
    """What the checks said of a body.

    Attributes:
        rejects: the reason, by the number of the line.
        symbols: of the lines that are good, in the provider's spelling.
        good: how many lines are good.
    """

    rejects: dict[int, str] = field(default_factory=dict)
    symbols: tuple[str, ...] = ()
    good: int = 0


class Checker:
    """The checks of one resource at one instant.

    Args:
        resource: whose lines they are.
        now: when the file came.
        context: what is known of the instruments.
        spellings: the provider's spelling of a symbol, by the house symbol.
        is_of_universe: whether only instruments of the universe belong there.
    """

    def __init__(
        self,
        resource: Resource,
        now: datetime,
        context: ParseContext,
        *,
        spellings: Mapping[str, str],
        is_of_universe: bool,
    ) -> None:
        self._resource = resource
        self._now = now
        self._context = context
        self._spellings = spellings
        self._symbol = next((name for name in resource.natural_key if name in _SYMBOL_COLUMNS), "")
        self._is_of_universe = is_of_universe and bool(self._symbol)
        self._stamp = stamp_column(resource)
        self._is_of_the_past = any(
            column.form in {"final", "number"}
            for column in resource.columns
            if column.form == "final" or column is self._stamp
        )

    def check(self, table: Table) -> Checked:
        """Return which lines are no good, and why."""
        found = Checked()
        fitting = []
        for line in table.lines:
            if line.problem is None:
                fitting.append(line)
            else:
                found.rejects[line.number] = line.problem
        for line, surprises in self._unreadable(fitting):
            found.rejects[line.number] = "; ".join(self._sentence(one) for one in surprises)
        readable = [line for line in fitting if line.number not in found.rejects]
        for line in readable:
            reason = self._impossible(line.record)
            if reason is not None:
                found.rejects[line.number] = reason
        possible = [line for line in readable if line.number not in found.rejects]
        found.rejects.update(self._superseded(possible))
        good = [line for line in possible if line.number not in found.rejects]
        found.good = len(good)
        if self._symbol:
            names = {as_text(line.record[self._symbol]) for line in good}
            found.symbols = tuple(sorted(names))
        return found

    def _unreadable(self, lines: Sequence[Line]) -> Iterator[tuple[Line, tuple[Surprise, ...]]]:
        """Yield the lines that answers could not have either; halves without any are not split."""
        if not lines:
            return
        parsed = rows_of(self._resource, lines, self._now, self._context)
        surprises = tuple(one for one in parsed.surprises if one.field != "(key)")
        if not surprises:
            return
        if len(lines) == 1:
            yield lines[0], surprises
            return
        middle = len(lines) // 2
        yield from self._unreadable(lines[:middle])
        yield from self._unreadable(lines[middle:])

    def _sentence(self, surprise: Surprise) -> str:
        column = self._resource.column(surprise.field)
        if surprise.example.strip() in {"", "null"}:
            return f"{surprise.field} is empty"
        expected = _EXPECTED.get(column.form, "text without NUL characters")
        return f"{surprise.field} is {_short(surprise.example)}, which is not {expected}"

    def _impossible(self, record: Mapping[str, Any]) -> str | None:
        if self._is_of_universe:
            symbol = as_text(record[self._symbol])
            if not self._context.knows(symbol):
                other = self._spellings.get(symbol)
                hint = f"; {self._resource.source} calls it {other}" if other else ""
                return f"{self._symbol} is {_short(symbol)}, which is not in the universe{hint}"
        if self._stamp is None:
            return None
        text = as_text(record[self._stamp.name])
        instant = self._instant(text)
        if instant is None:
            return f"{self._stamp.name} is {_short(text)}, which is no time of ours"
        if self._is_of_the_past and instant > self._now + _SLACK:
            return f"{self._stamp.name} is {_short(text)}, which lies in the future"
        return None

    def _instant(self, text: str) -> datetime | None:
        """Return when a stamp is, None where it cannot be what it says."""
        if self._stamp is not None and self._stamp.form in {"date", "instant"}:
            day = date.fromisoformat(text[:10])
            if day.year < _FIRST_YEAR:
                return None
            return datetime(day.year, day.month, day.day, tzinfo=UTC)
        is_in_ms = self._stamp is not None and self._stamp.name.endswith("_ms")
        unit = timedelta(milliseconds=1) if is_in_ms else timedelta(seconds=1)
        if not text.isdigit() or len(text) > _LONGEST_STAMP:
            return None
        since = int(text) * unit
        return _EPOCH + since if _FIRST_STAMP <= since <= _LAST_STAMP else None

    def _superseded(self, lines: Sequence[Line]) -> dict[int, str]:
        """Return the lines whose thing another line below describes otherwise."""
        keys = self._resource.natural_key
        last: dict[tuple[Any, ...], Line] = {}
        rejects = {}
        for line in lines:
            record = line.record
            stamp = tuple(record[name] for name in keys)
            before = last.get(stamp)
            if before is not None and (before.record, before.is_open) != (record, line.is_open):
                rejects[before.number] = (
                    f"line {line.number} says something else of the same "
                    f"{', '.join(keys)}, and the last one counts"
                )
            last[stamp] = line
        return rejects


def _short(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "...")
