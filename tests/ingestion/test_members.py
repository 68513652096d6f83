"""The members of the S&P 500 as part of what is tracked."""

from pathlib import Path
from typing import Any

import pytest

from ingestion.extract import plan_extract
from ingestion.load import load
from ingestion.members import as_instruments, tracked
from ingestion.universe import Instrument
from tests.ingestion.landings import NOW, instruments, land, write_universe
from warehouse import database
from warehouse.settings import Settings, load_settings

MEMBERS = [
    {"symbol": "AAPL", "name": "Apple"},
    {"symbol": "BRK-B", "name": "Berkshire Hathaway"},
    {"symbol": "BF-B", "name": "Brown-Forman"},
    {"symbol": "MSFT", "name": "Microsoft"},
    {"symbol": "MSFT", "name": "Microsoft again"},
    {"symbol": "bad symbol"},
    "no row",
]


@pytest.fixture
def settings(tmp_path: Path, warehouse_settings: Settings) -> Settings:
    return load_settings(
        None,
        home_dir=tmp_path / "home",
        universe_file=write_universe(tmp_path),
        database_url=warehouse_settings.database_url,
        frozen_now=NOW.isoformat(),
        track_sp500=True,
        fmp_api_key="0123456789abcdef",
        fmp_plan="paid",
    )


def names(found: list[Instrument]) -> list[tuple[str, str | None, str | None]]:
    return [(one.symbol, one.twelve_data_symbol, one.fmp_symbol) for one in found]


def land_members(settings: Settings, members: list[Any]) -> None:
    land(settings, "fmp", "sp500_constituents", members)


def rows(settings: Settings) -> list[tuple[Any, ...]]:
    with database.connect(settings, "loader") as connection:
        return connection.execute(
            "select instrument_id, symbol, twelve_data_symbol, fmp_symbol, is_active"
            " from raw_marketflow.tracked_instruments where asset_class = 'equity'"
            " order by instrument_id"
        ).fetchall()


def test_the_universes_own_rows_come_first_however_a_member_is_spelled(tmp_path: Path) -> None:
    found = as_instruments(MEMBERS, instruments(tmp_path))

    assert names(found) == [("BF.B", "BF.B", "BF-B"), ("MSFT", "MSFT", "MSFT")]
    assert {(one.asset_class, one.calendar, one.currency) for one in found} == {
        ("equity", "XNYS", "USD")
    }
    assert [one.name for one in found] == ["Brown-Forman", "Microsoft"]


def test_members_are_asked_about_and_written_once(settings: Settings) -> None:
    before = {one.resource: one.symbols for one in plan_extract(settings, ["fmp"]).resources}
    land_members(settings, MEMBERS)

    after = {one.resource: one.symbols for one in plan_extract(settings, ["fmp"]).resources}
    load(settings)
    load(settings)

    assert after["eod_prices"] == before["eod_prices"] + 2
    assert rows(settings) == [
        ("equity:AAPL", "AAPL", "AAPL", "AAPL", True),
        ("equity:BF.B", "BF.B", "BF.B", "BF-B", True),
        ("equity:BRK.B", "BRK.B", "BRK.B", "BRK-B", True),
        ("equity:MSFT", "MSFT", "MSFT", "MSFT", True),
    ]
    with database.connect(settings, "loader") as connection:
        aliases = connection.execute(
            "select ticker, instrument_id from raw_marketflow.index_members order by 1"
        ).fetchall()
    assert aliases == [
        ("AAPL", "equity:AAPL"),
        ("BF-B", "equity:BF.B"),
        ("BRK-B", "equity:BRK.B"),
        ("MSFT", "equity:MSFT"),
    ]


def test_a_member_that_leaves_becomes_inactive_and_gets_its_id_back(settings: Settings) -> None:
    land_members(settings, MEMBERS)
    load(settings)
    land_members(settings, [one for one in MEMBERS if one != MEMBERS[2]])
    load(settings)
    left = rows(settings)
    land_members(settings, MEMBERS)
    load(settings)

    assert ("equity:BF.B", "BF.B", "BF.B", "BF-B", False) in left
    assert ("equity:BF.B", "BF.B", "BF.B", "BF-B", True) in rows(settings)
    assert len(rows(settings)) == 4


def test_a_list_that_lost_most_members_is_believed_the_second_time(settings: Settings) -> None:
    land_members(settings, MEMBERS)
    land_members(settings, MEMBERS[:2])
    once = tracked(settings)
    land_members(settings, MEMBERS[:2])
    twice = tracked(settings)

    assert len(once) == 8
    assert len(twice) == 6


def test_without_the_setting_or_a_list_the_universe_is_all(settings: Settings) -> None:
    without_list = tracked(settings)
    land_members(settings, MEMBERS)
    land(settings, "fmp", "sp500_constituents", b"<html>", outcome="error")
    off = settings.model_copy(update={"track_sp500": False})

    assert len(tracked(off)) == len(without_list) == 6
    assert len(tracked(settings)) == 8
