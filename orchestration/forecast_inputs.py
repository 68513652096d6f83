"""Series and curves to forecast, read from the marts as they were known at an instant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import pandas as pd
import psycopg

from forecasting.series import Series, Version

Connection = psycopg.Connection[tuple[Any, ...]]

# Every version of each close, on the scale of the splits that were known at the instant.
_PRICES = """
with known as (
    select
        instrument_id, session_date,
        coalesce(split_adjusted_close_price / nullif(close_price, 0), 1) as split_factor
    from marts.daily_bars_as_of(%(instant)s)
    where
        session_date > cast(%(instant)s as date) - 1100
        and (%(names)s::text[] is null or symbol = any(%(names)s))
)
select
    instrument_id, instruments.calendar, known.session_date,
    revisions.close_price * known.split_factor, revisions.known_from, revisions.is_synthetic
from known
inner join marts.fct_daily_bar_revisions as revisions using (instrument_id, session_date)
inner join marts.dim_instruments as instruments using (instrument_id)
where
    revisions.known_from <= %(instant)s
    and revisions.close_price is not null
    and instruments.is_active
"""

# The vintages that macro_as_of reads, to the instant and not to the end of its day. Ten years back
# is further than the first origin of any evaluation.
_MACRO = """
select
    series_id, series.frequency, series.frequency_code, observations.observation_date,
    observations.value, observations.known_from, observations.is_synthetic
from marts.fct_macro_observations as observations
inner join marts.dim_macro_series as series using (series_id)
where
    observations.known_from <= %(instant)s
    and coalesce(observations.known_to, 'infinity') > %(instant)s - interval '10 years'
    and observations.value is not null
    and series.is_active
    and series.frequency_code is not null
    and (%(names)s::text[] is null or series_id = any(%(names)s))
"""

_SESSIONS = """
select session_date from marts.dim_sessions
where calendar = %(calendar)s and session_date between %(first)s and %(last)s
order by session_date
"""

_YIELDS = """
select
    observation_date, max(known_from),
    array_agg(tenor order by tenor_months), array_agg(tenor_months order by tenor_months),
    array_agg(yield_pct order by tenor_months), bool_or(is_synthetic)
from marts.fct_yield_curve
where known_from <= %(instant)s
group by observation_date
order by observation_date
"""


@dataclass(frozen=True)
class _Shape:
    """What a calendar makes of a series."""

    season: int
    horizons: tuple[int, ...]
    spacing: int


_AHEAD = timedelta(days=60)
_WEEKDAYS, _EVERY_DAY = "US_BOND", "24/7"
_PERIODS = {
    "W": (pd.DateOffset(weeks=1), 52, 4),
    "BW": (pd.DateOffset(weeks=2), 26, 2),
    "M": (pd.DateOffset(months=1), 12, 3),
    "Q": (pd.DateOffset(months=3), 4, 2),
    "SA": (pd.DateOffset(months=6), 2, 1),
    "A": (pd.DateOffset(years=1), 1, 1),
}
_SESSIONS_AHEAD, _PERIODS_AHEAD = (1, 5, 20), (1, 3, 12)


@dataclass(frozen=True)
class Subject:
    """A series, and what it is a series of.

    Attributes:
        is_synthetic: whether the sandbox invented any of it.
    """

    kind: Literal["instrument", "series"]
    series: Series
    is_synthetic: bool

    @property
    def origin_date(self) -> date:
        """The day of its newest value."""
        return max(version.day for version in self.series.versions)


@dataclass(frozen=True)
class DayOfYields:
    """The yields of one day.

    Attributes:
        known_from: since when all of them were known.
        tenors, months: names and lengths of the maturities, ascending.
        yields: percent a year.
    """

    day: date
    known_from: datetime
    tenors: tuple[str, ...]
    months: tuple[int, ...]
    yields: tuple[float, ...]
    is_synthetic: bool


def read_prices(
    connection: Connection, instant: datetime, symbols: Sequence[str] | None = None
) -> list[Subject]:
    """Return the closes of every active instrument, or of some symbols."""
    rows = connection.execute(
        _PRICES, {"instant": instant, "names": list(symbols) if symbols is not None else None}
    ).fetchall()
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for instrument_id, calendar, *rest in rows:
        found[instrument_id, calendar].append(tuple(rest))
    days = {
        calendar: _sessions(connection, calendar, instant, min(row[2] for row in rows))
        for calendar in {calendar for _, calendar in found}
    }
    return [
        _subject("instrument", name, values, days[calendar], _of_days(calendar, _SESSIONS_AHEAD))
        for (name, calendar), values in sorted(found.items())
    ]


def read_macro(
    connection: Connection, instant: datetime, series_ids: Sequence[str] | None = None
) -> list[Subject]:
    """Return the values of every active economic series, or of some."""
    rows = connection.execute(
        _MACRO, {"instant": instant, "names": list(series_ids) if series_ids is not None else None}
    ).fetchall()
    found: dict[tuple[str, str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for series_id, frequency, code, *rest in rows:
        found[series_id, frequency or "", code].append(tuple(rest))
    subjects = []
    for (name, frequency, code), values in sorted(found.items()):
        first, last = min(row[0] for row in values), max(row[0] for row in values)
        if code in _PERIODS:
            step, season, spacing = _PERIODS[code]
            days = _periods(first, last, step)
            shape = _Shape(season, _PERIODS_AHEAD, spacing)
        else:
            calendar = _EVERY_DAY if "7-day" in frequency.lower() else _WEEKDAYS
            days = _sessions(connection, calendar, instant, first)
            shape = _of_days(calendar, _PERIODS_AHEAD)
        subjects.append(_subject("series", name, values, days, shape))
    return subjects


def read_yields(connection: Connection, instant: datetime) -> list[DayOfYields]:
    """Return the yields of every day, oldest first."""
    rows = connection.execute(_YIELDS, {"instant": instant}).fetchall()
    return [
        DayOfYields(day, known_from, tuple(tenors), tuple(months), tuple(yields), bool(invented))
        for day, known_from, tenors, months, yields, invented in rows
    ]


def _subject(
    kind: Literal["instrument", "series"],
    name: str,
    rows: Iterable[tuple[Any, ...]],
    days: Sequence[date],
    shape: _Shape,
) -> Subject:
    kept = list(rows)
    versions = [Version(day, value, known_from) for day, value, known_from, _ in kept]
    series = Series(name, versions, days, shape.season, shape.horizons, shape.spacing)
    return Subject(kind, series, any(invented for *_, invented in kept))


def _of_days(calendar: str, horizons: tuple[int, ...]) -> _Shape:
    """Return season, horizons and spacing of what has a value each day: the season is a week."""
    return _Shape(7 if calendar == _EVERY_DAY else 5, horizons, 20)


def _sessions(connection: Connection, calendar: str, instant: datetime, first: date) -> list[date]:
    last = instant.date() + _AHEAD
    rows = connection.execute(
        _SESSIONS, {"calendar": calendar, "first": first, "last": last}
    ).fetchall()
    return [day for (day,) in rows]


def _periods(first: date, last: date, step: pd.DateOffset) -> list[date]:
    days = pd.date_range(first, pd.Timestamp(last) + max(_PERIODS_AHEAD) * step, freq=step)
    return [day.date() for day in days]
