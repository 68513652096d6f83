"""How late data is, counted in sessions. Pure: sessions and instants in, verdicts out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import pandas as pd

from warehouse.settings import PROVIDERS

GRACE = timedelta(minutes=45)
"""What a provider and a daily run may take after a close before the session counts as missed."""

OPEN_MARKET_DELAY = timedelta(minutes=30)
"""The age at which a price of the session that is now open counts as behind it."""


class Level(StrEnum):
    """What a badge says."""

    FRESH = "fresh"
    LATE = "late"
    STALE = "stale"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SourceFreshness:
    """The verdict on one source.

    Attributes:
        source: the provider.
        fetched_at: when it last answered, in UTC; None when it never did.
        sessions_late: sessions of its calendar that have closed since.
    """

    source: str
    fetched_at: datetime | None
    sessions_late: int

    @property
    def level(self) -> Level:
        """The colour of its badge."""
        return Level.UNKNOWN if self.fetched_at is None else level_of(self.sessions_late)


@dataclass(frozen=True)
class PriceFreshness:
    """The verdict on one price.

    Attributes:
        sessions_late: closed sessions that it is older than.
        behind: its age, when it is of the session that is open now and has been left behind.
    """

    sessions_late: int
    behind: timedelta | None = None

    @property
    def level(self) -> Level:
        """The colour of its badge."""
        return Level.LATE if self.behind is not None else level_of(self.sessions_late)


def level_of(sessions_late: int) -> Level:
    """Return the level for a count of missed sessions: amber for one, red for more."""
    if sessions_late > 1:
        return Level.STALE
    return Level.LATE if sessions_late == 1 else Level.FRESH


def assess_sources(
    fetches: pd.DataFrame, sessions: pd.DataFrame, now: datetime
) -> list[SourceFreshness]:
    """Return a verdict per provider, in the order of PROVIDERS.

    Args:
        fetches: source, calendar, last_fetched_at (null when it never answered).
        sessions: calendar, opens_at, closes_at, far enough back.
        now: the present.
    """
    by_source = {row.source: row for row in fetches.itertuples(index=False)}
    verdicts: list[SourceFreshness] = []
    for source in PROVIDERS:
        row = by_source.get(source)
        if row is None or pd.isna(row.last_fetched_at):
            verdicts.append(SourceFreshness(source, None, 0))
            continue
        closes = sessions.loc[sessions["calendar"] == row.calendar, "closes_at"]
        late = int(((closes > row.last_fetched_at) & (closes + GRACE <= now)).sum())
        verdicts.append(SourceFreshness(source, row.last_fetched_at.to_pydatetime(), late))
    return verdicts


def assess_price(sessions: pd.DataFrame, as_of: datetime, now: datetime) -> PriceFreshness:
    """Return the verdict on a price.

    A price from inside a session, or from its close, covers that session. One from before the
    open of the session that is on is a daily one, and is counted in sessions alone.

    Args:
        sessions: opens_at and closes_at of the instrument's calendar, far enough back.
        as_of: when the price was true.
        now: the present.
    """
    opens, closes = sessions["opens_at"], sessions["closes_at"]
    late = int(((opens >= as_of) & (closes + GRACE <= now)).sum())
    is_of_open_session = bool(((opens < as_of) & (opens <= now) & (closes > now)).any())
    age = now - as_of
    if is_of_open_session and age > OPEN_MARKET_DELAY:
        return PriceFreshness(late, behind=age)
    return PriceFreshness(late)
