"""Missing bars are asked for again: exactly those, of who may have them, three times at most."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.sensor_definition import SensorExecutionData
from dagster._core.storage.dagster_run import DagsterRun

from ingestion import reference
from orchestration import gaps
from orchestration.gaps import Gap, decide, runs_for
from orchestration.resources import SettingsSource
from tests.orchestration.market import UNIVERSE
from warehouse import database
from warehouse.settings import Settings

DAY_1, DAY_2, DAY_3, DAY_4 = (f"2025-03-{day}T21:30:00Z" for day in (14, 15, 16, 17))

At = Callable[..., Settings]
Missing = Callable[..., None]


@pytest.fixture
def at(warehouse_settings: Settings, tmp_path: Path) -> At:
    """`at(instant)`: the settings then, with every provider in reach on a plan without limits."""
    universe = tmp_path / "universe.csv"
    universe.write_text(UNIVERSE, encoding="utf-8")

    def at(instant: str, **others: Any) -> Settings:
        changes: dict[str, Any] = {"frozen_now": instant, "universe_file": universe}
        for name in ("twelve_data", "fmp", "coingecko"):
            changes |= {f"{name}_base_url": "http://127.0.0.1:1", f"{name}_plan": "unlimited"}
        return warehouse_settings.model_copy(update=changes | others)

    reference.sync(at(DAY_1))
    return at


@pytest.fixture
def missing(warehouse_settings: Settings) -> Missing:
    """`missing(symbol, day, ...)`: the mart says that this bar is missing."""
    with database.connect(warehouse_settings, "transformer") as connection:
        connection.execute(
            "create table ops.fct_data_gaps (symbol text, session_date date, bar_interval text,"
            " cause text, hold_out_reason text)"
        )

    def missing(
        symbol: str,
        day: str,
        *,
        interval: str = "1day",
        cause: str = "provider_gap",
        held_out: str | None = None,
    ) -> None:
        with database.connect(warehouse_settings, "transformer") as connection:
            connection.execute(
                "insert into ops.fct_data_gaps values (%s, %s, %s, %s, %s)",
                [symbol, day, interval, cause, held_out],
            )

    return missing


def ticked(settings: Settings, *running: DagsterRun) -> SensorExecutionData:
    """What a tick of the sensor makes of it, while some runs go on."""
    names = [f"backfill_{one}" for one in ("twelve_data", "fmp", "coingecko")]
    sensor = gaps.build([dg.define_asset_job(name, selection="*") for name in names])
    with dg.DagsterInstance.ephemeral() as instance:
        for run in running:
            instance.add_run(run)
        context = dg.build_sensor_context(
            instance=instance, resources={"settings": SettingsSource(lambda: settings)}
        )
        return sensor.evaluate_tick(context)


def asked(result: dg.SensorResult | SensorExecutionData) -> list[tuple[str, str, str, list[str]]]:
    """Selection, first and last partition and symbols of each run."""
    found = []
    for run in result.run_requests or ():
        (step,) = run.run_config["ops"].values()
        found.append(
            (
                *step["config"]["selection"],
                run.tags["dagster/asset_partition_range_start"],
                run.tags["dagster/asset_partition_range_end"],
                step["config"]["symbols"],
            )
        )
    return sorted(found)


def test_it_requests_exactly_the_days_and_symbols_that_are_missing(
    at: At, missing: Missing
) -> None:
    missing("AAPL", "2025-03-06")
    missing("AAPL", "2025-03-07")
    missing("AAPL", "2025-03-10")
    missing("SPY", "2025-03-10")
    # A Saturday, on which coins trade: it belongs to Friday.
    missing("BTC/USD", "2025-03-08")
    missing("SPY", "2025-03-04", interval="5min")
    missing("SPY", "2025-03-03", cause="halted")
    missing("SPY", "2025-02-28", held_out="impossible")

    result = ticked(at(DAY_1))

    assert asked(result) == [
        ("twelve_data.time_series_daily", "2025-03-06", "2025-03-06", ["AAPL"]),
        ("twelve_data.time_series_daily", "2025-03-07", "2025-03-07", ["AAPL", "BTC/USD"]),
        ("twelve_data.time_series_daily", "2025-03-10", "2025-03-10", ["AAPL", "SPY"]),
        ("twelve_data.time_series_intraday.5min", "2025-03-04", "2025-03-04", ["SPY"]),
    ]
    assert {run.job_name for run in result.run_requests or ()} == {"backfill_twelve_data"}
    run = DagsterRun("backfill_fmp", run_id="slow", status=dg.DagsterRunStatus.STARTED)
    waiting = ticked(at(DAY_1), run)
    assert waiting.skip_message == "the run slow of backfill_fmp has not ended yet"


def of_aapl(*days: str) -> list[Gap]:
    selections = ("twelve_data.time_series_daily", "fmp.eod_prices")
    return [Gap("AAPL", date.fromisoformat(day), "1day", selections) for day in days]


def test_days_one_after_another_are_one_run() -> None:
    found = runs_for(of_aapl("2025-03-12", "2025-03-10", "2025-03-07", "2025-03-06"), {})

    assert [(wanted.days.start, wanted.days.end, len(inside)) for wanted, inside in found] == [
        ("2025-03-06", "2025-03-10", 3),
        ("2025-03-12", "2025-03-12", 1),
    ]


def test_the_newest_days_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gaps, "MOST_DAYS", 1)

    ((wanted, _),) = runs_for(of_aapl("2025-03-11", "2025-03-03"), {})

    assert wanted.days.start == "2025-03-11"


def test_it_asks_once_a_day_one_provider_after_the_other_and_gives_up(
    at: At, missing: Missing
) -> None:
    missing("BTC/USD", "2025-03-07")
    cursor, found = None, []
    for instant in (DAY_1, DAY_1, DAY_2, DAY_3, DAY_4):
        result = decide(at(instant), cursor)
        cursor = result.cursor
        found.append([selection for selection, *_ in asked(result)])

    assert found == [
        ["twelve_data.time_series_daily"],
        [],
        ["fmp.eod_prices"],
        ["coingecko.market_chart"],
        [],
    ]
    assert json.loads(str(cursor)) == {"BTC/USD 2025-03-07 1day": [3, "2025-03-16"]}
    with database.connect(at(DAY_4), "transformer") as connection:
        connection.execute("truncate ops.fct_data_gaps")
    # What was filled and breaks again is a new gap.
    assert decide(at(DAY_4), cursor).cursor == "{}"


def test_it_spends_a_tenth_of_what_is_left_of_the_day_at_most(
    at: At, missing: Missing, tmp_path: Path
) -> None:
    missing("AAPL", "2025-03-07")
    plans = tmp_path / "plans.toml"
    free = {"twelve_data_plan": "free", "twelve_data_api_key": None, "plans_file": plans}

    plans.write_text("[twelve_data.plans.free]\ncredits_per_day = 9\n")
    too_dear = decide(at(DAY_1, **free), None)
    plans.write_text("[twelve_data.plans.free]\ncredits_per_day = 10\n")
    affordable = decide(at(DAY_1, **free), too_dear.cursor)

    assert asked(too_dear) == []
    assert too_dear.cursor == "{}"
    assert len(asked(affordable)) == 1
