"""What a kill of everything left under way is closed by the next start, and nothing else is."""

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRun

from orchestration.daemon import close_abandoned_runs
from warehouse import run_log
from warehouse.settings import Settings

UNDER_WAY = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
AT_REST = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.SUCCESS,
    dg.DagsterRunStatus.CANCELED,
]


def test_runs_under_way_fail_and_the_others_stay() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        for status in [*UNDER_WAY, *AT_REST]:
            instance.add_run(DagsterRun("everything", run_id=status.value, status=status))

        closed = close_abandoned_runs(instance)

        states = {run.run_id: run.status for run in instance.get_runs()}
    assert sorted(closed) == ["STARTED", "STARTING"]
    assert {states[status.value] for status in UNDER_WAY} == {dg.DagsterRunStatus.FAILURE}
    assert [states[status.value] for status in AT_REST] == AT_REST


def test_the_log_of_runs_closes_those_of_dagster_alone(warehouse_settings: Settings) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        run_log.run(warehouse_settings, "ingest", "fred") as by_hand,
        run_log.run(warehouse_settings, "ingest", "fmp", trigger="dagster") as by_dagster,
    ):
        run_log.close_abandoned(warehouse_settings, "dagster")
        states = {run.run_id: (run.status, run.error) for run in run_log.recent(warehouse_settings)}
        raise KeyboardInterrupt

    assert states[by_hand.run_id] == ("running", None)
    assert states[by_dagster.run_id] == ("failed", "its process was killed")
