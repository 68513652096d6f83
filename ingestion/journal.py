"""Extract's memory: what has landed per symbol, and every call that was made.

It may be lost: the landing is the truth. Without it extract fetches again, and load drops what
it knows.
"""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ingestion.errors import LandingError
from ingestion.planning import Window
from warehouse import file_lock

FILE_NAME = "extract.sqlite3"
_OPENING_LOCK_FILE = "extract.lock"
_BUSY_SECONDS = 60.0
_KEPT = timedelta(days=2)
_LATEST_ANSWERS = 100

_TABLES = """
create table if not exists landings (
    landing_id text not null
);
create table if not exists watermarks (
    source text not null,
    resource text not null,
    symbol text not null,
    covered_from text not null,
    covered_to text not null,
    updated_at text not null,
    primary key (source, resource, symbol)
) without rowid;
create table if not exists last_closes (
    source text not null,
    resource text not null,
    symbol text not null,
    closes text not null,
    primary key (source, resource, symbol)
) without rowid;
create table if not exists restatements (
    source text not null,
    resource text not null,
    symbol text not null,
    factor real not null,
    noticed_at text not null,
    primary key (source, resource, symbol)
) without rowid;
create table if not exists api_calls (
    request_id text primary key,
    run_id text not null,
    source text not null,
    resource text not null,
    symbols text not null,
    url text not null,
    requested_at text not null,
    duration_ms real not null,
    status integer,
    outcome text not null,
    error text,
    credits real not null,
    attempt integer not null,
    response_id text,
    bytes integer,
    fetched_at text not null
) without rowid;
create table if not exists shipped_calls (
    request_id text primary key
) without rowid;
create table if not exists spendings (
    spending_id integer primary key,
    source text not null,
    owner text not null,
    process_id integer not null,
    credits integer not null,
    spent_at real not null,
    settled_at real
);
create table if not exists pauses (
    source text primary key,
    ends_at real not null
) without rowid;
create index if not exists spendings_of_source on spendings (source, spent_at);
"""
_CALL_COLUMNS = (
    "request_id, run_id, source, resource, symbols, url, requested_at, duration_ms, status,"
    " outcome, error, credits, attempt, response_id, bytes, fetched_at"
)


@dataclass(frozen=True)
class ApiCall:
    """One HTTP request, whatever became of it: a row of raw_marketflow.api_calls.

    Attributes:
        url: without any key.
        requested_at: by the real clock; UTC.
        status: None where no answer came.
        outcome: ok, empty, or the class of the error in snake case.
        error: one line without any key.
        attempt: 1 for the first.
        response_id: sha256 of the body; None where none came.
        fetched_at: by MARKETFLOW_NOW where that is set; UTC.
    """

    request_id: str
    run_id: str
    source: str
    resource: str
    symbols: tuple[str, ...]
    url: str
    requested_at: datetime
    duration_ms: float
    status: int | None
    outcome: str
    error: str | None
    credits: float
    attempt: int
    response_id: str | None
    bytes: int | None
    fetched_at: datetime


