"""Permanent identities: the universe written to raw_marketflow.tracked_instruments.

Each change of a row is kept as a version in tracked_instrument_versions.

An instrument_id is minted once, `<asset_class>:<first symbol>`, and kept for ever: through
changes of the ticker (the universe's column former_symbols tells of those) and after the
instrument has left the universe. A ticker that another instrument takes over gets `.2`, `.3`.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString

import psycopg
from psycopg.rows import class_row

from ingestion.company_names import are_alike
from ingestion.universe import Instrument

Connection = psycopg.Connection[tuple[Any, ...]]

# Free for the moment between two instruments that change tickers: no symbol holds a tilde.
_MOVING = "~moving"

_SELECT: LiteralString = """
select
    instrument_id, symbol, name, asset_class, calendar, currency, twelve_data_symbol,
    fmp_symbol, coingecko_id, fred_series_id, former_symbols, is_active
from raw_marketflow.tracked_instruments
order by instrument_id
"""
_UPSERT: LiteralString = """
insert into raw_marketflow.tracked_instruments (
    instrument_id, symbol, name, asset_class, calendar, currency, twelve_data_symbol,
    fmp_symbol, coingecko_id, fred_series_id, former_symbols, is_active, added_at, updated_at
)
values (
    %(instrument_id)s, %(symbol)s, %(name)s, %(asset_class)s, %(calendar)s, %(currency)s,
    %(twelve_data_symbol)s, %(fmp_symbol)s, %(coingecko_id)s, %(fred_series_id)s,
    %(former_symbols)s, %(is_active)s, %(now)s, %(now)s
)
on conflict (instrument_id) do update
set
    symbol = excluded.symbol,
    name = excluded.name,
    asset_class = excluded.asset_class,
    calendar = excluded.calendar,
    currency = excluded.currency,
    twelve_data_symbol = excluded.twelve_data_symbol,
    fmp_symbol = excluded.fmp_symbol,
    coingecko_id = excluded.coingecko_id,
    fred_series_id = excluded.fred_series_id,
    former_symbols = excluded.former_symbols,
    is_active = excluded.is_active,
    updated_at = excluded.updated_at
"""


_ADD_VERSIONS: LiteralString = """
insert into raw_marketflow.tracked_instrument_versions (
    instrument_id, known_from, symbol, name, asset_class, calendar, currency,
    twelve_data_symbol, fmp_symbol, coingecko_id, fred_series_id, former_symbols, is_active
)
select
    instrument_id, updated_at, symbol, name, asset_class, calendar, currency,
    twelve_data_symbol, fmp_symbol, coingecko_id, fred_series_id, former_symbols, is_active
from raw_marketflow.tracked_instruments
where instrument_id = any(%s)
on conflict (instrument_id, known_from) do update
set
    symbol = excluded.symbol,
    name = excluded.name,
    asset_class = excluded.asset_class,
    calendar = excluded.calendar,
    currency = excluded.currency,
    twelve_data_symbol = excluded.twelve_data_symbol,
    fmp_symbol = excluded.fmp_symbol,
    coingecko_id = excluded.coingecko_id,
    fred_series_id = excluded.fred_series_id,
    former_symbols = excluded.former_symbols,
    is_active = excluded.is_active
