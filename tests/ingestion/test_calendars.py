"""When markets are open, against days that are known."""

from datetime import UTC, date, datetime

import pytest

from ingestion.calendars import NAMES, Calendars
from ingestion.errors import LoadError

CALENDARS = Calendars(date(2026, 12, 31))


def days(name: str, start: date, end: date) -> list[date]:
    return [session.session_date for session in CALENDARS.sessions(name, start, end)]


@pytest.mark.parametrize(
    "closed",
    [
        date(2001, 9, 11),
        date(2001, 9, 14),
        date(2004, 6, 11),
        date(2012, 10, 29),
        date(2012, 10, 30),
        date(2018, 12, 5),
        date(2021, 12, 24),
        date(2022, 6, 20),
        date(2025, 1, 9),
        date(2024, 3, 29),
    ],
)
def test_the_stock_exchange_was_closed(closed: date) -> None:
    assert CALENDARS.session_close("XNYS", closed) is None


@pytest.mark.parametrize(
    ("day", "closes_at"),
    [
        (date(2024, 7, 2), datetime(2024, 7, 2, 20, tzinfo=UTC)),
        (date(2024, 7, 3), datetime(2024, 7, 3, 17, tzinfo=UTC)),
        (date(2024, 11, 29), datetime(2024, 11, 29, 18, tzinfo=UTC)),
        (date(2024, 12, 24), datetime(2024, 12, 24, 18, tzinfo=UTC)),
        (date(2021, 12, 31), datetime(2021, 12, 31, 21, tzinfo=UTC)),
    ],
)
def test_the_stock_exchange_closed_at(day: date, closes_at: datetime) -> None:
    assert CALENDARS.session_close("XNYS", day) == closes_at


def test_half_days_are_marked() -> None:
    sessions = CALENDARS.sessions("XNYS", date(2024, 1, 1), date(2024, 12, 31))

    assert [session.session_date for session in sessions if session.is_half_day] == [
        date(2024, 7, 3),
        date(2024, 11, 29),
        date(2024, 12, 24),
    ]


def test_sessions_begin_in_1990_and_end_where_asked() -> None:
    for name in NAMES:
        sessions = CALENDARS.sessions(name)

        assert sessions[0].session_date in {date(1990, 1, 1), date(1990, 1, 2)}
        assert sessions[-1].session_date == date(2026, 12, 31)


def test_the_calendars_reach_a_year_ahead_or_more() -> None:
    assert Calendars.around(datetime(2024, 2, 1, tzinfo=UTC)).last_day == date(2025, 12, 31)


def test_crypto_trades_every_day_and_fx_on_weekdays() -> None:
    start, end = date(2024, 6, 28), date(2024, 7, 1)

    assert len(days("24/7", start, end)) == 4
    assert days("24/5", start, end) == [start, end]


@pytest.mark.parametrize(
    ("day", "is_session"),
    [
        (date(2024, 10, 14), False),  # Columbus Day
        (date(2024, 11, 11), False),  # Veterans Day
        (date(2018, 11, 12), False),  # Veterans Day fell on a Sunday
        (date(2017, 11, 10), True),  # Veterans Day fell on a Saturday
        (date(1995, 1, 16), False),  # Martin Luther King Day, before the exchange kept it
        (date(2024, 3, 29), False),  # Good Friday
        (date(2023, 4, 7), True),  # Good Friday with an employment report
        (date(2022, 4, 15), False),  # Good Friday, not the first of April
        (date(2025, 1, 9), True),  # mourning for President Carter
        (date(2012, 10, 30), False),  # Hurricane Sandy
        (date(2021, 12, 31), True),  # New Year's Day fell on a Saturday
        (date(2024, 7, 4), False),
        (date(2024, 7, 5), True),
    ],
)
def test_the_bond_market_keeps_its_own_holidays(day: date, is_session: bool) -> None:
    assert (CALENDARS.session_close("US_BOND", day) is not None) is is_session


def test_the_bond_market_closes_at_noon_on_an_employment_report() -> None:
    assert CALENDARS.session_close("US_BOND", date(2023, 4, 7)) == datetime(
        2023, 4, 7, 16, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("name", "at", "last"),
    [
        ("XNYS", datetime(2024, 7, 2, 19, 59, 59, tzinfo=UTC), date(2024, 7, 1)),
        ("XNYS", datetime(2024, 7, 2, 20, 0, tzinfo=UTC), date(2024, 7, 2)),
        ("24/7", datetime(2024, 7, 2, 23, 59, 59, tzinfo=UTC), date(2024, 7, 1)),
        ("24/7", datetime(2024, 7, 3, 0, 0, tzinfo=UTC), date(2024, 7, 2)),
        ("us_futures", datetime(2024, 7, 2, 22, 0, tzinfo=UTC), date(2024, 7, 2)),
        # A bar of a day without a session, such as a Sunday's, ends with that day.
        ("XNYS", datetime(2024, 7, 8, 3, 0, tzinfo=UTC), date(2024, 7, 7)),
        ("XNYS", datetime(1985, 7, 8, 3, 0, tzinfo=UTC), date(1985, 7, 7)),
    ],
)
def test_the_last_final_day(name: str, at: datetime, last: date) -> None:
    assert CALENDARS.calendar(name).last_final_day(at) == last
    assert CALENDARS.is_final_daily(name, last, at)


def test_an_unknown_calendar_is_named() -> None:
    with pytest.raises(LoadError, match="the calendar 'XLON' is unknown"):
        CALENDARS.calendar("XLON")
