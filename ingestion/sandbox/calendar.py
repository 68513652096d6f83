"""When the synthetic markets trade: the real calendars, from 2015-01-02 on."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pandas as pd

from ingestion.sandbox.noise import Ints

FIRST_DAY = date(2015, 1, 2)
NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")

_EPOCH = date(1970, 1, 1)
_DAY_SECONDS = 86_400


def day_number(day: date) -> int:
    """Return the days from 1970-01-01 to `day`."""
    return (day - _EPOCH).days


def date_of(number: int) -> date:
    """Return the date that lies `number` days after 1970-01-01."""
    return _EPOCH + timedelta(days=int(number))


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar date of `instant` in `zone`."""
    return instant.astimezone(zone).date()


@dataclass(frozen=True)
class Sessions:
    """The sessions of one calendar, oldest first.

    Attributes:
        calendar: XNYS, us_futures, 24/5 or 24/7.
        days: the session dates, in days since 1970-01-01.
        opens: when they open, in seconds since 1970-01-01 UTC.
        closes: when they close, likewise.
    """

    calendar: str
    days: Ints
    opens: Ints
    closes: Ints

    @cached_property
    def minutes(self) -> Ints:
        """How many minutes each session lasts."""
        return (self.closes - self.opens) // 60

    @cached_property
    def dates(self) -> list[str]:
        """The session dates as YYYY-MM-DD."""
        return [date_of(number).isoformat() for number in self.days]

    def begun(self, now: datetime) -> int:
        """Return how many sessions have begun before `now`."""
        return int(np.searchsorted(self.opens, now.timestamp(), side="left"))

    def finished(self, now: datetime) -> int:
        """Return how many sessions have closed by `now`."""
        return int(np.searchsorted(self.closes, now.timestamp(), side="right"))

    def at_or_after(self, day: date) -> int:
        """Return the index of the first session dated `day` or later."""
        return int(np.searchsorted(self.days, day_number(day), side="left"))

    def after(self, day: date) -> int:
        """Return the index of the first session dated later than `day`."""
        return int(np.searchsorted(self.days, day_number(day), side="right"))


def sessions(calendar: str, last_day: date) -> Sessions:
    """Return the sessions of `calendar` from FIRST_DAY to `last_day`."""
    if calendar in {"24/7", "24/5"}:
        days = np.arange(day_number(FIRST_DAY), day_number(last_day) + 1, dtype=np.int64)
        if calendar == "24/5":
            days = days[(days + 3) % 7 < 5]  # 1970-01-01 was a Thursday.
        return Sessions(calendar, days, days * _DAY_SECONDS, (days + 1) * _DAY_SECONDS)
    schedule = exchange_calendars.get_calendar(
        calendar, start=pd.Timestamp(FIRST_DAY), end=pd.Timestamp(last_day)
    ).schedule
    return Sessions(
        calendar,
        schedule.index.to_numpy().astype("datetime64[D]").astype(np.int64),
        schedule["open"].dt.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64),
        schedule["close"].dt.tz_localize(None).to_numpy().astype("datetime64[s]").astype(np.int64),
    )


def instant(day: date, hour: int, minute: int, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, at which clocks in `zone` show that time on `day`."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)
