"""Connections of the reader role, kept for the next question and replaced once they are dead.

psycopg's own pool waits ever longer between attempts while the database is away. Here each
question tries anew, so that the first one after a restart is answered.
"""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import Loader
from psycopg.pq import Format
from psycopg.sql import SQL, Composed

from api.problems import NotBuilt, Unavailable
from warehouse import database
from warehouse.errors import DatabaseError
from warehouse.settings import Settings

_log = logging.getLogger(__name__)

Connection = psycopg.Connection[tuple[Any, ...]]
Rows = list[tuple[Any, ...]]
Statement = SQL | Composed

LONGEST_QUERY_MS = 5000
_LONGEST_WAIT_SECONDS = 2.0
_NOT_BUILT = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
    errors.InvalidSchemaName,
)
_MAY_BE_INFINITE = ("date", "timestamptz")


class Pool:
    """At most `size` connections, made when they are needed.

    Args:
        settings: which database.
        size: how many questions may be with the database at once; others wait a little.
    """

    def __init__(self, settings: Settings, size: int = 8) -> None:
        self._settings = settings
        self._places = threading.BoundedSemaphore(size)
        self._idle: list[Connection] = []
        self._lock = threading.Lock()

    def read(self, statement: Statement, values: Sequence[Any], mart: str) -> Rows:
        """Return the rows of one statement: one snapshot, so whole old or whole new.

        Args:
            statement: with a placeholder for every value.
            values: what is bound.
            mart: what the caller asks about, for the message when it is not there.

        Raises:
            NotBuilt: the mart, or a column, is not there.
            Unavailable: the database is away, busy or too slow.
        """
        try:
            return self._run(statement, values)
        except _NOT_BUILT:
            raise NotBuilt(mart) from None
        except errors.QueryCanceled:
            raise Unavailable("the database took too long: ask for less, or again later") from None
        except psycopg.Error as error:
            _log.warning("a query failed with SQLSTATE %s", error.sqlstate or "none")
            raise Unavailable("the database does not answer as it should: try again") from None

    def close(self) -> None:
        """Close what is idle."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _run(self, statement: Statement, values: Sequence[Any]) -> Rows:
        with self._place():
            connection, is_fresh = self._take()
            try:
                return self._fetch(connection, statement, values)
            except (psycopg.OperationalError, errors.FeatureNotSupported) as error:
                # A restart broke it, or a rebuilt mart has other types than its plan: both are
                # gone on a new connection. What was asked has no effect and may be asked again.
                connection.close()
                if is_fresh or isinstance(error, errors.QueryCanceled):
                    raise
                self.close()
                connection = self._connect()
                return self._fetch(connection, statement, values)
            finally:
                self._give_back(connection)

    @staticmethod
    def _fetch(connection: Connection, statement: Statement, values: Sequence[Any]) -> Rows:
        with connection.cursor(binary=True) as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=_LONGEST_WAIT_SECONDS):
            raise Unavailable("too many questions at once: try again")
        try:
            yield
        finally:
            self._places.release()

    def _take(self) -> tuple[Connection, bool]:
        with self._lock:
            if self._idle:
                return self._idle.pop(), False
        return self._connect(), True

    def _give_back(self, connection: Connection) -> None:
        if not connection.closed:
            with self._lock:
                self._idle.append(connection)

    def _connect(self) -> Connection:
        try:
            connection = database.connect(self._settings, "reader", autocommit=True)
        except DatabaseError as error:
            _log.warning("%s", error)
            raise Unavailable("the database is not there now: try again") from None
        connection.execute(SQL("set statement_timeout = {}").format(LONGEST_QUERY_MS))
        connection.execute("set timezone = 'UTC'")
        for name in _MAY_BE_INFINITE:
            _load_infinity_as_null(connection, name)
        return connection


def _load_infinity_as_null(connection: Connection, type_name: str) -> None:
    """Make a type that is endless in PostgreSQL and not in Python load its ends as None."""
    known = connection.adapters.types[type_name]
    usual = connection.adapters.get_loader(known.oid, Format.BINARY) or Loader
    made = usual(known.oid, connection)

    class EndsAsNone(Loader):
        format = Format.BINARY

        def load(self, data: Any) -> Any:
            try:
                return made.load(data)
            except psycopg.DataError:
                return None

    connection.adapters.register_loader(known.oid, EndsAsNone)
