"""Whether New York trades at the tick of a schedule, and why not. Pure: rules, no clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

from ingestion.calendars import Calendars, Session

NEW_YORK = "America/New_York"


def reason_without_session(tick: datetime) -> str | None:
    """Return why the day of a tick, in New York, has no session; None where it has one."""
    day = tick.astimezone(ZoneInfo(NEW_YORK)).date()
    return None if _session(tick) else f"{day} is no session of the New York Stock Exchange"


def reason_while_closed(tick: datetime) -> str | None:
    """Return why there is nothing to ask about at a tick; None from open to close, both included.

    At the moment of the close the last bar is complete: no later tick brings more.
    """
    session = _session(tick)
    if session is None:
        return reason_without_session(tick)
    if tick < session.opens_at:
        return f"the session opens at {_local_time(session.opens_at)}"
    if tick > session.closes_at:
        early = ", on a half day" if session.is_half_day else ""
        return f"the session closed at {_local_time(session.closes_at)}{early}"
    return None


def _session(tick: datetime) -> Session | None:
    day = tick.astimezone(ZoneInfo(NEW_YORK)).date()
    return Calendars.around(tick).calendar("XNYS").session(day)


def _local_time(instant: datetime) -> str:
    return f"{instant.astimezone(ZoneInfo(NEW_YORK)):%H:%M} in New York"
