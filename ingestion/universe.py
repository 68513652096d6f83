"""The universe: which instruments and series are tracked, and what each provider calls them."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingestion.errors import UniverseError
from warehouse.errors import UsageError

ASSET_CLASSES = ("equity", "etf", "index", "commodity", "treasury", "crypto", "fx", "macro")
CALENDARS = ("XNYS", "24/7", "24/5", "us_futures", "US_BOND")
COLUMNS = (
    "symbol",
    "name",
    "asset_class",
    "calendar",
    "currency",
    "twelve_data_symbol",
    "fmp_symbol",
    "coingecko_id",
    "fred_series_id",
)
OPTIONAL_COLUMNS = ("former_symbols",)

# What may stand in a URL, a file name and a table without being taken for something else.
_SYMBOL = re.compile(r"\^?[A-Z0-9][A-Z0-9.\-/:=]{0,31}")
_COIN_ID = re.compile(r"[a-z0-9][a-z0-9._\-]{0,63}")
_CURRENCY = re.compile(r"[A-Z]{3,5}")


@dataclass(frozen=True)
class Instrument:
    """A row of the universe. What a provider does not offer is None."""

    symbol: str
    name: str
    asset_class: str
    calendar: str | None
    currency: str | None
    twelve_data_symbol: str | None
    fmp_symbol: str | None
    coingecko_id: str | None
    fred_series_id: str | None
    former_symbols: tuple[str, ...] = ()


def read_universe(path: Path) -> list[Instrument]:
    """Return the instruments of a universe CSV, in its order.

    Raises:
        UniverseError: it cannot be read, or a value is wrong; names file, line and column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UniverseError(
            f"the universe {path} cannot be read ({error.strerror}): "
            "set MARKETFLOW_UNIVERSE to a CSV file"
        ) from None
    except UnicodeDecodeError:
        raise UniverseError(f"the universe {path} is not UTF-8 text: save it as UTF-8") from None
    instruments = list(_read_rows(path, text))
    if not instruments:
        raise UniverseError(f"the universe {path} has no rows: add at least one instrument")
    _require_unique(path, instruments)
    return instruments


def choose(instruments: Sequence[Instrument], symbols: Sequence[str]) -> list[Instrument]:
    """Return the instruments that house symbols name, in the order of the universe.

    Raises:
        UsageError: a symbol is not in the universe.
    """
    known = {instrument.symbol for instrument in instruments}
    unknown = [symbol for symbol in symbols if symbol not in known]
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)} {'is' if len(unknown) == 1 else 'are'} not in the universe: "
            "name symbols as its column `symbol` does, or add them to it"
        )
    return [instrument for instrument in instruments if instrument.symbol in set(symbols)]


def _read_rows(path: Path, text: str) -> Iterator[Instrument]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, [])
        _check_header(path, header)
        for row in reader:
            if not any(value.strip() for value in row):
                continue
            if len(row) != len(header):
                raise UniverseError(
                    f"the universe {path}, line {reader.line_num}: "
                    f"{len(row)} values for {len(header)} columns"
                )
            yield _instrument(path, reader.line_num, dict(zip(header, row, strict=True)))
    except csv.Error as error:
        raise UniverseError(f"the universe {path}, line {reader.line_num}: {error}") from None


def _check_header(path: Path, header: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in header]
    unknown = [name for name in header if name not in COLUMNS + OPTIONAL_COLUMNS]
    if missing:
        raise UniverseError(f"the universe {path}, line 1: the column {missing[0]} is missing")
    if unknown:
        raise UniverseError(
            f"the universe {path}, line 1: the column {unknown[0]!r} is unknown: "
            f"the columns are {', '.join(COLUMNS + OPTIONAL_COLUMNS)}"
        )
    if len(set(header)) != len(header):
        raise UniverseError(f"the universe {path}, line 1: a column stands there twice")


def _instrument(path: Path, line: int, row: dict[str, str]) -> Instrument:
    cell = _Cells(path, line, {name: value.strip() for name, value in row.items()})
    asset_class = cell.one_of("asset_class", ASSET_CLASSES)
    is_macro = asset_class == "macro"
    return Instrument(
        symbol=cell.matching("symbol", _SYMBOL),
        name=cell.required("name"),
        asset_class=asset_class,
        calendar=None if is_macro else cell.one_of("calendar", CALENDARS),
        currency=None if is_macro else cell.matching("currency", _CURRENCY),
        twelve_data_symbol=cell.optional("twelve_data_symbol", _SYMBOL),
        fmp_symbol=cell.optional("fmp_symbol", _SYMBOL),
        coingecko_id=cell.optional("coingecko_id", _COIN_ID),
        fred_series_id=(
            cell.matching("fred_series_id", _SYMBOL)
            if is_macro
            else cell.optional("fred_series_id", _SYMBOL)
        ),
        former_symbols=cell.list_of("former_symbols", _SYMBOL),
    )


@dataclass(frozen=True)
class _Cells:
    """The cells of one line, and where they stand."""

    path: Path
    line: int
    values: dict[str, str]

    def required(self, column: str) -> str:
        value = self.values[column]
        if not value:
            raise self._error(column, "is empty")
        if "\x00" in value:
            raise self._error(column, "holds a NUL character")
        return value

    def one_of(self, column: str, allowed: tuple[str, ...]) -> str:
        value = self.required(column)
        if value not in allowed:
            raise self._error(column, f"is {_shown(value)}, which is not {_listed(allowed)}")
        return value

    def matching(self, column: str, pattern: re.Pattern[str]) -> str:
        value = self.required(column)
        if pattern.fullmatch(value) is None:
            raise self._error(column, f"is {_shown(value)}, which is no symbol")
        return value

    def optional(self, column: str, pattern: re.Pattern[str]) -> str | None:
        return self.matching(column, pattern) if self.values[column] else None

    def list_of(self, column: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
        values = self.values.get(column, "").split()
        for value in values:
            if pattern.fullmatch(value) is None:
                raise self._error(column, f"holds {_shown(value)}, which is no symbol")
        return tuple(values)

    def _error(self, column: str, problem: str) -> UniverseError:
        return UniverseError(
            f"the universe {self.path}, line {self.line}, column {column}: it {problem}"
        )


def _require_unique(path: Path, instruments: list[Instrument]) -> None:
    """Two rows for one thing would fetch it twice and call it by two names."""
    # A FRED series may be both a treasury instrument and a macro series.
    for column in ("symbol", "twelve_data_symbol", "fmp_symbol", "coingecko_id"):
        seen = set()
        for instrument in instruments:
            value = getattr(instrument, column)
            if value is not None and value in seen:
                raise UniverseError(
                    f"the universe {path}, column {column}: {value} stands there twice"
                )
            seen.add(value)


def _shown(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "...")


def _listed(allowed: tuple[str, ...]) -> str:
    return f"{', '.join(allowed[:-1])} or {allowed[-1]}"