class Journal:
    """The journal in a home; its methods may be called from any thread."""

    def __init__(self, home: Path) -> None:
        self.path = home / FILE_NAME
        self._lock = threading.Lock()
        try:
            home.mkdir(parents=True, exist_ok=True)
            # SQLite waits for nobody while it makes a file that two processes open at once.
            with file_lock.locked(home / _OPENING_LOCK_FILE):
                self._connection = _open(self.path)
        except (OSError, sqlite3.Error) as error:
            raise LandingError(
                f"the journal {self.path} cannot be written ({_why(error)}): set MARKETFLOW_HOME "
                "to a directory that you may write to, or remove the file if it is damaged"
            ) from None

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def bind(self, landing_id: str | None) -> None:
        """Forget what was learned from another landing than this one."""
        with self.transaction() as connection:
            known = connection.execute("select landing_id from landings").fetchone()
            if known is not None and known[0] == landing_id:
                return
            connection.execute("delete from landings")
            if landing_id is None or known is not None:
                for table in ("watermarks", "last_closes", "restatements"):
                    connection.execute(f"delete from {table}")  # noqa: S608
            if landing_id is not None:
                connection.execute("insert into landings values (?)", [landing_id])

    def watermarks(self, source: str) -> dict[tuple[str, str], Window]:
        """Return what has landed, by resource and provider symbol."""
        with self._lock:
            rows = self._connection.execute(
                "select resource, symbol, covered_from, covered_to from watermarks"
                " where source = ?",
                [source],
            ).fetchall()
        return {
            (resource, symbol): Window(_instant(covered_from), _instant(covered_to))
            for resource, symbol, covered_from, covered_to in rows
        }

    def cover(self, source: str, resource: str, covered: Iterable[tuple[str, Window]]) -> None:
        """Extend watermarks by stretches that touch them; a stretch apart is left out.

        Nothing shrinks a watermark, so that two runs at once cannot undo each other.
        """
        now = _text(datetime.now(UTC))
        with self.transaction() as connection:
            for symbol, window in covered:
                connection.execute(
                    "insert into watermarks values (?, ?, ?, ?, ?, ?)"
                    " on conflict (source, resource, symbol) do update set"
                    " covered_from = min(covered_from, excluded.covered_from),"
                    " covered_to = max(covered_to, excluded.covered_to),"
                    " updated_at = excluded.updated_at"
                    " where excluded.covered_from <= covered_to"
                    " and excluded.covered_to >= covered_from",
                    [source, resource, symbol, _text(window.start), _text(window.end), now],
                )

    def record(self, call: ApiCall) -> None:
        """Note a call."""
        with self.transaction() as connection:
            connection.execute(
                f"insert or replace into api_calls ({_CALL_COLUMNS})"  # noqa: S608
                " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    call.request_id,
                    call.run_id,
                    call.source,
                    call.resource,
                    json.dumps(call.symbols),
                    call.url,
                    _text(call.requested_at),
                    call.duration_ms,
                    call.status,
                    call.outcome,
                    call.error,
                    call.credits,
                    call.attempt,
                    call.response_id,
                    call.bytes,
                    _text(call.fetched_at),
                ],
            )

    def seconds_per_answer(self, source: str) -> float:
        """Return how long the latest answers of a source took; 0 without any."""
        with self._lock:
            row = self._connection.execute(
                "select coalesce(avg(duration_ms), 0) from ("
                "select duration_ms from api_calls where source = ? and status is not null"
                " order by request_id desc limit ?)",
                [source, _LATEST_ANSWERS],
            ).fetchone()
        return float(row[0]) / 1000

    def unshipped_calls(self, limit: int = 10_000) -> list[ApiCall]:
        """Return calls, oldest first, that load has not yet written to the warehouse."""
        with self._lock:
            rows = self._connection.execute(
                f"select {_CALL_COLUMNS} from api_calls"  # noqa: S608
                " where request_id not in (select request_id from shipped_calls)"
                " order by request_id limit ?",
                [limit],
            ).fetchall()
        return [_call(row) for row in rows]

    def mark_shipped(self, request_ids: Sequence[str]) -> None:
        """Note that calls are in the warehouse, and forget those of days gone by."""
        cutoff = _text(datetime.now(UTC) - _KEPT)
        with self.transaction() as connection:
            connection.executemany(
                "insert or ignore into shipped_calls values (?)",
                [[request_id] for request_id in request_ids],
            )
            connection.execute(
                "delete from api_calls where requested_at < ?"
                " and request_id in (select request_id from shipped_calls)",
                [cutoff],
            )
            connection.execute(
                "delete from shipped_calls"
                " where request_id not in (select request_id from api_calls)"
            )

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection in a transaction that no other thread or process disturbs."""
        with self._lock:
            try:
                self._connection.execute("begin immediate")
                try:
                    yield self._connection
                except BaseException:
                    self._connection.execute("rollback")
                    raise
                self._connection.execute("commit")
            except sqlite3.Error as error:
                raise LandingError(
                    f"the journal {self.path} cannot be written: {_why(error)}"
                ) from None


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.executescript(_TABLES)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _call(row: tuple[Any, ...]) -> ApiCall:
    values = list(row)
    values[4] = tuple(json.loads(values[4]))
    values[6] = _instant(values[6])
    values[15] = _instant(values[15])
    return ApiCall(*values)


def _text(instant: datetime) -> str:
    """Return UTC text of one width, so that it sorts as time does."""
    utc = instant.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)
