"""The members of the S&P 500 on any day equal the spells of the reference."""

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import zip_longest

import pytest

from ingestion import index_members
from tests.dbt_project.conftest import Project, Row
from tests.dbt_project.reference import REFERENCE, needs_reference
from warehouse import database

pytestmark = needs_reference

SPELLS = REFERENCE / "membership" / "sp500_ticker_start_end.csv"
LISTED_AT = datetime(2025, 7, 20, 6, tzinfo=UTC)
# What the reference does not say: two companies have had this ticker.
NAMES = {
    ("AAL", date(1996, 1, 2)): "Alexander & Alexander Services",
    ("AAL", date(2015, 3, 23)): "American Airlines Group",
}
# Evenly spread days, a change and the day before it, the day of a change of ticker.
DAYS = [
    *(date(1996, 9, 30) + n * timedelta(days=651) for n in range(17)),
    date(2015, 3, 20),
    date(2015, 3, 23),
    date(2022, 6, 9),
]

Spell = tuple[str, date, date | None]


def spells() -> list[Spell]:
    with SPELLS.open(encoding="utf-8") as file:
        return [
            (
                row["ticker"],
                date.fromisoformat(row["start_date"]),
                date.fromisoformat(row["end_date"]) if row["end_date"] else None,
            )
            for row in csv.DictReader(file)
        ]


def name(spell: Spell) -> str:
    return NAMES.get(spell[:2], f"{spell[0]} Works")


def fmp_symbol(spell: Spell) -> str:
    return spell[0].replace(".", "-")


def change(day: date, added: Spell | None, removed: Spell | None) -> Row:
    """Return a change as FMP tells it, whose days come in two spellings."""
    spelled = day.isoformat() if day.year % 2 else f"{day:%B} {day.day}, {day.year}"
    left = fmp_symbol(removed) if removed else "none"
    return {
        "date_added": spelled,
        # A change that only removes a company names that one in both places.
        "symbol": fmp_symbol(added) if added else left,
        "removed_ticker": left,
        "added_security": name(added) if added else "",
        "removed_security": name(removed) if removed else "",
    }


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """The spells as lists and changes of FMP in raw, and the marts of them."""
    made = new_project()
    everyone = spells()
    first = min(start for _, start, _ in everyone)
    joined = {spell for spell in everyone if spell[1] > first}
    left = {spell for spell in everyone if spell[2] is not None}
    changes: list[Row] = []
    for day in sorted({spell[1] for spell in joined} | {spell[2] or first for spell in left}):
        added = sorted((spell for spell in joined if spell[1] == day), key=fmp_symbol)
        removed = sorted((spell for spell in left if spell[2] == day), key=fmp_symbol)
        changes.extend(change(day, *pair) for pair in zip_longest(added, removed))
    made.land("fmp.sp500_constituent_changes", changes)
    listed: list[Row] = [
        {
            "symbol": fmp_symbol(spell),
            "snapshot_date": str(LISTED_AT.date()),
            "name": name(spell),
            "date_first_added": str(spell[1]),
            "sector": "Industrials",
        }
        for spell in everyone
        if spell[2] is None
    ]
    made.land("fmp.sp500_constituents", listed, fetched_at=LISTED_AT)
    with database.connect(made.settings, "loader") as connection:
        index_members.sync(connection, LISTED_AT)
    made.build("+bridge_index_memberships", "+dim_sessions", "+dim_instrument_history")
    return made


def members(project: Project, day: date) -> list[str]:
    return [
        str(symbol).partition("~")[0]
        for (symbol,) in project.query(
            "select symbol from bridge_index_memberships"
            f" where index_name = 'SP500' and valid_from <= date '{day}'"
            f" and (valid_to > date '{day}' or valid_to is null)"
        )
    ]


def test_the_members_of_a_day_are_those_of_the_spells(project: Project) -> None:
    assert len(set(DAYS)) == 20
    for day in DAYS:
        expected = sorted(
            ticker for ticker, start, end in spells() if start <= day and (end is None or day < end)
        )

        assert len(expected) > 480, day
        assert sorted(members(project, day)) == expected, day


def test_a_ticker_that_two_companies_have_had_is_two_instruments(project: Project) -> None:
    stays = project.query(
        "select instruments.name, instrument_id, valid_from::date, valid_to::date"
        " from bridge_index_memberships join dim_instruments as instruments using (instrument_id)"
        " where instruments.symbol like 'AAL%' order by valid_from"
    )

    assert stays == [
        ("Alexander & Alexander Services", "equity:AAL.2", date(1996, 1, 22), date(1997, 1, 15)),
        ("American Airlines Group", "equity:AAL", date(2015, 3, 23), date(2024, 9, 23)),
    ]


def test_one_company_that_came_back_is_one_instrument(project: Project) -> None:
    assert project.query(
        "select instrument_id, valid_from::date, valid_to::date from bridge_index_memberships"
        " where instrument_id like 'equity:AMD%' order by valid_from"
    ) == [
        ("equity:AMD", date(1996, 1, 22), date(2013, 9, 23)),
        ("equity:AMD", date(2017, 3, 20), None),
    ]


def test_who_has_left_stays_and_is_classified_as_far_as_anybody_told(project: Project) -> None:
    [(count, active)] = project.query(
        "select count(*), count(*) filter (where is_active) from dim_instruments"
    )
    [(classified,)] = project.query(
        "select count(distinct instrument_id) from dim_instrument_history"
        " where sector = 'Industrials'"
    )

    tickers = {ticker for ticker, _, _ in spells()}
    assert (count, active) == (len(tickers) + 1, 0)
    assert classified == sum(1 for _, _, end in spells() if end is None)


def test_the_mart_of_sessions_begins_on_its_day_with_the_short_ones_marked(
    project: Project,
) -> None:
    assert project.query(
        "select calendar, min(session_date)::text from dim_sessions group by 1 order by 1"
    ) == [
        ("24/5", "1990-01-01"),
        ("24/7", "1990-01-01"),
        ("US_BOND", "1990-01-02"),
        ("XNYS", "1990-01-02"),
        ("us_futures", "1990-01-02"),
    ]
    assert project.query(
        "select session_date::text, closes_at from dim_sessions"
        " where calendar = 'XNYS' and is_half_day and session_date between '2022-01-01'"
        " and '2022-12-31'"
    ) == [("2022-11-25", datetime(2022, 11, 25, 18, tzinfo=UTC))]
