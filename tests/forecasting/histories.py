"""Series made of numbers, and their future poisoned."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import numpy as np

from forecasting.series import Series, Version

FIRST = date(2020, 1, 1)


def day(position: int) -> date:
    return FIRST + timedelta(days=position)


def instant(position: int) -> datetime:
    return datetime.combine(day(position), time(21), UTC)


def of_values(values: Sequence[float], name: str = "equity:X") -> Series:
    return Series(
        subject_id=name,
        versions=[Version(day(at), float(value), instant(at)) for at, value in enumerate(values)],
        calendar=[day(at) for at in range(len(values) + 30)],
        season=5,
        horizons=(1, 5, 20),
        spacing=20,
    )


def walk(count: int, seed: int = 1) -> Series:
    """Fat-tailed prices, as markets have them."""
    draws = np.random.default_rng(seed).standard_t(4, count)
    return of_values(list(100 * np.exp(np.cumsum(draws * 0.01))), f"equity:{seed}")


def poisoned_after(series: Series, origin: datetime) -> Series:
    """The same series with every later version wild, and later corrections of what went before."""
    kept = [version for version in series.versions if version.known_from <= origin]
    later = [version for version in series.versions if version.known_from > origin]
    wild = [replace(version, value=1e6 * (1 + at % 7)) for at, version in enumerate(later)]
    corrected = [
        replace(version, value=-5.0, known_from=origin + timedelta(seconds=1)) for version in kept
    ]
    return replace(series, versions=[*kept, *wild, *corrected])
