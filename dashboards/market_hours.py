"""Which markets are open. Pure: sessions and the present in, states out."""

from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd

CALENDAR_NAMES = {
    "XNYS": "US stocks",
    "us_futures": "Futures",
    "US_BOND": "US bonds",
    "24/5": "Foreign exchange",
    "24/7": "Crypto",
}
"""The calendars in the order in which people look for them."""


@dataclass(frozen=True)
class MarketState:
    """One market at one instant.

    Attributes:
        calendar: its calendar.
        name: what people call it.
        is_open: whether a session is on.
        session_date: the session that is on, or else the next one; None when none is known.
        changes_at: when it closes if it is open, or else when it opens next, in UTC; None when
            no end is in sight, as for crypto.
        is_half_day: whether that session ends early.
    """

    calendar: str
    name: str
    is_open: bool
    session_date: date | None = None
    changes_at: datetime | None = None
    is_half_day: bool = False


def market_states(sessions: pd.DataFrame, now: datetime) -> list[MarketState]:
    """Return the state of each calendar in `sessions`, the known ones first and in order.

    Args:
        sessions: calendar, session_date, opens_at, closes_at, is_half_day, around the present.
        now: the present.
    """
    present = list(sessions["calendar"].unique())
    ordered = [name for name in CALENDAR_NAMES if name in present]
    ordered += sorted(name for name in present if name not in CALENDAR_NAMES)
    return [
        _state_of(name, sessions[sessions["calendar"] == name].sort_values("opens_at"), now)
        for name in ordered
    ]


def _state_of(calendar: str, sessions: pd.DataFrame, now: datetime) -> MarketState:
    name = CALENDAR_NAMES.get(calendar, calendar)
    on = sessions[(sessions["opens_at"] <= now) & (sessions["closes_at"] > now)]
    coming = sessions[sessions["opens_at"] > now]
    shown = on.tail(1) if len(on) else coming.head(1)
    if shown.empty:
        return MarketState(calendar, name, is_open=False)
    session = shown.iloc[0]
    is_open = len(on) > 0
    return MarketState(
        calendar=calendar,
        name=name,
        is_open=is_open,
        session_date=session["session_date"],
        changes_at=_end_of_trading(sessions, now)
        if is_open
        else session["opens_at"].to_pydatetime(),
        is_half_day=bool(session["is_half_day"]),
    )


def _end_of_trading(sessions: pd.DataFrame, now: datetime) -> datetime | None:
    """Return when sessions that follow one another without a pause end, if that is in sight."""
    end: datetime | None = None
    for session in sessions[sessions["closes_at"] > now].itertuples(index=False):
        if end is not None and session.opens_at > end:
            return end
        end = session.closes_at
    # The chain reaches the end of what was asked for: one session has an end, a chain has none.
    is_one_session = (sessions["closes_at"] > now).sum() == 1
    return end if is_one_session else None
