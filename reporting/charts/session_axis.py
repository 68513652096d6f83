"""A time axis that leaves out the days on which nothing traded."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

_SATURDAY = 5


def session_breaks(session_dates: Iterable[date]) -> list[dict[str, Any]]:
    """Return plotly range breaks for the days between the first and last session without one.

    Weekends become one rule when no session falls on one; every other missing day (a holiday,
    a gap in the data) is named. Crypto, which trades every day, gets none.
    """
    present = set(session_dates)
    if not present:
        return []
    first, last = min(present), max(present)
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    missing = [day for day in days if day not in present]
    breaks: list[dict[str, Any]] = []
    if not any(day.weekday() >= _SATURDAY for day in present):
        breaks.append({"bounds": ["sat", "mon"]})
        missing = [day for day in missing if day.weekday() < _SATURDAY]
    if missing:
        breaks.append({"values": [day.isoformat() for day in missing]})
    return breaks
