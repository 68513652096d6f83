"""The log of runs: a row in raw_marketflow.pipeline_runs for everything that was begun."""

import json
import logging
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from psycopg.rows import class_row

from warehouse import address, database, logs, roles
from warehouse.errors import MarketFlowError
from warehouse.redaction import redact
from warehouse.settings import Settings

Trigger = Literal["command_line", "dbt", "dagster"]
RunStatus = Literal["running", "succeeded", "partial", "failed"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Skip:
    """Something that a run left out, and why. `symbol` is None for a whole resource."""

    source: str
    resource: str | None
    symbol: str | None
    reason: str


@dataclass
class Run:
    """A run that is going on.

    Attributes:
        run_id: ordered by the time of its beginning.
        rows: how many rows it wrote; None when it has no such count.
        details: whatever else is worth keeping, as JSON.
        skips: what it left out; with any, the run ends as `partial`.
    """

    run_id: str
    rows: int | None = None
    details: dict[str, Any] = field(default_factory=dict)
    skips: list[Skip] = field(default_factory=list)

    def skip(self, dataset: str, symbol: str | None, reason: str) -> None:
        """Note that `symbol` of `dataset` (`fmp` or `fmp.eod_prices`) was left out."""
        source, _, resource = dataset.partition(".")
        self.skips.append(Skip(source, resource or None, symbol, reason))


@dataclass(frozen=True)
class RunRecord:
    """A row of the log. Instants are UTC."""

    run_id: str
    job: str
    source: str | None
    trigger: str
    started_at: datetime
    ended_at: datetime | None
    status: RunStatus
    rows: int | None
    error: str | None
    details: dict[str, Any] | None


@contextmanager
def run(
    settings: Settings, job: str, source: str | None = None, *, trigger: Trigger = "command_line"
) -> Iterator[Run]:
    """Log what happens inside as one run: `running`, then how it ended.

    An exception is logged as `failed`, its message redacted, and goes on to the caller. When the
    database cannot be reached at the end, a warning says so and the outcome of the work stands.

    Raises:
        DatabaseError: the database cannot be reached at the beginning.
    """
    current = Run(_new_run_id())
    _begin(settings, current, job, source, trigger)
    try:
        with logs.of_run(current.run_id):
            _log.info("%s begins: run %s", job, current.run_id)
            yield current
    except BaseException as error:
        _end(settings, current, "failed", error=_tell(error, settings))
        raise
    _end(settings, current, "partial" if current.skips else "succeeded")


def recent(settings: Settings, limit: int = 20) -> list[RunRecord]:
    """Return the latest runs, newest first.

    Raises:
        DatabaseError: the database cannot be reached.
    """
    with (
        database.connect(settings, "loader") as connection,
        connection.cursor(row_factory=class_row(RunRecord)) as cursor,
    ):
        return cursor.execute(
            "select run_id, job, source, trigger, started_at, ended_at, status, rows, error,"
            " details from raw_marketflow.pipeline_runs order by started_at desc, run_id desc"
            " limit %s",
            [limit],
        ).fetchall()


def close_abandoned(settings: Settings, trigger: Trigger) -> int:
    """Let the runs of a trigger that are still `running` fail, and return how many there were.

    For who knows that none of them lives: their processes were killed.

    Raises:
        DatabaseError: the database cannot be reached.
    """
    with database.connect(settings, "loader") as connection:
        return connection.execute(
            "update raw_marketflow.pipeline_runs set status = 'failed', ended_at = %s, error = %s"
            " where status = 'running' and trigger = %s",
            [datetime.now(UTC), "its process was killed", trigger],
        ).rowcount


def _new_run_id() -> str:
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(8)}"


def _begin(
    settings: Settings, current: Run, job: str, source: str | None, trigger: Trigger
) -> None:
    with database.connect(settings, "loader") as connection:
        connection.execute(
            "insert into raw_marketflow.pipeline_runs"
            " (run_id, job, source, trigger, started_at, status)"
            " values (%s, %s, %s, %s, %s, 'running')",
            [current.run_id, job, source, trigger, datetime.now(UTC)],
        )


def _end(settings: Settings, current: Run, status: RunStatus, *, error: str | None = None) -> None:
    secret_values = _secrets(settings)
    details = redact(json.dumps(current.details, default=str), secret_values)
    now = datetime.now(UTC)
    try:
        with database.connect(settings, "loader") as connection, connection.cursor() as cursor:
            cursor.execute(
                "update raw_marketflow.pipeline_runs set ended_at = %s, status = %s, rows = %s,"
                " error = %s, details = %s where run_id = %s",
                [now, status, current.rows, error, details, current.run_id],
            )
            cursor.executemany(
                "insert into raw_marketflow.skips"
                " (run_id, source, resource, symbol, reason, skipped_at)"
                " values (%s, %s, %s, %s, %s, %s)",
                [
                    [
                        current.run_id,
                        skip.source,
                        skip.resource,
                        skip.symbol,
                        redact(skip.reason, secret_values),
                        now,
                    ]
                    for skip in current.skips
                ],
            )
    except Exception as failure:  # noqa: BLE001 - the log must not hide how the work ended
        _log.warning("run %s could not be logged: %s", current.run_id, _tell(failure, settings))


def _tell(error: BaseException, settings: Settings) -> str:
    """Return an error as one redacted line."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    message = lines[0] if lines else type(error).__name__
    if not isinstance(error, MarketFlowError) and lines:
        message = f"{type(error).__name__}: {message}"
    return redact(message.replace("\x00", ""), _secrets(settings))


def _secrets(settings: Settings) -> list[str]:
    try:
        administrator = address.of_administrator(settings)
    except MarketFlowError:
        return settings.secrets()
    passwords = [roles.password(role, administrator) for role in roles.ROLES]
    return [*settings.secrets(), administrator.password, *passwords]
