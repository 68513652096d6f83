"""Who is who: permanent ids through new tickers, departures and reuse."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from ingestion import identity
from ingestion.identity import Tracked
from ingestion.universe import Instrument

NOW = datetime(2024, 7, 3, tzinfo=UTC)


def instrument(
    symbol: str, *former: str, name: str | None = None, asset_class: str = "equity"
) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=name or f"{symbol} Inc.",
        asset_class=asset_class,
        calendar="XNYS",
        currency="USD",
        twelve_data_symbol=symbol,
        fmp_symbol=symbol,
        coingecko_id=None,
        fred_series_id=None,
        former_symbols=former,
    )


def table(*universes: list[Instrument]) -> dict[str, Tracked]:
    """The table after each universe in turn."""
    known: list[Tracked] = []
    for universe in universes:
        known = identity.identify(known, universe)
    return {row.instrument_id: row for row in known}


def test_an_id_is_minted_from_class_and_symbol() -> None:
    assert set(table([instrument("AAPL"), instrument("BTC/USD", asset_class="crypto")])) == {
        "equity:AAPL",
        "crypto:BTC/USD",
    }


def test_an_id_is_minted_from_the_first_symbol_that_is_known() -> None:
    assert set(table([instrument("META", "FB")])) == {"equity:FB"}
    assert set(table([instrument("C3", "A1", "B2")])) == {"equity:A1"}


def test_an_id_outlives_a_new_ticker() -> None:
    rows = table([instrument("FB")], [instrument("META", "FB")])

    assert {row.instrument_id: row.symbol for row in rows.values()} == {"equity:FB": "META"}


def test_an_id_outlives_two_new_tickers() -> None:
    rows = table([instrument("A1")], [instrument("B2", "A1")], [instrument("C3", "A1", "B2")])

    assert {row.instrument_id: row.symbol for row in rows.values()} == {"equity:A1": "C3"}


def test_a_reused_ticker_gets_a_number() -> None:
    newcomer = instrument("FB", name="Another fund")
    both = [newcomer, instrument("META", "FB")]

    rows = table([instrument("FB")], both, both)

    assert {row.instrument_id: row.symbol for row in rows.values()} == {
        "equity:FB": "META",
        "equity:FB.2": "FB",
    }


def test_what_leaves_the_universe_becomes_inactive_and_stays() -> None:
    rows = table([instrument("AAPL"), instrument("TWTR")], [instrument("AAPL")])

    assert {key: row.is_active for key, row in rows.items()} == {
        "equity:AAPL": True,
        "equity:TWTR": False,
    }


def test_what_comes_back_is_what_left() -> None:
    both = [instrument("AAPL"), instrument("TWTR")]

    rows = table(both, [instrument("AAPL")], both)

    assert {key: row.is_active for key, row in rows.items()} == {
        "equity:AAPL": True,
        "equity:TWTR": True,
    }


def test_the_ticker_of_one_that_left_may_go_to_another() -> None:
    other = instrument("TWTR", name="Twin Trees", asset_class="equity")

    rows = table([instrument("TWTR")], [instrument("AAPL")], [other])

    assert rows["equity:TWTR.2"].symbol == "TWTR"
    assert rows["equity:TWTR"].symbol == "TWTR~equity:TWTR"
    assert not rows["equity:TWTR"].is_active


def test_a_corrected_name_is_the_same_instrument() -> None:
    rows = table([instrument("AAPL", name="Aple")], [instrument("AAPL", name="Apple")])

    assert {key: row.name for key, row in rows.items()} == {"equity:AAPL": "Apple"}


def test_a_corrected_class_keeps_the_id() -> None:
    rows = table([instrument("SPY")], [instrument("SPY", asset_class="etf")])

    assert {key: row.asset_class for key, row in rows.items()} == {"equity:SPY": "etf"}


@pytest.fixture
def stored(loader: psycopg.Connection) -> psycopg.Connection:
    return loader


def times(connection: psycopg.Connection) -> dict[str, tuple[str, datetime, datetime]]:
    rows = connection.execute(
        "select instrument_id, symbol, added_at, updated_at from raw_marketflow.tracked_instruments"
    ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_the_universe_is_written_once(stored: psycopg.Connection) -> None:
    universe = [instrument("AAPL"), instrument("META", "FB")]
    later = NOW + timedelta(days=1)

    added = identity.sync(stored, universe, NOW)
    changed = identity.sync(stored, universe, later)

    assert (added, changed) == (2, 0)
    assert times(stored) == {
        "equity:AAPL": ("AAPL", NOW, NOW),
        "equity:FB": ("META", NOW, NOW),
    }


def test_only_what_changed_is_touched(stored: psycopg.Connection) -> None:
    universe = [instrument("AAPL"), instrument("MSFT")]
    later = NOW + timedelta(days=1)
    identity.sync(stored, universe, NOW)

    changed = identity.sync(stored, [universe[0], replace(universe[1], currency="EUR")], later)

    assert changed == 1
    assert times(stored) == {
        "equity:AAPL": ("AAPL", NOW, NOW),
        "equity:MSFT": ("MSFT", NOW, later),
    }


def test_two_instruments_may_exchange_their_tickers(stored: psycopg.Connection) -> None:
    identity.sync(stored, [instrument("A1"), instrument("B2")], NOW)

    for _ in range(2):
        identity.sync(stored, [instrument("B2", "A1"), instrument("A1", "B2")], NOW)

    assert {key: row[0] for key, row in times(stored).items()} == {
        "equity:A1": "B2",
        "equity:B2": "A1",
    }


def test_what_is_read_is_what_was_written(stored: psycopg.Connection) -> None:
    universe = [instrument("META", "FB")]
    identity.sync(stored, universe, NOW)

    assert [row.as_instrument() for row in identity.read(stored)] == universe


def test_every_change_is_kept_as_a_version(stored: psycopg.Connection) -> None:
    later = NOW + timedelta(days=1)
    for now, universe in (
        (NOW, [instrument("FB"), instrument("AAPL")]),
        (NOW + timedelta(hours=1), [instrument("FB"), instrument("AAPL")]),
        (later, [instrument("META", "FB")]),
    ):
        identity.sync(stored, universe, now)

    versions = stored.execute(
        "select instrument_id, known_from, symbol, is_active"
        " from raw_marketflow.tracked_instrument_versions order by 1, 2"
    ).fetchall()
    assert versions == [
        ("equity:AAPL", NOW, "AAPL", True),
        ("equity:AAPL", later, "AAPL", False),
        ("equity:FB", NOW, "FB", True),
        ("equity:FB", later, "META", True),
    ]
