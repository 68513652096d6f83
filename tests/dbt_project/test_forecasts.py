"""Forecasts from the marts into raw and back: made once, of what was known, and scored."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pytest

from ingestion.calendars import Calendars
from orchestration import forecasts
from orchestration.forecasts import Made
from tests.dbt_project.conftest import Project, Row
from warehouse import database
from warehouse.settings import Settings

# The journeys prove the way there and back; here is every way in which it could go wrong.
pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

NOW = datetime(2024, 6, 28, 22, tzinfo=UTC)
LATER = datetime(2024, 8, 2, 22, tzinfo=UTC)
FOREVER = "9999-12-31"
# Independence Day lies between the first and the second.
TARGETS = {1: date(2024, 7, 1), 5: date(2024, 7, 8), 20: date(2024, 7, 29)}
SPLIT = date(2024, 7, 3)
YIELDS = {
    "month1": 5.47,
    "month3": 5.48,
    "month6": 5.33,
    "year1": 5.09,
    "year2": 4.71,
    "year5": 4.33,
    "year10": 4.36,
    "year30": 4.51,
}
MODELS = (
    "+fct_forecast_scores",
    "+fct_yield_curve_fits",
    "+fct_yield_curve",
    "+fct_macro_observations",
    "+daily_bars_as_of",
    "+dim_macro_series",
    "+dim_sessions",
    "+fct_pipeline_runs",
)


@dataclass(frozen=True)
class Forecasters:
    """A warehouse, and what the first run made in it."""

    project: Project
    settings: Settings
    made: Made

    def make(self, now: datetime, **wanted: object) -> Made:
        settings = self.settings.model_copy(update={"frozen_now": now.isoformat()})
        return forecasts.make(settings, workers=1, **wanted)  # type: ignore[arg-type]

    def told(self) -> list[tuple[object, ...]]:
        return self.project.query(
            "select subject_id, model, horizon, target_date, origin_value, point, lower, upper,"
            " naive_scale, is_chosen from fct_forecasts where origin_date <= '2024-06-28'"
            " order by 1, 2, 3"
        )


def sessions(first: date, last: date) -> list[date]:
    calendar = Calendars(date(2026, 12, 31)).calendar("XNYS")
    days = [one.session_date for one in calendar.sessions]
    return [day for day in days if first <= day <= last]


def bars(symbol: str, closes: dict[date, float]) -> list[Row]:
    return [
        {"symbol": symbol, "date": str(day), "price_basis": "as_traded", "volume": "1"}
        | dict.fromkeys(("open", "high", "low", "close"), f"{close:.2f}")
        | {"is_final": True}
        for day, close in closes.items()
    ]


def walk(days: list[date], seed: int) -> dict[date, float]:
    changes = np.random.default_rng(seed).normal(0, 0.01, len(days))
    return dict(zip(days, 200 * np.exp(changes.cumsum()), strict=True))


@pytest.fixture(scope="module")
def forecasters(new_project: Callable[[], Project]) -> Forecasters:
    project = new_project()
    project.now = NOW.isoformat()
    for name in ("A", "SHORT", "FLAT"):
        project.track(
            instrument_id=f"equity:{name}", symbol=name, asset_class="equity", fmp_symbol=name
        )
    project.track(
        instrument_id="macro:JOBS",
        symbol="JOBS",
        asset_class="macro",
        fred_series_id="JOBS",
        calendar=None,
    )
    days = sessions(date(2023, 12, 15), NOW.date())
    rows = bars("A", walk(days, 1)) + bars("SHORT", walk(days[-40:], 2))
    rows += bars("FLAT", dict.fromkeys(days, 5.0))
    project.land("fmp.eod_prices", rows, fetched_at=NOW)
    project.land(
        "fmp.treasury_rates",
        [
            {"date": "2024-06-27"} | {tenor: str(value) for tenor, value in YIELDS.items()},
            {"date": "2024-06-28"} | {tenor: str(YIELDS[tenor]) for tenor in list(YIELDS)[:5]},
        ],
        fetched_at=NOW,
    )
    project.land(
        "fred.series",
        [{"id": "JOBS", "title": "Jobs", "frequency": "Monthly", "frequency_short": "M"}],
        fetched_at=NOW,
    )
    values = np.random.default_rng(3).normal(0, 1, 70).cumsum() + 50
    project.land(
        "fred.observations",
        [
            {"series_id": "JOBS", "date": f"{2018 + at // 12}-{at % 12 + 1:02}-01"}
            | {"realtime_start": f"{2018 + at // 12}-{at % 12 + 1:02}-28"}
            | {"realtime_end": FOREVER, "value": f"{value:.2f}"}
            for at, value in enumerate(values)
        ],
        fetched_at=NOW,
    )
    project.build(*MODELS)
    settings = project.settings.model_copy(update={"frozen_now": NOW.isoformat()})
    return Forecasters(project, settings, forecasts.make(settings, workers=1))


def test_a_run_forecasts_what_it_can_and_names_why_not_the_rest(forecasters: Forecasters) -> None:
    told = forecasters.told()

    assert forecasters.made.forecasts == len(told) == 2 * 6 * 3
    assert {(row[0], row[2]): row[3] for row in told if row[0] == "equity:A"} == {
        ("equity:A", horizon): day for horizon, day in TARGETS.items()
    }
    assert {row[2]: row[3] for row in told if row[0] == "JOBS"} == {
        1: date(2023, 11, 1),
        3: date(2024, 1, 1),
        12: date(2024, 10, 1),
    }
    assert len({row[1] for row in told if row[0] == "equity:A" and row[9]}) == 1
    assert forecasters.made.refused == {
        "equity:SHORT": "short: 40 observations, of 60 that it takes",
        "equity:FLAT": "flat: the last 60 observations are equal",
    }
    logged = forecasters.project.query(
        "select status, rows, details -> 'refused' ->> 'equity:SHORT' from ops.fct_pipeline_runs"
        " where job = 'forecast'"
    )
    assert logged == [("succeeded", 37, "short: 40 observations, of 60 that it takes")]


def test_the_curve_of_a_day_is_the_one_of_the_package(forecasters: Forecasters) -> None:
    from forecasting import yield_curve  # noqa: PLC0415 - beside what it is compared with

    months = [1, 3, 6, 12, 24, 60, 120, 360]
    found = yield_curve.fit(months, list(YIELDS.values()))
    rows = forecasters.project.query(
        "select observation_date, tenor_count, level_pct, decay_months, rmse_pct,"
        " cast(residuals ->> '10y' as double precision) from fct_yield_curve_fits"
    )

    # The day after has five tenors, too few.
    assert rows == [
        (
            date(2024, 6, 27),
            8,
            found.level,
            found.decay_months,
            found.rmse,
            found.residuals[6],
        )
    ]


def test_what_comes_later_scores_forecasts_and_changes_none(forecasters: Forecasters) -> None:
    project, before = forecasters.project, forecasters.told()
    later = sessions(date(2024, 7, 1), LATER.date())
    closes = {day: 300.0 + at for at, day in enumerate(later)}
    closes = {day: close / 2 if day >= SPLIT else close for day, close in closes.items()}
    corrected = dict.fromkeys(sessions(date(2024, 6, 3), NOW.date()), 77.0)
    project.land("fmp.eod_prices", bars("A", corrected | closes), fetched_at=LATER)
    split: Row = {"symbol": "A", "date": str(SPLIT), "numerator": "2", "denominator": "1"}
    project.land("fmp.splits", [split], fetched_at=LATER)
    project.now = LATER.isoformat()
    project.build(*MODELS)

    assert forecasters.make(LATER, origin=NOW) == Made(known=2, refused=forecasters.made.refused)
    with database.connect(project.settings, "loader") as connection:
        connection.execute("delete from raw_marketflow.forecasts")
    forecasters.make(LATER, origin=NOW)
    assert forecasters.told() == before

    project.build("+fct_forecast_scores")
    scores = project.query(
        "select horizon, truth, scores.point, error, absolute_scaled_error, is_covered, naive_scale"
        " from fct_forecast_scores as scores inner join fct_forecasts as forecasts"
        " using (subject_id, origin_date, model, model_version, horizon)"
        " where subject_id = 'equity:A' and model = 'naive' order by horizon"
    )
    # Closes on the scale of June, whose 200 or so nobody expected to become 300.
    assert [row[:2] for row in scores] == [(1, 300.0), (5, 304.0), (20, 319.0)]
    for _, truth, point, error, scaled, is_covered, scale in scores:
        assert error == point - truth  # type: ignore[operator]
        assert scaled == pytest.approx(abs(error) / scale)  # type: ignore[operator, arg-type]
        assert not is_covered


def test_a_day_later_there_is_another_origin(forecasters: Forecasters) -> None:
    made = forecasters.make(LATER, names=["A"])

    assert (made.subjects, made.known, made.forecasts) == (1, 0, 18)
    rows = forecasters.project.query(
        "select distinct origin_date, known_as_of from fct_forecasts where symbol = 'A' order by 1"
    )
    assert rows == [(date(2024, 6, 28), NOW), (date(2024, 8, 2), LATER)]
