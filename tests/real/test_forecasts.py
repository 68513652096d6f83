"""Forecasts of real prices and economic series at past origins, compared with what came."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from forecasting.many import Outcome, forecast_many
from forecasting.series import Series, Version
from ingestion.calendars import Calendars
from orchestration import forecast_inputs
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


@cache
def economy() -> list[Series]:
    """Every economic series of the stand-in with its vintages, in the shape that is forecast."""
    table = pq.read_table(standin.DATA / "fred_obs.parquet").to_pandas()
    named = json.loads((standin.DATA / "fred_series.json").read_text(encoding="utf-8"))
    return [
        _economic(str(name), named[name], rows)
        for name, rows in table[table["value"] != "."].groupby("series_id")
    ]


def _economic(name: str, described: dict[str, str], rows: pd.DataFrame) -> Series:
    versions = [
        Version(
            date.fromisoformat(day),
            float(value),
            datetime.combine(date.fromisoformat(known), time(0), ZoneInfo("America/Chicago")),
        )
        for day, value, known in rows[["date", "value", "realtime_start"]].itertuples(index=False)
    ]
    days = [version.day for version in versions]
    code, frequency = described["frequency_short"], described["frequency"]
    if code in forecast_inputs._PERIODS:
        step, season, spacing = forecast_inputs._PERIODS[code]
        calendar = forecast_inputs._periods(min(days), max(days), step)
        return Series(name, versions, calendar, season, (1, 3, 12), spacing)
    kind = "24/7" if "7-day" in frequency.lower() else "US_BOND"
    shape = forecast_inputs._of_days(kind, (1, 3, 12))
    sessions = Calendars(max(days) + timedelta(days=60)).calendar(kind).sessions
    calendar = [one.session_date for one in sessions]
    return Series(name, versions, calendar, shape.season, shape.horizons, shape.spacing)


def at_origin(series: Series, position: int) -> Series:
    """The series with no more of its past than is looked at, and the future that judges it."""
    days = series.calendar[max(position - 720, 0) : position + 40]
    kept = [version for version in series.versions if days[0] <= version.day <= days[-1]]
    return replace(series, versions=kept, calendar=days)


def first_versions(series: Series) -> dict[date, Version]:
    by_age = sorted(series.versions, key=lambda version: version.known_from, reverse=True)
    return {version.day: version for version in by_age}


def told(outcome: Outcome, truths: dict[date, Version]) -> Iterator[tuple[int, bool]]:
    """Horizon of each forecast of the chosen model, and whether the truth lay in its interval."""
    for one in outcome.forecasts:
        if one.model == outcome.chosen and one.target_date in truths:
            yield one.horizon, one.lower <= truths[one.target_date].value <= one.upper


def coverage(
    everything: Sequence[Series], origins: int, per_origin: int, learnt_from: int
) -> tuple[dict[int, float], int]:
    """Share of truths within the intervals of the chosen models, by horizon, and their number."""
    hits: dict[int, list[bool]] = {}
    for number, share in enumerate(np.linspace(0, 1, origins)):
        for one in range(per_origin):
            series = everything[(number * per_origin + one) % len(everything)]
            truths = first_versions(series)
            known = [at for at, day in enumerate(series.calendar) if day in truths]
            last = len(known) - 1 - max(series.horizons)
            position = known[learnt_from + int(share * (last - learnt_from))]
            instant = truths[series.calendar[position]].known_from
            (outcome,) = forecast_many([at_origin(series, position)], instant, workers=1)
            for horizon, is_hit in told(outcome, truths):
                hits.setdefault(horizon, []).append(is_hit)
    shares = {horizon: float(np.mean(found)) for horizon, found in hits.items()}
    return shares, sum(map(len, hits.values()))


@pytest.mark.soak
def test_a_poisoned_future_changes_no_forecast_of_a_real_price() -> None:
    series = at_origin(prices()[7], 800)
    instant = prices()[7].versions[800].known_from + timedelta(minutes=1)

    first, again = forecast_many([series, poisoned_after(series, instant)], instant, workers=1)

    assert len(first.forecasts) == 6 * 3
    assert first == again


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_intervals_of_the_chosen_models_hold_what_they_promise() -> None:
    shares, count = coverage(prices(), ORIGINS, per_origin=6, learnt_from=520)

    assert count > 4_000
    assert set(shares) == {1, 5, 20}
    assert all(0.90 <= share <= 0.98 for share in shares.values()), shares


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_intervals_of_economic_series_hold_it_too() -> None:
    shares, count = coverage(economy(), 200, per_origin=1, learnt_from=100)

    assert count > 500
    assert set(shares) == {1, 3, 12}
    assert all(0.90 <= share <= 0.98 for share in shares.values()), shares
