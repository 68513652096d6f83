"""Every run leaves a row that says how it ended."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tests.conftest import SettingsFactory
from warehouse import database, run_log, setup
from warehouse.errors import DatabaseError, MarketFlowError
from warehouse.settings import Settings


def test_a_run_is_logged_from_its_beginning(
    warehouse_settings: Settings, loader: psycopg.Connection
) -> None:
    with run_log.run(warehouse_settings, job="ingest", source="fmp") as run:
        (during,) = run_log.recent(warehouse_settings)
        run.rows = 10
        run.details["credits"] = 3
    (after,) = run_log.recent(warehouse_settings)

    assert (during.status, during.ended_at, during.rows) == ("running", None, None)
    assert (after.run_id, after.job, after.source, after.trigger) == (
        run.run_id,
        "ingest",
        "fmp",
        "command_line",
    )
    assert (after.status, after.rows, after.details) == ("succeeded", 10, {"credits": 3})
    assert after.error is None
    assert after.ended_at is not None
    assert timedelta(0) <= after.ended_at - after.started_at < timedelta(minutes=1)


def test_a_skip_makes_a_run_partial_and_is_kept(
    warehouse_settings: Settings, loader: psycopg.Connection
) -> None:
    with run_log.run(warehouse_settings, job="ingest") as run:
        run.skip("fmp.eod_prices", "XYZ", "not covered by the plan")
        run.skip("fred", None, "no key")

    assert run_log.recent(warehouse_settings)[0].status == "partial"
    skips = loader.execute(
        "select run_id, source, resource, symbol, reason from raw_marketflow.skips order by source"
    ).fetchall()
    assert skips == [
        (run.run_id, "fmp", "eod_prices", "XYZ", "not covered by the plan"),
        (run.run_id, "fred", None, None, "no key"),
    ]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MarketFlowError("the key canary-1 is wrong"), "the key *** is wrong"),
        (ValueError("bad\x00 value\nsecond line"), "ValueError: bad value"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_an_error_is_logged_without_secrets_and_goes_on(
    empty_settings: Settings,
    settings_for: SettingsFactory,
    tmp_path: Path,
    error: BaseException,
    expected: str,
) -> None:
    settings = settings_for(
        tmp_path,
        database_url=database.administrator_dsn(empty_settings),
        fmp_api_key="canary-1",
    )
    setup.set_up(settings)

    with pytest.raises(type(error)), run_log.run(settings, job="ingest") as run:
        run.details["url"] = "https://example/?apikey=canary-1"
        raise error

    (record,) = run_log.recent(settings)
    assert (record.status, record.error) == ("failed", expected)
    assert record.details == {"url": "https://example/?apikey=***"}


def test_a_database_that_goes_away_does_not_hide_how_the_work_ended(
    warehouse_settings: Settings, owner: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        pytest.raises(MarketFlowError, match="the true reason"),
        run_log.run(warehouse_settings, job="ingest"),
    ):
        owner.execute("drop table raw_marketflow.pipeline_runs")
        raise MarketFlowError("the true reason")

    assert "could not be logged" in caplog.text


def test_no_run_begins_without_a_database(settings_for: SettingsFactory, tmp_path: Path) -> None:
    begun = False
    with (
        pytest.raises(DatabaseError, match="marketflow db start"),
        run_log.run(settings_for(tmp_path), job="ingest"),
    ):
        begun = True
    assert not begun


def test_the_newest_runs_come_first(warehouse_settings: Settings) -> None:
    for job in ("first", "second", "third"):
        with run_log.run(warehouse_settings, job=job, trigger="dagster"):
            pass

    found = run_log.recent(warehouse_settings, limit=2)

    assert [record.job for record in found] == ["third", "second"]
    assert found[0].run_id > found[1].run_id
    assert {record.trigger for record in found} == {"dagster"}
