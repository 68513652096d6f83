"""One load at a time in a raw table: advisory locks, which die with their connection."""

import logging
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg

from ingestion.shapes import Resource

Connection = psycopg.Connection[tuple[Any, ...]]

_log = logging.getLogger(__name__)

_PATIENCE = "3s"
_LONGEST_NAME = 63
_TAKE: LiteralString = "select pg_advisory_lock(hashtextextended(%s, 0))"
_GIVE_BACK: LiteralString = "select pg_advisory_unlock(hashtextextended(%s, 0))"
_HOLDER: LiteralString = """
select activity.application_name, activity.pid
from pg_locks as locks
inner join pg_stat_activity as activity
    on activity.pid = locks.pid
where locks.locktype = 'advisory'
and locks.granted
and locks.objsubid = 1
and locks.database = (select oid from pg_database where datname = current_database())
and (cast(locks.classid as bigint) << 32) | cast(locks.objid as bigint) = hashtextextended(%s, 0)
"""


def introduce(connection: Connection, task: str) -> None:
    """Name a connection after its process, for those who will wait for it."""
    name = f"marketflow {task}, process {os.getpid()} on {socket.gethostname()}"
    connection.execute("select set_config('application_name', %s, false)", [name[:_LONGEST_NAME]])


@contextmanager
def locked(
    connection: Connection, resources: Sequence[Resource], on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the locks of raw tables, always taken in the same order.

    Args:
        connection: in no transaction.
        resources: whose tables.
        on_wait: told who is in the way, if it takes more than a moment.
    """
    names = sorted(resource.table for resource in resources)
    taken: list[str] = []
    try:
        for name in names:
            _take(connection, name, on_wait)
            taken.append(name)
        yield
    finally:
        if not connection.closed:
            for name in taken:
                connection.execute(_GIVE_BACK, [name])


def _take(connection: Connection, name: str, on_wait: Callable[[str], None]) -> None:
    try:
        _set_patience(connection, _PATIENCE)
        connection.execute(_TAKE, [name])
    except psycopg.errors.LockNotAvailable:
        text = f"waiting for {name}, which is held by {_holder(connection, name)}"
        _log.info(text)
        on_wait(text)
        _set_patience(connection, "0")
        connection.execute(_TAKE, [name])
    finally:
        if not connection.closed:
            _set_patience(connection, "0")


def _set_patience(connection: Connection, patience: str) -> None:
    connection.execute("select set_config('lock_timeout', %s, false)", [patience])


def _holder(connection: Connection, name: str) -> str:
    row = connection.execute(_HOLDER, [name]).fetchone()
    return "another load" if row is None else f"{row[0]} (backend {row[1]})"
