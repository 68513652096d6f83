"""When markets are open: the five calendars of the universe, and which bars had closed by when.

Four calendars are those of exchange_calendars; US_BOND is our own, made from the New York Stock
Exchange's. Everything here is derived from rules: no network, no clock, no database.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import pandas as pd

from ingestion.errors import LoadError

FIRST_DAY = date(1990, 1, 1)
NEW_YORK = ZoneInfo("America/New_York")

_DAY = timedelta(days=1)
_MONDAY, _FRIDAY = 0, 4

# The bond market traded although the stock exchange was closed: the week of 11 September 2001,
# the mourning for Presidents Ford and Carter, the eve of Hurricane Sandy.
_BOND_ONLY = (
    date(2001, 9, 13),
    date(2001, 9, 14),
    date(2007, 1, 2),
    date(2012, 10, 29),
    date(2025, 1, 9),
)
_FIRST_GOOD_FRIDAY_SESSION = 1996
_FIRST_NYSE_KING_DAY = 1998


@dataclass(frozen=True)
class Session:
    """A day on which a market was, or will be, open."""

    calendar: str
    session_date: date
    opens_at: datetime
    closes_at: datetime
    is_half_day: bool


class Calendar:
    """The sessions of one market, in order.

    Args:
        name: as the universe names it.
        sessions: ordered by date.
    """

    def __init__(self, name: str, sessions: tuple[Session, ...]) -> None:
        self.name = name
        self.sessions = sessions

    def session(self, day: date) -> Session | None:
        """Return the session of a day, or None where the market is closed all day."""
        return self._by_date.get(day)

    def last_final_day(self, at: datetime) -> date:
        """Return the last day whose bar had closed at an instant.

        It is the last session that had closed or, where that is later (a provider may have bars
        for days on which a calendar has no session), the UTC day before the instant.
        """
        closed = int(np.searchsorted(self._closes, at.timestamp(), side="right"))
        day_before = at.astimezone(UTC).date() - _DAY
        if closed == 0:
            return day_before
        return max(self.sessions[closed - 1].session_date, day_before)

    def last_opened(self, at: datetime) -> Session | None:
        """Return the last session that had opened at an instant, or None before the first."""
        opened = int(np.searchsorted(self._opens, at.timestamp(), side="right"))
        return self.sessions[opened - 1] if opened else None

    @cached_property
    def _by_date(self) -> dict[date, Session]:
        return {session.session_date: session for session in self.sessions}

    @cached_property
    def _opens(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.array([session.opens_at.timestamp() for session in self.sessions])

    @cached_property
    def _closes(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.array([session.closes_at.timestamp() for session in self.sessions])


class Calendars:
    """The calendars of the universe from 1990 to a last day.

    Args:
        last_day: the last day that is needed, in the future or not.
    """

    def __init__(self, last_day: date) -> None:
        self.last_day = last_day

    @classmethod
    def around(cls, now: datetime) -> "Calendars":
        """Return the calendars up to the end of the year after `now`, a year ahead or more."""
        return cls(date(now.year + 1, 12, 31))

    def calendar(self, name: str) -> Calendar:
        """Return a calendar by its name in the universe.

        Raises:
            LoadError: there is no such calendar.
        """
        try:
            build = _BUILDERS[name]
        except KeyError:
            raise LoadError(
                f"the calendar {name!r} is unknown: the universe may name {', '.join(_BUILDERS)}"
            ) from None
        return _built(name, build, self.last_day)

    def session_close(self, name: str, day: date) -> datetime | None:
        """Return when the session of a day closes, or None where the market is closed all day."""
        session = self.calendar(name).session(day)
        return None if session is None else session.closes_at

    def is_final_daily(self, name: str, day: date, at: datetime) -> bool:
        """Return whether the daily bar of a day had closed at an instant."""
        return day <= self.calendar(name).last_final_day(at)

    def sessions(
        self, name: str, start: date = FIRST_DAY, end: date | None = None
    ) -> list[Session]:
        """Return the sessions of a calendar between two days, both included."""
        last = end or self.last_day
        return [
            session
            for session in self.calendar(name).sessions
            if start <= session.session_date <= last
        ]


def _from_library(name: str, last_day: date) -> tuple[Session, ...]:
    calendar = exchange_calendars.get_calendar(
        name, start=FIRST_DAY.isoformat(), end=last_day.isoformat()
    )
    early = set(calendar.early_closes.date) if calendar.early_closes is not None else set()
    return tuple(
        Session(name, day, opens_at, closes_at, day in early)
        for day, opens_at, closes_at in zip(
            calendar.sessions.date,
            _instants(calendar.opens),
            _instants(calendar.closes),
            strict=True,
        )
    )


def _instants(column: "pd.Series[pd.Timestamp]") -> list[datetime]:
    return [instant.astimezone(UTC) for instant in column.dt.to_pydatetime()]


def _us_bond(name: str, last_day: date) -> tuple[Session, ...]:
    """The days of the US government bond market, after SIFMA's holiday recommendations.

    It keeps the holidays of the New York Stock Exchange and, besides, Columbus Day, Veterans Day
    (the Monday after where it falls on a Sunday, no day where it falls on a Saturday) and, before
    the exchange did, Martin Luther King Day. Good Friday is a holiday too, except where it is the
    first Friday of April: then the employment report is due, and the market opens until noon.
    The exchange's own closures for mourning or storms are kept, save those few days on which
    bonds are known to have traded. Trading is taken to end at 17:00 in New York, and at 14:00
    on the exchange's half days.
    """
    exchange = _built("XNYS", _from_library, last_day)
    half_days = {session.session_date for session in exchange.sessions if session.is_half_day}
    jobs_fridays = {day for day in _good_fridays(exchange, last_day) if _is_jobs_friday(day)}
    open_days = {
        session.session_date
        for session in exchange.sessions
        if not _is_bond_holiday(session.session_date)
    }
    extra = {day for day in _BOND_ONLY if day <= last_day}
    return tuple(
        _bond_session(name, day, is_noon=day in jobs_fridays, is_half=day in half_days)
        for day in sorted(open_days | jobs_fridays | extra)
    )


def _bond_session(name: str, day: date, *, is_noon: bool, is_half: bool) -> Session:
    closing_hour = 12 if is_noon else 14 if is_half else 17
    return Session(
        name,
        day,
        datetime.combine(day, time(8), NEW_YORK).astimezone(UTC),
        datetime.combine(day, time(closing_hour), NEW_YORK).astimezone(UTC),
        is_noon or is_half,
    )


def _is_bond_holiday(day: date) -> bool:
    is_columbus_day = day.month == 10 and day.weekday() == _MONDAY and 8 <= day.day <= 14
    is_veterans_day = day.month == 11 and (
        day.day == 11 or (day.day == 12 and day.weekday() == _MONDAY)
    )
    is_king_day = (
        day.year < _FIRST_NYSE_KING_DAY
        and day.month == 1
        and day.weekday() == _MONDAY
        and 15 <= day.day <= 21
    )
    return is_columbus_day or is_veterans_day or is_king_day


def _good_fridays(exchange: Calendar, last_day: date) -> list[date]:
    """The Fridays between 20 March and 23 April on which the exchange is closed."""
    candidates = [
        date(year, 3, 20) + n * _DAY
        for year in range(FIRST_DAY.year, last_day.year + 1)
        for n in range(35)
    ]
    return [
        day
        for day in candidates
        if day.weekday() == _FRIDAY and day <= last_day and exchange.session(day) is None
    ]


def _is_jobs_friday(good_friday: date) -> bool:
    return (
        good_friday.year >= _FIRST_GOOD_FRIDAY_SESSION
        and good_friday.month == 4
        and good_friday.day <= 7
    )


Builder = Callable[[str, date], tuple[Session, ...]]

_BUILDERS: dict[str, Builder] = {
    "XNYS": _from_library,
    "24/7": _from_library,
    "24/5": _from_library,
    "us_futures": _from_library,
    "US_BOND": _us_bond,
}
NAMES = tuple(_BUILDERS)


@lru_cache(maxsize=16)
def _built(name: str, build: Builder, last_day: date) -> Calendar:
    return Calendar(name, build(name, last_day))
