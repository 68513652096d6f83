"""What is tracked: the universe and, where MARKETFLOW_TRACK_SP500 says so, the S&P 500's members.

The members are those of the newest list of FMP that has landed: extract and load see the same ones,
and neither needs the other's side. One that leaves the index is no longer asked about, and keeps
its history and its identity.
"""

import json
import logging
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ingestion.landing import Landing
from ingestion.universe import Instrument, read_universe
from warehouse.settings import Settings

_LISTED = re.compile(r"[A-Z0-9]+([.\-][A-Z0-9]+)?")

_log = logging.getLogger(__name__)


def tracked(settings: Settings) -> list[Instrument]:
    """Return every instrument that is to be tracked, those of the universe first.

    Raises:
        UniverseError: the universe is malformed.
        LandingError: the landing cannot be read.
    """
    universe = read_universe(settings.universe_path)
    if not settings.track_sp500:
        return universe
    landing = Landing(settings.landing_url, settings.landing_options)
    return [*universe, *as_instruments(_newest_list(landing), universe)]


def as_instruments(rows: Iterable[Any], universe: Sequence[Instrument]) -> list[Instrument]:
    """Return the members that the universe lacks, as it would name them. Pure.

    Args:
        rows: of FMP's list. Class shares come as BRK-B or BRK.B; Twelve Data and the house write
            BRK.B, FMP wants BRK-B.
        universe: whose own rows come first, whatever their spelling.
    """
    taken = {
        _plain(symbol)
        for one in universe
        for symbol in (one.symbol, one.twelve_data_symbol, one.fmp_symbol)
        if symbol is not None
    }
    members = []
    for row in rows:
        symbol = row.get("symbol") if isinstance(row, dict) else None
        if not isinstance(symbol, str) or not is_ticker(symbol):
            _log.warning("a member of the S&P 500 is left out: its symbol is %r", symbol)
            continue
        if _plain(symbol) in taken:
            continue
        taken.add(_plain(symbol))
        house = symbol.replace("-", ".")
        name = row.get("name")
        members.append(
            Instrument(
                symbol=house,
                name=name if isinstance(name, str) and name.strip() else house,
                asset_class="equity",
                calendar="XNYS",
                currency="USD",
                twelve_data_symbol=house,
                fmp_symbol=symbol.replace(".", "-"),
                coingecko_id=None,
                fred_series_id=None,
            )
        )
    return members


def is_ticker(symbol: str) -> bool:
    """Return whether it may be the ticker of a stock in New York."""
    return _LISTED.fullmatch(symbol) is not None


def _newest_list(landing: Landing) -> list[Any]:
    """Return the rows of the newest list; of the one before it where most members are missing.

    Two short lists in a row are believed: the first one may have been cut by the provider.
    """
    bodies = [
        one
        for one in landing.list_committed("fmp", resource="sp500_constituents")
        # A file that a person brought is no list of FMP's.
        if one.outcome == "ok" and not one.is_file
    ]
    if not bodies:
        _log.info("no list of the S&P 500's members has landed yet: the next run tracks them")
        return []
    *_, before, newest = [[], *(_rows(landing.read_body(one)) for one in bodies[-2:])]
    if len(newest) < len(before) / 2:
        _log.warning(
            "the newest list of the S&P 500's members has %d of them, the one before it %d: "
            "the latter is used",
            len(newest),
            len(before),
        )
        return before
    return newest


def _rows(body: bytes) -> list[Any]:
    try:
        rows = json.loads(body)
    except ValueError:
        return []
    return rows if isinstance(rows, list) else []


def _plain(symbol: str) -> str:
    return symbol.upper().replace(".", "-")
