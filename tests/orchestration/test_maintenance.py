"""The weekly maintenance: leftovers loaded, old log files dropped, every table analyzed."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import psycopg
from dagster._core.storage.dagster_run import DagsterRun

from orchestration import maintenance
from orchestration.resources import SettingsSource
from warehouse import run_log
from warehouse.settings import Settings


def test_the_job_analyzes_every_table_and_drops_old_log_files(
    warehouse_settings: Settings, owner: psycopg.Connection
) -> None:
    logs = warehouse_settings.home / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    long_ago = datetime.now(UTC) - timedelta(days=warehouse_settings.log_days, hours=1)
    failed = logs / "dbt" / "a-run"
    failed.mkdir(parents=True)
    old, new, older = logs / "old.jsonl", logs / "new.jsonl", failed / "dbt.log"
    for path in (old, new, older):
        path.write_text("{}\n", encoding="utf-8")
    for path in (old, older):
        os.utime(path, (long_ago.timestamp(), long_ago.timestamp()))
    landed = warehouse_settings.home / "landing" / "kept"
    landed.parent.mkdir(parents=True)
    landed.write_text("a body")
    os.utime(landed, (long_ago.timestamp(), long_ago.timestamp()))

    done = maintenance.build().execute_in_process(
        resources={"settings": SettingsSource(lambda: warehouse_settings)}
    )

    assert done.success
    assert (old.exists(), older.exists()) == (False, False)
    assert (new.exists(), landed.exists()) == (True, True)
    analyzed = owner.execute(
        "select count(*) filter (where last_analyze is not null), count(*)"
        " from pg_stat_user_tables where schemaname = any(%s)",
        [["raw_marketflow", "raw_fmp", "ops"]],
    ).fetchone()
    assert analyzed is not None
    assert analyzed[0] == analyzed[1] > 5
    # What lay in the landing was looked at: a load stands in the log of runs.
    assert [(run.job, run.status) for run in run_log.recent(warehouse_settings)] == [
        ("load", "succeeded")
    ]


def test_dagster_forgets_old_runs_that_ended(warehouse_settings: Settings) -> None:
    ended, going_on = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.STARTED
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(DagsterRun("everything", run_id="ended", status=ended))
        instance.add_run(DagsterRun("everything", run_id="going_on", status=going_on))

        of_today = maintenance.drop_old_runs(warehouse_settings, instance)
        of_ever = maintenance.drop_old_runs(
            warehouse_settings.model_copy(update={"log_days": 0}), instance
        )

        assert (of_today, of_ever) == (0, 1)
        assert [run.run_id for run in instance.get_runs()] == ["going_on"]


def test_old_is_what_the_setting_says(warehouse_settings: Settings, tmp_path: Path) -> None:
    kept = warehouse_settings.home / "logs" / "kept.jsonl"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text("{}\n", encoding="utf-8")
    day_ago = (datetime.now(UTC) - timedelta(days=1, hours=1)).timestamp()
    os.utime(kept, (day_ago, day_ago))

    maintenance.drop_old_logs(warehouse_settings)
    assert kept.exists()
    maintenance.drop_old_logs(warehouse_settings.model_copy(update={"log_days": 1}))
    assert not kept.exists()


def test_a_folder_that_was_emptied_goes_the_next_time_it_is_old(
    warehouse_settings: Settings,
) -> None:
    folder = warehouse_settings.home / "logs" / "dbt" / "a-run"
    folder.mkdir(parents=True)
    long_ago = (datetime.now(UTC) - timedelta(days=warehouse_settings.log_days + 1)).timestamp()
    os.utime(folder, (long_ago, long_ago))

    maintenance.drop_old_logs(warehouse_settings)

    assert not folder.exists()
