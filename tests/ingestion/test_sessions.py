"""The sessions of all calendars in the warehouse."""

from datetime import UTC, date, datetime

import psycopg

from ingestion import sessions
from ingestion.calendars import NAMES, Calendars

CALENDARS = Calendars(date(2025, 12, 31))


def test_sessions_of_every_calendar_are_written(loader: psycopg.Connection) -> None:
    with loader.transaction():
        added = sessions.sync(loader, CALENDARS)

    counts: dict[str, int] = dict(
        loader.execute(
            "select calendar, count(*) from raw_marketflow.sessions group by calendar"
        ).fetchall()
    )
    assert counts == {name: len(CALENDARS.sessions(name)) for name in NAMES}
    assert added == sum(counts.values())
    assert loader.execute(
        "select opens_at, closes_at, is_half_day from raw_marketflow.sessions"
        " where calendar = 'XNYS' and session_date = '2024-07-03'"
    ).fetchall() == [
        (
            datetime(2024, 7, 3, 13, 30, tzinfo=UTC),
            datetime(2024, 7, 3, 17, 0, tzinfo=UTC),
            True,
        )
    ]


def test_a_second_time_changes_nothing(loader: psycopg.Connection) -> None:
    with loader.transaction():
        sessions.sync(loader, CALENDARS)

    with loader.transaction():
        assert sessions.sync(loader, CALENDARS) == 0


def test_a_shorter_calendar_takes_nothing_away(loader: psycopg.Connection) -> None:
    with loader.transaction():
        sessions.sync(loader, CALENDARS)

    with loader.transaction():
        assert sessions.sync(loader, Calendars(date(2024, 12, 31))) == 0


def test_a_wrong_session_is_corrected_and_a_cancelled_one_removed(
    loader: psycopg.Connection,
) -> None:
    with loader.transaction():
        sessions.sync(loader, CALENDARS)
    loader.execute(
        "update raw_marketflow.sessions set closes_at = '2024-07-03 20:00Z', is_half_day = false"
        " where calendar = 'XNYS' and session_date = '2024-07-03'"
    )
    loader.execute(
        "insert into raw_marketflow.sessions values"
        " ('XNYS', '2025-01-09', '2025-01-09 14:30Z', '2025-01-09 21:00Z', false)"
    )

    with loader.transaction():
        assert sessions.sync(loader, CALENDARS) == 2

    assert loader.execute(
        "select count(*) from raw_marketflow.sessions"
        " where calendar = 'XNYS' and session_date in ('2024-07-03', '2025-01-09')"
        " and (is_half_day or session_date != '2024-07-03')"
    ).fetchone() == (1,)
