"""`python -m orchestration.daemon ...`: Dagster's daemon, begun with a clean slate.

Where a code server lives, it tells of a killed run itself. Where all were killed together, nobody
did: a run stays "started" for ever, and holds its pool. The daemon starts after the code server,
whose processes carry the runs, and before anything is launched: what is under way then is dead.
"""

import logging
import sys

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES
from dagster._daemon.cli import cli

from warehouse import run_log
from warehouse.errors import DatabaseError
from warehouse.settings import load_settings

_log = logging.getLogger(__name__)


def close_abandoned_runs(instance: dg.DagsterInstance) -> list[str]:
    """Let every run that is under way fail, free its pools, and return their ids.

    Dagster then tries each again from where it was (`run_retries`).
    """
    filters = dg.RunsFilter(statuses=[*IN_PROGRESS_RUN_STATUSES, dg.DagsterRunStatus.CANCELING])
    abandoned = instance.get_runs(filters)
    for run in abandoned:
        instance.report_run_failed(run, "Its process ended without a word: it was killed.")
        instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return [run.run_id for run in abandoned]


def main() -> None:
    """Close what a killed `up` left, then be the daemon."""
    with dg.DagsterInstance.get() as instance:
        closed = close_abandoned_runs(instance)
    try:
        run_log.close_abandoned(load_settings(), "dagster")
    except DatabaseError as error:
        _log.warning("the log of runs could not be tidied: %s", error)
    if closed:
        _log.warning("%s runs had been killed and are tried again", len(closed))
    cli(["run", *sys.argv[1:]])


if __name__ == "__main__":
    main()
