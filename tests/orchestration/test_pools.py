"""A provider is asked by one run at a time, and one run at a time builds."""

from pathlib import Path

import dagster as dg
from dagster._core.storage.dagster_run import DagsterRun

from orchestration import instance as homes
from orchestration.daemon import close_abandoned_runs
from warehouse.settings import load_settings


def test_who_holds_a_pool_keeps_the_next_waiting_also_until_a_killed_run_is_closed(
    tmp_path: Path,
) -> None:
    home = homes.prepare(load_settings(None, home_dir=tmp_path), 1)
    with dg.DagsterInstance.from_config(str(home)) as instance:
        slots = instance.event_log_storage
        instance.add_run(
            DagsterRun("everything", run_id="killed", status=dg.DagsterRunStatus.STARTED)
        )
        # As the first run of a provider does: the limit is that of dagster.yaml.
        slots.initialize_concurrency_limit_to_default("fmp")
        first = slots.claim_concurrency_slot("fmp", "killed", "ingest_fmp")
        second = slots.claim_concurrency_slot("fmp", "next", "backfill__fmp")
        closed = close_abandoned_runs(instance)
        third = slots.claim_concurrency_slot("fmp", "next", "backfill__fmp")

    assert (first.is_claimed, second.is_claimed) == (True, False)
    assert closed == ["killed"]
    assert third.is_claimed
