"""Who the members of an index are: tickers and names of FMP's lists become permanent identities.

FMP names a company by a ticker and a name, and lets a ticker mean another company after some
years. What is decided here is written down in raw_marketflow.index_members and never decided
again. A company that is not tracked gets an identity too, so that a membership of the past names
it: an inactive row of raw_marketflow.tracked_instruments without a symbol at any provider.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from ingestion import identity
from ingestion.company_names import are_alike
from ingestion.identity import Tracked
from ingestion.members import is_ticker

Connection = psycopg.Connection[tuple[Any, ...]]
Alias = tuple[str, str]

_LISTED: LiteralString = """
select distinct on (symbol) symbol, coalesce(name, '')
from raw_fmp.sp500_constituents
where snapshot_date = (select max(snapshot_date) from raw_fmp.sp500_constituents)
order by symbol, fetched_at desc
"""
_CHANGED: LiteralString = """
select date_added, symbol, coalesce(added_security, ''), removed_ticker,
    coalesce(removed_security, '')
from raw_fmp.sp500_constituent_changes
"""
_RECORD: LiteralString = """
insert into raw_marketflow.index_members (ticker, name, instrument_id, added_at)
values (%s, %s, %s, %s)
on conflict do nothing
"""


@dataclass(frozen=True)
class Change:
    """A day on which a company joined, another one left, or both; an alias is a ticker and name."""

    day: date
    joined: Alias | None
    left: Alias | None


@dataclass
class _Spell:
    """A stay in the index, and what the company was called by then."""

    last_day: date
    is_over: bool
    aliases: list[Alias] = field(default_factory=list)


def sync(connection: Connection, now: datetime) -> int:
    """Write down who members are that were not known, and return how many aliases that took.

    Args:
        connection: as marketflow_loader.
        now: becomes added_at of what is new.
    """
    with connection.transaction():
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended('marketflow reference', 0))"
        )
        known: dict[Alias, str] = {
            (ticker, name): instrument_id
            for ticker, name, instrument_id in connection.execute(
                "select ticker, name, instrument_id from raw_marketflow.index_members"
            )
        }
        listed = [(str(ticker), str(name)) for ticker, name in connection.execute(_LISTED)]
        changes = list(_changes(connection.execute(_CHANGED)))
        found, newcomers = identify(listed, changes, known, identity.read(connection))
        identity.write(connection, newcomers, now)
        new = {alias: one for alias, one in found.items() if alias not in known}
        with connection.cursor() as cursor:
            cursor.executemany(_RECORD, [(*alias, one, now) for alias, one in new.items()])
    return len(new)


def identify(
    listed: Sequence[Alias],
    changes: Sequence[Change],
    known: Mapping[Alias, str],
    instruments: Sequence[Tracked],
) -> tuple[dict[Alias, str], list[Tracked]]:
    """Return the instrument of each alias, and the instruments that had to be made. Pure.

    One stay in the index is one company, whatever it is called. Stays under one ticker are one
    company if their names are alike. The present member is the instrument that has the ticker
    now; a former one is what has its name, or else what says that it once had the ticker.

    Args:
        listed: the newest list.
        changes: all that are known.
        known: what was decided before, which stands.
        instruments: every instrument that has an identity.
    """
    registry = _Registry(known, instruments)
    for ticker, spells in _spells(listed, changes).items():
        # The present company first: the bare id is its own.
        for spell in reversed(spells):
            registry.settle(ticker, spell)
    return registry.found, registry.newcomers


class _Registry:
    """Who has had which ticker, while new aliases are settled.

    Args:
        known: what was decided before.
        instruments: every instrument that has an identity.
    """

    def __init__(self, known: Mapping[Alias, str], instruments: Sequence[Tracked]) -> None:
        self.found = dict(known)
        self.newcomers: list[Tracked] = []
        self._ids = {row.instrument_id for row in instruments}
        self._symbols = {row.symbol for row in instruments}
        self._names: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        self._owners: dict[str, str] = {}
        self._former_owners: dict[str, str] = {}
        for (ticker, name), instrument_id in known.items():
            self._names[_plain(ticker)].append((name, instrument_id))
        for row in instruments:
            present = {one for one in (row.symbol, row.fmp_symbol, row.twelve_data_symbol) if one}
            former = set((row.former_symbols or "").split())
            # An instrument that gave its ticker up is called by it and its id.
            for ticker in {_plain(one.split("~")[0]) for one in present | former}:
                self._names[ticker].append((row.name or "", row.instrument_id))
            if row.asset_class == "equity":
                self._former_owners |= {_plain(one): row.instrument_id for one in former}
                if row.is_active:
                    self._owners |= {_plain(one): row.instrument_id for one in present}

    def settle(self, ticker: str, spell: _Spell) -> None:
        """Decide who stayed in the index, and write it to `found`."""
        instrument_id = (
            next((self.found[alias] for alias in spell.aliases if alias in self.found), None)
            or self._namesake(ticker, spell)
            or (None if spell.is_over else self._owners.get(ticker))
            or self._former_owners.get(ticker)
            or self._mint(ticker, spell)
        )
        for alias in spell.aliases:
            if alias not in self.found:
                self.found[alias] = instrument_id
                self._names[ticker].append((alias[1], instrument_id))

    def _namesake(self, ticker: str, spell: _Spell) -> str | None:
        """Return who has had the ticker under a name like those of the spell."""
        for _, name in spell.aliases:
            for other, instrument_id in self._names[ticker]:
                # Where a company has no name but its ticker, nothing tells two of them apart.
                if are_alike(name, other) or _plain(name) in {"", ticker}:
                    return instrument_id
        return None

    def _mint(self, ticker: str, spell: _Spell) -> str:
        symbol = spell.aliases[-1][0].replace("-", ".")
        made = Tracked(
            instrument_id=identity.mint("equity", symbol, self._ids),
            symbol=symbol,
            name=next((name for _, name in reversed(spell.aliases) if name), None) or ticker,
            asset_class="equity",
            calendar="XNYS",
            currency="USD",
            twelve_data_symbol=None,
            fmp_symbol=None,
            coingecko_id=None,
            fred_series_id=None,
            former_symbols=None,
            is_active=False,
        )
        if symbol in self._symbols:
            made = replace(made, symbol=identity.given_up(made))
        self.newcomers.append(made)
        self._ids.add(made.instrument_id)
        self._symbols.add(made.symbol)
        return made.instrument_id


def _changes(rows: Iterable[Sequence[Any]]) -> Iterable[Change]:
    for date_added, symbol, added_name, removed, removed_name in rows:
        day = _day(str(date_added))
        if day is None:
            continue
        left = (removed, removed_name) if removed not in {"none", ""} else None
        # A change that only removes a company names that one in both places.
        joined = (symbol, added_name) if symbol not in {"none", "", removed} else None
        yield Change(day, joined, left)


def _day(text: str) -> date | None:
    for form in ("%Y-%m-%d", "%B %d, %Y"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _spells(listed: Sequence[Alias], changes: Sequence[Change]) -> dict[str, list[_Spell]]:
    """Return the stays under each ticker, oldest first."""
    events: list[tuple[date, bool, Alias]] = []
    for change in changes:
        if change.left is not None:
            events.append((change.day, False, change.left))
        if change.joined is not None:
            events.append((change.day, True, change.joined))
    spells: dict[str, list[_Spell]] = {}
    # Who leaves on a day leaves before another one takes the ticker.
    for day, is_joining, alias in sorted(event for event in events if is_ticker(event[2][0])):
        stays = spells.setdefault(_plain(alias[0]), [])
        if is_joining or not stays or stays[-1].is_over:
            stays.append(_Spell(day, is_over=False))
        stays[-1].last_day = day
        stays[-1].is_over = not is_joining
        if alias not in stays[-1].aliases:
            stays[-1].aliases.append(alias)
    for alias in filter(lambda one: is_ticker(one[0]), listed):
        stays = spells.setdefault(_plain(alias[0]), [])
        if not stays or stays[-1].is_over:
            stays.append(_Spell(date.max, is_over=False))
        if alias not in stays[-1].aliases:
            stays[-1].aliases.append(alias)
    return spells


def _plain(ticker: str) -> str:
    return ticker.upper().replace(".", "-")
