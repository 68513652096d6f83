"""The sessions of every calendar in raw_marketflow.sessions, from 1990 to the end of next year."""

from typing import Any

import psycopg

from ingestion.calendars import FIRST_DAY, NAMES, Calendars, Session

Connection = psycopg.Connection[tuple[Any, ...]]

_CHANGED = """
insert into raw_marketflow.sessions as known
    (calendar, session_date, opens_at, closes_at, is_half_day)
select calendar, session_date, opens_at, closes_at, is_half_day
from marketflow_sessions
on conflict (calendar, session_date) do update
set
    opens_at = excluded.opens_at,
    closes_at = excluded.closes_at,
    is_half_day = excluded.is_half_day
where (known.opens_at, known.closes_at, known.is_half_day)
    is distinct from (excluded.opens_at, excluded.closes_at, excluded.is_half_day)
"""

# A closure that was announced after the session had been written.
_CANCELLED = """
delete from raw_marketflow.sessions as known
where known.calendar = any(%s)
and known.session_date between %s and %s
and not exists (
    select from marketflow_sessions as right_ones
    where right_ones.calendar = known.calendar
    and right_ones.session_date = known.session_date
)
"""


def sync(connection: Connection, calendars: Calendars) -> int:
    """Write the sessions of all calendars, and return how many were added or changed.

    Doing it again changes nothing. Sessions after the last day of `calendars` stay.

    Args:
        connection: of marketflow_loader, in a transaction of the caller.
        calendars: up to the last day that is wanted.
    """
    connection.execute(
        "create temporary table marketflow_sessions (like raw_marketflow.sessions) on commit drop"
    )
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy marketflow_sessions (calendar, session_date, opens_at, closes_at, is_half_day)"
            " from stdin"
        ) as copy,
    ):
        for name in NAMES:
            copy.write("".join(map(_line, calendars.sessions(name))))
    changed = connection.execute(_CHANGED).rowcount
    cancelled = connection.execute(
        _CANCELLED, [list(NAMES), FIRST_DAY, calendars.last_day]
    ).rowcount
    connection.execute("drop table marketflow_sessions")
    return changed + cancelled


def _line(session: Session) -> str:
    """Return a session as COPY reads it."""
    return (
        f"{session.calendar}\t{session.session_date}\t{session.opens_at}\t{session.closes_at}"
        f"\t{session.is_half_day}\n"
    )