"""


@dataclass(frozen=True)
class Tracked:
    """A row of tracked_instruments."""

    instrument_id: str
    symbol: str
    name: str | None
    asset_class: str
    calendar: str | None
    currency: str | None
    twelve_data_symbol: str | None
    fmp_symbol: str | None
    coingecko_id: str | None
    fred_series_id: str | None
    former_symbols: str | None
    is_active: bool

    def as_instrument(self) -> Instrument:
        """Return it as the universe would name it."""
        return Instrument(
            symbol=self.symbol,
            name=self.name or self.symbol,
            asset_class=self.asset_class,
            calendar=self.calendar,
            currency=self.currency,
            twelve_data_symbol=self.twelve_data_symbol,
            fmp_symbol=self.fmp_symbol,
            coingecko_id=self.coingecko_id,
            fred_series_id=self.fred_series_id,
            former_symbols=tuple((self.former_symbols or "").split()),
        )


def read(connection: Connection) -> list[Tracked]:
    """Return every instrument that is or was tracked."""
    with connection.cursor(row_factory=class_row(Tracked)) as cursor:
        return cursor.execute(_SELECT).fetchall()


def sync(connection: Connection, universe: Sequence[Instrument], now: datetime) -> int:
    """Write the universe to the table, and return how many rows were added or changed.

    Args:
        connection: of marketflow_loader, in a transaction of the caller.
        universe: as it is now; what is no longer in it becomes inactive.
        now: becomes added_at and updated_at of what is new or changed.
    """
    known = read(connection)
    before = {row.instrument_id: row for row in known}
    changed = [row for row in identify(known, universe) if before.get(row.instrument_id) != row]
    moving = [
        row.instrument_id
        for row in changed
        if row.instrument_id in before and before[row.instrument_id].symbol != row.symbol
    ]
    connection.execute(
        "update raw_marketflow.tracked_instruments set symbol = instrument_id || %s"
        " where instrument_id = any(%s)",
        [_MOVING, moving],
    )
    write(connection, changed, now)
    return len(changed)


def write(connection: Connection, rows: Sequence[Tracked], now: datetime) -> None:
    """Write rows that are new or have changed, each as a version too.

    Args:
        connection: of marketflow_loader, in a transaction of the caller.
        rows: as they are to be.
        now: becomes updated_at, and added_at of what is new.
    """
    with connection.cursor() as cursor:
        cursor.executemany(_UPSERT, [vars(row) | {"now": now} for row in rows])
    connection.execute(_ADD_VERSIONS, [[row.instrument_id for row in rows]])


def identify(known: Sequence[Tracked], universe: Sequence[Instrument]) -> list[Tracked]:
    """Return the table as it should be: known instruments recognised, new ones named. Pure.

    An instrument of the universe is a known one if one of its former symbols is that of one, and
    this is news, or else if it has the symbol of one. A symbol that had left the universe and
    comes back under another name or asset class is another instrument; the old one then gives
    up its symbol.
    """
    unclaimed = {row.instrument_id: row for row in known}
    taken_ids = set(unclaimed)
    identified: list[Tracked] = []
    # Those that say what they were called come first: else a newcomer could claim their past.
    for instrument in sorted(universe, key=lambda one: not one.former_symbols):
        row = _recognise(instrument, unclaimed.values())
        if row is None:
            former = instrument.former_symbols
            instrument_id = mint(
                instrument.asset_class, former[0] if former else instrument.symbol, taken_ids
            )
            taken_ids.add(instrument_id)
        else:
            instrument_id = row.instrument_id
            del unclaimed[instrument_id]
        identified.append(_tracked(instrument_id, instrument))
    symbols = {row.symbol for row in identified}
    return identified + [
        replace(
            row,
            is_active=False,
            symbol=given_up(row) if row.symbol in symbols else row.symbol,
        )
        for row in unclaimed.values()
    ]


def _recognise(instrument: Instrument, candidates: Iterable[Tracked]) -> Tracked | None:
    by_symbol = {row.symbol: row for row in candidates}
    namesake = by_symbol.get(instrument.symbol)
    if namesake is not None and not (namesake.is_active or _is_alike(namesake, instrument)):
        namesake = None
    predecessors = [
        by_symbol[symbol] for symbol in instrument.former_symbols if symbol in by_symbol
    ]
    if namesake is None or not predecessors:
        return namesake or (predecessors[-1] if predecessors else None)
    # Either this change of ticker was told before, or it is news that the namesake has moved.
    is_old_news = set(instrument.former_symbols) <= set((namesake.former_symbols or "").split())
    return namesake if is_old_news else predecessors[-1]


def _is_alike(row: Tracked, instrument: Instrument) -> bool:
    return row.asset_class == instrument.asset_class and are_alike(row.name or "", instrument.name)


def mint(asset_class: str, first_symbol: str, taken_ids: Collection[str]) -> str:
    """Return a new id: the class and the first symbol, numbered where that id is taken."""
    base = f"{asset_class}:{first_symbol}"
    candidate, number = base, 1
    while candidate in taken_ids:
        number += 1
        candidate = f"{base}.{number}"
    return candidate


def given_up(row: Tracked) -> str:
    """Return the symbol of an instrument whose ticker another one has: FB~equity:FB."""
    return f"{row.symbol}~{row.instrument_id}"


def _tracked(instrument_id: str, instrument: Instrument) -> Tracked:
    return Tracked(
        instrument_id=instrument_id,
        symbol=instrument.symbol,
        name=instrument.name,
        asset_class=instrument.asset_class,
        calendar=instrument.calendar,
        currency=instrument.currency,
        twelve_data_symbol=instrument.twelve_data_symbol,
        fmp_symbol=instrument.fmp_symbol,
        coingecko_id=instrument.coingecko_id,
        fred_series_id=instrument.fred_series_id,
        former_symbols=" ".join(instrument.former_symbols) or None,
        is_active=True,
    )
