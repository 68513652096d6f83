"""Forecasts of real prices, made at past origins and compared with what came."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import numpy as np
import pyarrow.parquet as pq
import pytest

from forecasting.many import Outcome, forecast_many
from forecasting.series import Series, Version
from tests.forecasting.histories import poisoned_after
from tests.real import standin

ORIGINS = 250
LONG_ENOUGH = 900


@cache
def prices() -> list[Series]:
    """Split-adjusted closes of everything that the stand-in has for long enough."""
    table = pq.read_table(standin.DATA / "daily.parquet", columns=["symbol", "date", "close"])
    frame = table.to_pandas().dropna()
    splits = json.loads((standin.DATA / "splits.json").read_text(encoding="utf-8"))
    found = []
    for symbol, rows in frame.groupby("symbol"):
        if len(rows) < LONG_ENOUGH:
            continue
        days = [date.fromisoformat(str(day)[:10]) for day in rows["date"]]
        closes = rows["close"].to_numpy(dtype=float).copy()
        for split in splits:
            if split["symbol"] == symbol:
                before = np.array([str(day) < split["date"] for day in days])
                closes[before] *= split["denominator"] / split["numerator"]
        versions = [
            Version(day, float(close), datetime.combine(day, time(21), UTC))
            for day, close in zip(days, closes, strict=True)
        ]
        found.append(Series(str(symbol), versions, days, 5, (1, 5, 20), 20))
    return found


def at_origin(series: Series, position: int) -> Series:
    """The series with no more of its past than is looked at, and the future that judges it."""
    first = max(position - 720, 0)
    return Series(
        series.subject_id,
        series.versions[first : position + 21],
        series.calendar[first : position + 40],
        series.season,
        series.horizons,
        series.spacing,
    )


def told_at(series: Series, position: int, outcome: Outcome) -> Iterator[tuple[int, bool]]:
    truths = {version.day: version.value for version in series.versions[position + 1 :]}
    for one in outcome.forecasts:
        if one.model == outcome.chosen and one.target_date in truths:
            yield one.horizon, one.lower <= truths[one.target_date] <= one.upper


def coverage(origins: int, per_origin: int) -> tuple[dict[int, float], int]:
    """Share of truths within the intervals of the chosen models, by horizon, and their number."""
    everything = prices()
    hits: dict[int, list[bool]] = {}
    for number, share in enumerate(np.linspace(0, 1, origins)):
        picked = [
            everything[(number * per_origin + one) % len(everything)] for one in range(per_origin)
        ]
        for series in picked:
            position = 520 + int(share * (len(series.calendar) - 541))
            instant = series.versions[position].known_from
            (outcome,) = forecast_many([at_origin(series, position)], instant, workers=1)
            for horizon, is_hit in told_at(series, position, outcome):
                hits.setdefault(horizon, []).append(is_hit)
    return {horizon: float(np.mean(found)) for horizon, found in hits.items()}, sum(
        map(len, hits.values())
    )


@pytest.mark.soak
def test_a_poisoned_future_changes_no_forecast_of_a_real_price() -> None:
    series = at_origin(prices()[7], 800)
    instant = prices()[7].versions[800].known_from + timedelta(minutes=1)

    told, again = forecast_many([series, poisoned_after(series, instant)], instant, workers=1)

    assert len(told.forecasts) == 6 * 3
    assert told == again


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_intervals_of_the_chosen_models_hold_what_they_promise() -> None:
    shares, count = coverage(ORIGINS, 6)

    assert count > 4_000
    assert set(shares) == {1, 5, 20}
    assert all(0.90 <= share <= 0.98 for share in shares.values()), shares
