"""How the pages read: bounded, as the reader role, by statements of queries.py alone.

Every value travels as a bound parameter. Answers are kept for a part of the refresh interval,
so that many viewers cost one query. A stopped database is told of by the first read that finds
no kept answer, and a restarted one is reconnected to.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import pandas as pd
import psycopg
import sqlalchemy as sa
import streamlit as st
from sqlalchemy import exc

from reporting.explain import Question, as_text, explain
from warehouse import database
from warehouse.errors import DatabaseError
from warehouse.settings import Settings, load_settings

_NOT_BUILT = frozenset({"42P01", "3F000", "42703", "42883"})
_NOT_ALLOWED = "42501"
_TOO_SLOW = "57014"

_KEPT_ANSWERS = 256
_LONGEST_QUERY_MS = 15_000
_READING = "Reading the marts \N{HORIZONTAL ELLIPSIS}"


class NotBuiltError(DatabaseError):
    """The database answers, but a mart that a page reads does not exist yet."""


class Warehouse:
    """The marts as the pages see them.

    Nothing is connected to until the first read, so a page can be shown while the database is
    down, and every read after that tries again.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._name = uuid.uuid4().hex
        self._engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=10,
            pool_timeout=10,
        )
        self._answer = self._cached(settings.dashboard_refresh_seconds / 2)

    def read(self, statement: str, **parameters: Any) -> pd.DataFrame:
        """The rows of a statement of queries.py, which may be those of half a refresh ago.

        Raises:
            NotBuiltError: a mart that it reads does not exist.
            DatabaseError: there is no answer; the message says why, and what to do.
        """
        return self._answer(self._name, statement, parameters)

    def explain(self, question: Question) -> str:
        """Where a number comes from, as text for people.

        Raises:
            UsageError: there is no such number; it says what there is.
            NotBuiltError, DatabaseError: as `read`.
        """
        with self._connected() as connection:
            pooled = connection.connection.driver_connection
            return as_text(explain(cast("psycopg.Connection[tuple[Any, ...]]", pooled), question))

    def close(self) -> None:
        """Close the connections; a later read opens new ones."""
        self._engine.dispose()

    def _cached(self, seconds: float) -> Callable[..., pd.DataFrame]:
        @st.cache_data(ttl=seconds, max_entries=_KEPT_ANSWERS, show_spinner=_READING)
        def answer(name: str, sql: str, parameters: dict[str, Any]) -> pd.DataFrame:
            del name  # part of the key alone, so that two warehouses never share an answer
            return self._query(sql, parameters)

        return answer

    def _query(self, sql: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        with self._connected() as connection:
            result = connection.execute(sa.text(sql), parameters)
            # As objects: pandas would turn names of its own string type into them at each look.
            names = pd.Index(list(result.keys()), dtype=object)
            return pd.DataFrame(result.fetchall(), columns=names)

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """A connection of the pool; what goes wrong with it is told in words."""
        try:
            with self._engine.connect() as connection:
                yield connection
        except exc.DBAPIError as error:
            raise _explained(error.orig) from None
        except psycopg.Error as error:
            raise _explained(error) from None
        except exc.TimeoutError:
            raise DatabaseError(
                "all connections to the database are busy with other viewers"
            ) from None

    def _connect(self) -> psycopg.Connection[Any]:
        connection = database.connect(self.settings, role="reader", autocommit=True)
        connection.execute(f"set statement_timeout = {_LONGEST_QUERY_MS}")
        connection.execute("set timezone = 'UTC'")
        connection.autocommit = False
        return connection


@st.cache_resource(show_spinner=False, on_release=Warehouse.close)
def connect() -> Warehouse:
    """The warehouse that the settings name, one for all viewers."""
    return Warehouse(load_settings())


def _explained(error: BaseException | None) -> DatabaseError:
    """Return the error as one sentence with its remedy. It never holds the SQL or a password."""
    state = getattr(error, "sqlstate", None)
    if state in _NOT_BUILT:
        complaint = str(error).partition("\n")[0]
        return NotBuiltError(
            f"the marts are not built yet, or are older than this page ({complaint}): run "
            "`make demo` for a synthetic market, or `marketflow ingest` and then "
            "`marketflow transform` for your own data"
        )
    if state == _NOT_ALLOWED:
        return DatabaseError(
            "the reader role may not read what this page needs: run `marketflow db setup`, "
            "then `marketflow transform`"
        )
    if state == _TOO_SLOW:
        return DatabaseError(
            f"the database took longer than {_LONGEST_QUERY_MS // 1000} seconds to answer: it "
            "may be busy loading"
        )
    return DatabaseError(
        "the database stopped answering: start it with `marketflow db start` "
        f"(SQLSTATE {state or 'unknown'})"
    )
