"""A series with every version of its values, and what was known of it at an instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from forecasting.errors import Unsuitable

Values = NDArray[np.float64]

LONGEST = 500
SHORTEST = 60
_MOST_MISSING = 0.1
_MOST_OVERDUE = 10


@dataclass(frozen=True)
class Version:
    """One version of one observation.

    Attributes:
        day: session or first day of the period.
        value: in the unit of the series.
        known_from: since when it was known (aware).
    """

    day: date
    value: float
    known_from: datetime


@dataclass(frozen=True)
class Series:
    """What is forecast.

    Attributes:
        subject_id: instrument or economic series.
        versions: every version of its observations, in any order.
        calendar: every day on which an observation is due, ascending, the future included.
        season: observations in a season.
        horizons: how many due days ahead, ascending.
        spacing: due days between two origins of the evaluation.
    """

    subject_id: str
    versions: Sequence[Version]
    calendar: Sequence[date]
    season: int
    horizons: tuple[int, ...]
    spacing: int


@dataclass(frozen=True)
class Known:
    """What was known at an instant: `values[-1]` is of `calendar[position]`."""

    position: int
    values: Values


def as_known(series: Series, instant: datetime) -> Known:
    """Return the newest values that were known at an instant, at most `LONGEST` due days.

    A due day without a value carries the value before it, as long as few are missing.

    Raises:
        Unsuitable: it is short, flat, gappy, ended or not finite.
    """
    positions = {day: position for position, day in enumerate(series.calendar)}
    known = [
        version
        for version in series.versions
        if version.known_from <= instant and version.day in positions
    ]
    if not known:
        raise Unsuitable("short", "nothing was known of it")
    values = np.full(len(series.calendar), np.nan)
    has_value = np.zeros(len(series.calendar), dtype=bool)
    for version in sorted(known, key=lambda version: version.known_from):
        position = positions[version.day]
        values[position] = version.value
        has_value[position] = True
    due = np.flatnonzero(has_value)
    last = int(due[-1])
    start = max(int(due[0]), last + 1 - LONGEST)
    window, present = values[start : last + 1], has_value[start : last + 1]
    _require_suitable(series, instant, last, window, present)
    newest_present = np.maximum.accumulate(np.where(present, np.arange(len(window)), 0))
    return Known(last, window[newest_present])


def _require_suitable(
    series: Series, instant: datetime, last: int, window: Values, present: NDArray[np.bool_]
) -> None:
    count = int(present.sum())
    if count < SHORTEST:
        raise Unsuitable("short", f"{count} observations, of {SHORTEST} that it takes")
    if not np.isfinite(window[present]).all():
        raise Unsuitable("not_finite", "an observation is no finite number")
    if 1 - count / len(window) > _MOST_MISSING:
        raise Unsuitable("gappy", f"{len(window) - count} of {len(window)} due are missing")
    overdue = sum(day < instant.date() for day in series.calendar[last + 1 :])
    if overdue > _MOST_OVERDUE:
        raise Unsuitable("ended", f"{overdue} due observations since {series.calendar[last]}")
    if np.ptp(window[present][-SHORTEST:]) == 0:
        raise Unsuitable("flat", f"the last {SHORTEST} observations are equal")
