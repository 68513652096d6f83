"""The report of a week, made on its Saturday and again when much of it has been told otherwise."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orchestration import forecasts
from reporting.weekly import Week, making
from tests.dbt_project.conftest import Project
from tests.dbt_project.test_forecasts import FOREVER, bars, sessions, walk
from warehouse import database

# tests/reporting/test_weekly.py proves the queries; here dbt builds what they read, twice.
pytestmark = [pytest.mark.soak, pytest.mark.timeout(1200)]

WEEK = Week(date(2024, 6, 10))
MONDAY, SATURDAY = datetime(2024, 6, 10, 22, tzinfo=UTC), datetime(2024, 6, 15, 13, tzinfo=UTC)
LATER = datetime(2024, 7, 1, 22, tzinfo=UTC)
SPLIT = date(2024, 6, 12)
MODELS = (
    "+fct_corporate_actions",
    "+fct_corporate_action_versions",
    "+fct_forecast_scores",
    "+fct_macro_observations",
    "+fct_api_calls",
    "+fct_pipeline_runs",
    "+daily_bars_as_of",
    "+dim_instrument_history",
    "+dim_macro_series",
    "+dim_sessions",
)


def first_told() -> tuple[dict[date, float], dict[date, float]]:
    """Closes of A, which splits 4:1 on Wednesday, and of F."""
    closes = walk(sessions(date(2023, 12, 15), WEEK.friday), 1)
    return {day: close / 4 if day >= SPLIT else close for day, close in closes.items()}, closes


def observation(value: str, start: str, end: str = FOREVER) -> dict[str, object]:
    period = {"series_id": "JOBS", "date": "2024-05-01", "value": value}
    return period | {"realtime_start": start, "realtime_end": end}


def land_splits(project: Project, ratio: int, fetched_at: datetime) -> None:
    days = {date(2024, 3, 1): 2, SPLIT: ratio}
    rows = [
        {"symbol": "A", "date": str(day), "numerator": str(new), "denominator": "1"}
        for day, new in days.items()
        if day <= fetched_at.date()
    ]
    project.land("fmp.splits", rows, fetched_at=fetched_at)


def build(project: Project, now: datetime) -> None:
    project.now = now.isoformat()
    project.build(*MODELS)


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """A warehouse that has been fetched since Monday, and forecast from on Friday."""
    project = new_project()
    tracked = {"added_at": MONDAY, "updated_at": MONDAY}
    for symbol, kind in (("A", "equity"), ("F", "etf")):
        project.track(
            instrument_id=f"{kind}:{symbol}",
            symbol=symbol,
            asset_class=kind,
            fmp_symbol=symbol,
            **tracked,
        )
    project.track(
        instrument_id="macro:JOBS",
        symbol="JOBS",
        asset_class="macro",
        fred_series_id="JOBS",
        calendar=None,
        **tracked,
    )
    of_a, of_f = first_told()
    for number in range(5):
        fetched_at = MONDAY + timedelta(days=number)
        for symbol, all_closes in (("A", of_a), ("F", of_f)):
            new = [
                day
                for day in all_closes
                if day <= fetched_at.date() and (number == 0 or day == fetched_at.date())
            ]
            rows = bars(symbol, {day: all_closes[day] for day in new})
            project.land("fmp.eod_prices", rows, fetched_at=fetched_at)
        land_splits(project, 4, fetched_at)
    series = {"id": "JOBS", "title": "Jobs", "frequency": "Monthly", "frequency_short": "M"}
    project.land("fred.series", [series], fetched_at=MONDAY)
    project.land("fred.observations", [observation("4.0", "2024-06-12")], fetched_at=SATURDAY)
    build(project, SATURDAY)
    settings = project.settings.model_copy(update={"frozen_now": SATURDAY.isoformat()})
    forecasts.make(settings, origin=SATURDAY - timedelta(hours=2), names=["A", "F"], workers=1)
    return project


def test_a_past_week_is_the_same_page_after_corrections_and_a_new_name(
    project: Project, tmp_path: Path
) -> None:
    first, *_ = making.make(project.settings, WEEK, tmp_path / "first.html")
    page = first.read_text(encoding="utf-8")

    closes = walk(sessions(date(2024, 6, 10), LATER.date()), 2)
    for symbol in ("A", "F"):
        project.land("fmp.eod_prices", bars(symbol, closes), fetched_at=LATER)
    land_splits(project, 3, LATER)
    project.land(
        "fred.observations",
        [observation("4.0", "2024-06-12", "2024-06-27"), observation("3.0", "2024-06-28")],
        fetched_at=LATER,
    )
    with database.connect(project.settings, "loader") as connection:
        connection.execute(
            "insert into raw_marketflow.tracked_instrument_versions"
            " (instrument_id, known_from, symbol, name)"
            " select instrument_id, added_at, symbol, name from raw_marketflow.tracked_instruments"
        )
        connection.execute(
            "update raw_marketflow.tracked_instruments"
            " set symbol = 'NEW' || symbol, name = 'Renamed', updated_at = %s"
            " where asset_class != 'macro'",
            [LATER],
        )
    build(project, LATER)
    second, *_ = making.make(project.settings, WEEK, tmp_path / "second.html")

    of_a, _ = first_told()
    friday, friday_before = (round(of_a[date(2024, 6, day)], 2) for day in (14, 7))
    change = 100 * (friday * 4 / friday_before - 1)
    assert f">{change:.2f}<" in page
    # The last is the day that F was forecast for, five sessions ahead of Friday.
    assert [text for text in (">Jobs<", ">F<", ">2024-06-24<") if text not in page] == []
    assert second.read_text(encoding="utf-8") == page
    assert project.query(
        "select symbol, split_ratio from fct_corporate_actions order by ex_date"
    ) == [("NEWA", 2.0), ("NEWA", 3.0)]
    later, *_ = making.make(project.settings, Week(date(2024, 6, 24)), tmp_path / "later.html")
    assert ">Jobs<" in later.read_text(encoding="utf-8")
