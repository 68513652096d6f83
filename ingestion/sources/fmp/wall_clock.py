"""FMP's stamps: the wall clock of New York, without its offset from UTC.

What trades around the clock has the hour from 01:00 twice on one Sunday of autumn, under the same
stamps. They are told apart by their order.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from ingestion.calendars import NEW_YORK

_WINTER = timezone(timedelta(hours=-5))
_HOUR_LENGTH = len("2024-11-03 01")


def wall_clock(instant: datetime) -> str:
    """Return the time of New York as FMP writes it.

    In the repeated hour of autumn a bar may count as open an hour too long, never too short.
    """
    return f"{instant.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S}"


def with_offsets(rows: Sequence[Any], fetched_at: datetime) -> list[Any]:
    """Return rows with `utc_offset`, such as -05:00, beside their `date`.

    Of two rows with one stamp the later is of winter time. So is a stamp that comes once, unless
    it would then lie after the answer.

    Args:
        rows: of one symbol, newest or oldest first; what is no object stays as it is.
        fetched_at: when the answer came.
    """
    stamps = [str(row.get("date")) if isinstance(row, dict) else "" for row in rows]
    is_oldest_first = len(stamps) > 1 and stamps[0] < stamps[-1]
    newest_first = list(range(len(stamps)))[:: -1 if is_oldest_first else 1]
    offsets = [""] * len(stamps)
    seen: set[str] = set()
    latest = f"{fetched_at.astimezone(_WINTER):%Y-%m-%d %H:%M:%S}"
    for position in newest_first:
        stamp = stamps[position]
        summer, winter = _offsets(stamp[:_HOUR_LENGTH])
        is_summer = summer != winter and (stamp in seen or stamp > latest)
        offsets[position] = summer if is_summer else winter
        seen.add(stamp)
    return [
        {**row, "utc_offset": offset} if isinstance(row, dict) else row
        for row, offset in zip(rows, offsets, strict=True)
    ]


@lru_cache(maxsize=4096)
def _offsets(hour: str) -> tuple[str, str]:
    """Return the offsets of an hour such as `2024-11-03 01`: two, if the clock shows it twice."""
    try:
        first = datetime.fromisoformat(f"{hour}:00:00").replace(tzinfo=NEW_YORK)
    except ValueError:
        # Such a row has no stamp that could be read, and is left out for that.
        return "-05:00", "-05:00"
    again = first.replace(fold=1)
    # Of the hour that is missing in spring, the second reading is the earlier one.
    is_twice = again.astimezone(UTC) > first.astimezone(UTC)
    return _offset(first), _offset(again if is_twice else first)


def _offset(instant: datetime) -> str:
    return instant.isoformat()[-len("-05:00") :]
