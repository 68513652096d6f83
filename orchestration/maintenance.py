"""What is done once a week: nothing of it is needed for today's numbers."""

import logging
from datetime import UTC, datetime, timedelta

import dagster as dg
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from psycopg import sql

from ingestion import job
from orchestration.resources import SettingsSource
from warehouse import database, setup
from warehouse.settings import Settings

MAINTENANCE = "maintenance"

_log = logging.getLogger(__name__)


def build() -> dg.JobDefinition:
    """Return the job of the weekly maintenance."""

    @dg.op(pool="warehouse", description="Load, drop, analyze: see the job.")
    def maintain(
        context: dg.OpExecutionContext, settings: dg.ResourceParam[SettingsSource]
    ) -> None:
        loaded = settings.load()
        setup.ensure_ready(loaded)
        reconcile(loaded)
        drop_old_logs(loaded)
        drop_old_runs(loaded, context.instance)
        analyze(loaded)

    @dg.job(
        name=MAINTENANCE,
        description=(
            "Load what lies in the landing and is not in raw, drop logs and runs of Dagster "
            "older than MARKETFLOW_LOG_DAYS, and tell PostgreSQL's planner of every table."
        ),
    )
    def maintenance() -> None:
        maintain()

    return maintenance


def reconcile(settings: Settings) -> int:
    """Load whatever landed and is not in raw, and return the rows: usually none."""
    rows = job.load_only(settings, trigger="dagster").new_rows
    _log.info("%s rows of the landing were not in raw", rows)
    return rows


def drop_old_logs(settings: Settings) -> None:
    """Drop our own log files of days longer ago than MARKETFLOW_LOG_DAYS.

    The logs in the warehouse and the landing stay for ever.
    """
    oldest = datetime.now(UTC) - timedelta(days=settings.log_days)
    # What lies in a folder comes before it.
    for path in sorted((settings.home / "logs").rglob("*"), reverse=True):
        if path.stat().st_mtime >= oldest.timestamp():
            continue
        if path.is_file():
            path.unlink(missing_ok=True)
        elif not any(path.iterdir()):
            path.rmdir()


def drop_old_runs(settings: Settings, instance: dg.DagsterInstance) -> int:
    """Let Dagster forget the runs begun longer ago than MARKETFLOW_LOG_DAYS, and return how many.

    A run takes some 5 MB there, and there are dozens a day. The log of runs in the warehouse stays.
    """
    oldest = datetime.now(UTC) - timedelta(days=settings.log_days)
    old = instance.get_runs(dg.RunsFilter(statuses=FINISHED_STATUSES, created_before=oldest))
    for run in old:
        instance.delete_run(run.run_id)
    return len(old)


def analyze(settings: Settings) -> int:
    """Tell the planner of every table of ours, and return how many there are."""
    with database.connect(settings, "owner", autocommit=True) as connection:
        tables = connection.execute(
            "select schemaname, tablename, tableowner from pg_catalog.pg_tables"
            " where schemaname = any(%s) order by 1, 2",
            [list(setup.SCHEMAS)],
        ).fetchall()
        for schema, table, owner in tables:
            # The owner is a member of the roles that keep the tables, and acts for each.
            connection.execute(sql.SQL("set role {}").format(sql.Identifier(owner)))
            connection.execute(sql.SQL("analyze {}").format(sql.Identifier(schema, table)))
    return len(tables)
