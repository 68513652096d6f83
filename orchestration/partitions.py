"""The trading days of New York as partitions: a session, and the days until the next one.

So no day lies between two partitions: the weekend of a coin belongs to Friday.
"""

from datetime import UTC, date, datetime, time, timedelta

import dagster as dg

from ingestion.calendars import Calendars
from orchestration.market_hours import NEW_YORK

FIRST_SESSION = date(2000, 1, 3)
_DAY = timedelta(days=1)
_SATURDAY = 5


def trading_days(now: datetime) -> dg.TimeWindowPartitionsDefinition:
    """Return the sessions from 2000 on, the one that is open included.

    Args:
        now: holidays are known until the end of the year after.
    """
    calendars = Calendars.around(now)
    sessions = {one.session_date for one in calendars.sessions("XNYS", FIRST_SESSION)}
    days = [FIRST_SESSION + n * _DAY for n in range((max(sessions) - FIRST_SESSION).days)]
    closures = [day for day in days if day.weekday() < _SATURDAY and day not in sessions]
    return dg.TimeWindowPartitionsDefinition(
        start=datetime.combine(FIRST_SESSION, time()),
        fmt="%Y-%m-%d",
        timezone=NEW_YORK,
        cron_schedule="0 0 * * 1-5",
        exclusions=[datetime.combine(day, time()) for day in closures],
        end_offset=1,
    )


def days_of(keys: dg.PartitionKeyRange) -> tuple[date, date]:
    """Return the first and the last day of a range of partitions, both included."""
    last = date.fromisoformat(keys.end)
    following = Calendars.around(datetime.combine(last, time(), UTC)).sessions("XNYS", last + _DAY)
    return date.fromisoformat(keys.start), following[0].session_date - _DAY


def partition_of(day: date) -> str:
    """Return the key of the partition that a day belongs to."""
    around = Calendars.around(datetime.combine(day, time(), UTC))
    # No closure has ever been that long.
    return around.sessions("XNYS", day - 20 * _DAY, day)[-1].session_date.isoformat()
