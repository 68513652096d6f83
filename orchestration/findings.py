"""What is wrong right now, as the logs of the warehouse tell. Nothing is told to anybody here."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from warehouse import database
from warehouse.database import Connection
from warehouse.settings import Settings

Kind = Literal["stale", "failure", "check", "anomaly", "quota", "schema_change"]

# A source that was never asked is not late: it is not in use.
_STALE = """
select freshness.source, freshness.last_fetched_at, count(*), min(sessions.session_date)
from ops.fct_freshness as freshness
inner join raw_marketflow.sessions as sessions
    on freshness.calendar = sessions.calendar
    and sessions.closes_at > freshness.last_fetched_at
    and sessions.closes_at <= %(now)s - %(grace)s
group by freshness.source, freshness.last_fetched_at
"""

_LAST_RUNS = """
select distinct on (job, source) job, source, status, error, details ->> 'exit_code'
from raw_marketflow.pipeline_runs
where ended_at is not null
order by job, source, started_at desc, run_id desc
"""

_FAILED_CHECKS = """
select distinct on (checks.check_name)
    checks.check_name, checks.model, checks.status, checks.message, checks.severity
from raw_marketflow.pipeline_runs as runs
inner join raw_marketflow.check_results as checks on runs.run_id = checks.run_id
where runs.started_at > now() - interval '7 days' and checks.status != 'skipped'
order by checks.check_name, checks.checked_at desc
"""

_SCHEMA_CHANGES = """
select source || '.' || resource, string_agg(kind || ' ' || field, ', ' order by kind, field)
from raw_marketflow.schema_changes
where first_seen_at > %(news_since)s
group by source, resource
"""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    Attributes:
        kind: of which sort.
        asset: what it is about.
        cause: why, in one sentence.
        next_step: what a person can do, in one sentence.
        detail: tells apart findings of a kind about the same asset.
    """

    kind: Kind
    asset: str
    cause: str
    next_step: str
    detail: str = ""

    @property
    def key(self) -> str:
        """What it is known by: the same however often it is seen."""
        return " ".join(part for part in (self.kind, self.asset, self.detail) if part)


def find(settings: Settings, *, grace_hours: float, schema_change_days: float) -> list[Finding]:
    """Return everything that is wrong now.

    Args:
        settings: warehouse and clock.
        grace_hours: how long after the close of a session a source may take.
        schema_change_days: how long a new form of answers is news.

    Raises:
        DatabaseError: the warehouse cannot be reached.
    """
    news_since = settings.now() - timedelta(days=schema_change_days)
    with database.connect(settings, "owner", autocommit=True) as connection:
        others = [
            *_runs(connection),
            *_checks(connection),
            *_schema_changes(connection, news_since),
        ]
    return [*stale(settings, grace_hours=grace_hours), *others]


def stale(settings: Settings, *, grace_hours: float) -> list[Finding]:
    """Return the sources that missed a session of their calendar.

    Args:
        settings: warehouse and clock.
        grace_hours: how long after the close of a session a source may take.

    Raises:
        DatabaseError: the warehouse cannot be reached.
    """
    with database.connect(settings, "owner", autocommit=True) as connection:
        return _stale(connection, settings.now(), timedelta(hours=grace_hours))


def _stale(connection: Connection, now: datetime, grace: timedelta) -> list[Finding]:
    built = connection.execute("select to_regclass('ops.fct_freshness')").fetchone()
    if built is None or built[0] is None:
        return []
    return [
        Finding(
            "stale",
            source,
            f"nothing has been fetched since {last_fetched_at:%Y-%m-%d %H:%M} UTC, and "
            f"{count} finished {'session' if count == 1 else 'sessions'} from {first} on "
            f"{'is' if count == 1 else 'are'} missing",
            f"see the last runs with `marketflow runs`, then `marketflow ingest {source}`",
        )
        for source, last_fetched_at, count, first in _rows(connection, _STALE, now=now, grace=grace)
    ]


def _runs(connection: Connection) -> list[Finding]:
    """Return jobs whose last run failed, and sources whose last run met its quota."""
    found = []
    for job, source, status, error, exit_code in _rows(connection, _LAST_RUNS):
        asset = source or job
        if status == "failed":
            step = f"`marketflow {job} {source}`" if source else f"`{_command(job)}`"
            cause = error or "it told no reason"
            found.append(Finding("failure", asset, cause, f"mend that, then {step}", job))
        elif exit_code == "4":
            cause = "the day's quota of its plan is used up"
            step = "nothing: the next run goes on from there; a larger plan would take it all"
            found.append(Finding("quota", asset, cause, step))
    return found


def _command(job: str) -> str:
    return job if job.startswith("dbt") else f"marketflow {job}"


def _checks(connection: Connection) -> list[Finding]:
    return [
        Finding(
            "anomaly" if model == "fct_anomalies" else "check",
            model or name,
            message or f"the check {name} does not pass",
            f"`marketflow quality`, and ops.fct_check_results where check_name = '{name}'",
            name,
        )
        for name, model, status, message, severity in _rows(connection, _FAILED_CHECKS)
        if status in {"fail", "error"} and (severity or "error").lower() == "error"
    ]


def _schema_changes(connection: Connection, news_since: datetime) -> list[Finding]:
    return [
        Finding(
            "schema_change",
            table,
            f"its answers have another form: {what}",
            "`marketflow doctor --live` compares answers with what is expected",
        )
        for table, what in _rows(connection, _SCHEMA_CHANGES, news_since=news_since)
    ]


def _rows(connection: Connection, query: str, **values: Any) -> list[tuple[Any, ...]]:
    return connection.execute(query.encode(), values).fetchall()
