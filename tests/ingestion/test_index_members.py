"""Who the members of an index are: tickers and names, reuse, companies that are not tracked."""

from datetime import UTC, date, datetime

import psycopg
import pytest

from ingestion import identity, index_members, raw_tables
from ingestion.company_names import are_alike
from ingestion.identity import Tracked
from ingestion.index_members import Change
from ingestion.universe import Instrument
from tests.ingestion.test_identity import instrument
from warehouse.settings import Settings

NOW = datetime(2024, 7, 3, tzinfo=UTC)
ALEXANDER = ("AAL", "Alexander & Alexander Services")
AMERICAN = ("AAL", "American Airlines Group")
REUSE = [
    Change(date(1997, 1, 15), None, ALEXANDER),
    Change(date(2015, 3, 23), AMERICAN, None),
    Change(date(2024, 9, 23), None, AMERICAN),
]


def tracked(*universe: Instrument) -> list[Tracked]:
    return identity.identify([], universe)


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("American Airlines", "American Airlines Group Inc.", True),
        ("The Coca-Cola Company", "Coca-Cola Co", True),
        ("Alphabet Inc. (Class A)", "Alphabet", True),
        ("McDonald's", "McDonalds Corp.", True),
        ("Alexander & Alexander", "American Airlines", False),
        ("Dell", "Dell Technologies", False),
        ("", "", False),
    ],
)
def test_names_are_alike_but_for_their_form(one: str, other: str, alike: bool) -> None:
    assert are_alike(one, other) is alike
    assert are_alike(other, one) is alike


def test_a_ticker_that_was_reused_is_two_companies() -> None:
    found, newcomers = index_members.identify([], REUSE, {}, [])

    assert found == {AMERICAN: "equity:AAL", ALEXANDER: "equity:AAL.2"}
    assert {(row.instrument_id, row.symbol, row.is_active) for row in newcomers} == {
        ("equity:AAL", "AAL", False),
        ("equity:AAL.2", "AAL~equity:AAL.2", False),
    }


def test_who_is_tracked_keeps_its_id_and_its_namesake_gets_another() -> None:
    universe = tracked(instrument("AAL", name="American Airlines Group Inc."))

    found, newcomers = index_members.identify([], REUSE, {}, universe)

    assert found == {AMERICAN: "equity:AAL", ALEXANDER: "equity:AAL.2"}
    assert [row.instrument_id for row in newcomers] == ["equity:AAL.2"]


def test_who_is_tracked_later_keeps_the_id_that_it_had_in_the_index() -> None:
    _, newcomers = index_members.identify([], REUSE, {}, [])
    universe = [instrument("AAL", name="American Airlines Group Inc.")]

    rows = {row.instrument_id: row for row in identity.identify(newcomers, universe)}

    assert set(rows) == {"equity:AAL", "equity:AAL.2"}
    assert rows["equity:AAL"].is_active
    assert not rows["equity:AAL.2"].is_active


def test_one_stay_is_one_company_whatever_it_is_called() -> None:
    changes = [
        Change(date(2013, 12, 23), ("META", "Facebook"), None),
        Change(date(2010, 1, 4), ("XX", "Old Name"), None),
        Change(date(2012, 1, 4), None, ("XX", "Brand New")),
    ]
    universe = tracked(instrument("META", "FB", name="Meta Platforms, Inc."))

    found, newcomers = index_members.identify([("META", "Meta Platforms")], changes, {}, universe)

    assert found[("META", "Facebook")] == found[("META", "Meta Platforms")] == "equity:FB"
    assert found[("XX", "Old Name")] == found[("XX", "Brand New")] == "equity:XX"
    assert [row.instrument_id for row in newcomers] == ["equity:XX"]


def test_a_ticker_that_was_left_means_who_left_it() -> None:
    universe = tracked(instrument("META", "FB", name="Meta Platforms, Inc."))
    changes = [Change(date(2013, 12, 23), ("FB", "Facebook"), None)]

    found, newcomers = index_members.identify([], changes, {}, universe)

    assert found == {("FB", "Facebook"): "equity:FB"}
    assert not newcomers


def test_a_second_stay_under_a_like_name_is_the_same_company() -> None:
    changes = [
        Change(date(2013, 9, 23), None, ("AMD", "Advanced Micro Devices")),
        Change(date(2017, 3, 20), ("AMD", "Advanced Micro Devices, Inc."), None),
    ]

    found, _ = index_members.identify([("AMD", "AMD")], changes, {}, [])

    assert set(found.values()) == {"equity:AMD"}
    assert len(found) == 3


def test_shares_of_a_class_are_found_in_either_spelling() -> None:
    universe = tracked(instrument("BRK.B", name="Berkshire Hathaway"))

    found, newcomers = index_members.identify(
        [("BRK-B", "Berkshire Hathaway Class B")], [], {}, universe
    )

    assert found == {("BRK-B", "Berkshire Hathaway Class B"): "equity:BRK.B"}
    assert not newcomers


def test_what_was_decided_stands() -> None:
    known = {ALEXANDER: "equity:AAL"}
    rows = index_members.identify([], REUSE[:1], {}, [])[1]

    found, newcomers = index_members.identify([], REUSE, known, rows)

    assert found == {ALEXANDER: "equity:AAL", AMERICAN: "equity:AAL.2"}
    assert [row.instrument_id for row in newcomers] == ["equity:AAL.2"]


def test_it_is_written_once_with_a_version_of_each_newcomer(
    warehouse_settings: Settings, loader: psycopg.Connection
) -> None:
    raw_tables.create(warehouse_settings)
    with loader.cursor() as cursor:
        cursor.executemany(
            "insert into raw_fmp.sp500_constituent_changes (date_added, symbol, removed_ticker,"
            " added_security, removed_security, request_id, response_id, fetched_at, row_hash,"
            " is_synthetic, _dlt_load_id)"
            " values (%s, %s, %s, %s, %s, 'r', 'r', now(), 'h', false, 'l')",
            [
                ("March 23, 2015", "AAL", "none", AMERICAN[1], ""),
                ("1997-01-15", "AAL", "AAL", "", ALEXANDER[1]),
                ("soon", "ZZZ", "none", "", ""),
            ],
        )

    assert index_members.sync(loader, NOW) == 2
    assert index_members.sync(loader, NOW) == 0

    written = loader.execute(
        "select ticker, name, instrument_id from raw_marketflow.index_members order by 3"
    ).fetchall()
    versions = loader.execute(
        "select instrument_id, is_active from raw_marketflow.tracked_instrument_versions order by 1"
    ).fetchall()
    assert written == [(*AMERICAN, "equity:AAL"), (*ALEXANDER, "equity:AAL.2")]
    assert versions == [("equity:AAL", False), ("equity:AAL.2", False)]
