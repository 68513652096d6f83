"""Five hundred series forecast by every model, with the choice at past origins: a whole evening."""

import logging
import os
import resource
import time
from datetime import UTC, date, datetime, timedelta

import numpy as np

from bench.figures import Result
from forecasting.choosing import ORIGINS
from forecasting.many import forecast_many
from forecasting.models import MODELS
from forecasting.series import LONGEST, Series, Version

SERIES = 500
SESSIONS = 760
# Five models on two cores.
MOST_MINUTES, CORES = 10.0, 2

_FIRST_DAY = date(2020, 1, 1)
_HORIZONS = (1, 5, 20)

_log = logging.getLogger(__name__)


def run() -> Result:
    """Forecast random walks of three years, and compare the time with what is promised."""
    series = _random_walks()
    instant = series[0].versions[-1].known_from
    cpu, wall = _cpu_seconds(), time.perf_counter()
    outcomes = list(forecast_many(series, instant))
    cpu, wall = _cpu_seconds() - cpu, time.perf_counter() - wall
    made = sum(len(one.forecasts) for one in outcomes)
    if made != SERIES * len(MODELS) * len(_HORIZONS):
        reasons = {one.sentence for one in outcomes if one.reason is not None}
        raise RuntimeError(f"{made} forecasts were made: {reasons}")
    _log.info("%d series: %.0f s of CPU, %.0f s", SERIES, cpu, wall)
    minutes = cpu / CORES / 60
    return Result(
        title=f"{SERIES} series, {len(MODELS)} models, {ORIGINS} past origins of each",
        lines=[
            f"Random walks of {SESSIONS} sessions, of which a model sees the last {LONGEST}:",
            f"{made:,} forecasts with their intervals, {len(_HORIZONS)} horizons each, and a model",
            "chosen for each series.",
            "",
            "| CPU seconds | seconds, with whatever else the machine did | processes |",
            "|---|---|---|",
            f"| {cpu:.0f} | {wall:.0f} | {os.cpu_count()} |",
            "",
            f"Promised: at most {MOST_MINUTES:.0f} minutes on {CORES} cores. The CPU that it takes",
            f"is {minutes:.1f} minutes of both.",
        ],
        holds=minutes <= MOST_MINUTES,
    )


def _random_walks() -> list[Series]:
    days = [_FIRST_DAY + timedelta(days=number) for number in range(SESSIONS + max(_HORIZONS))]
    closes = [datetime(day.year, day.month, day.day, 21, tzinfo=UTC) for day in days]
    changes = np.random.default_rng(1).normal(0, 0.01, (SERIES, SESSIONS))
    prices = 100 * np.exp(changes.cumsum(axis=1))
    return [
        Series(
            subject_id=f"walk {number}",
            versions=[
                Version(day, float(price), known_from)
                for day, price, known_from in zip(days, path, closes, strict=False)
            ],
            calendar=days,
            season=5,
            horizons=_HORIZONS,
            spacing=20,
        )
        for number, path in enumerate(prices)
    ]


def _cpu_seconds() -> float:
    """Return what this process and those that it waited for have taken."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
