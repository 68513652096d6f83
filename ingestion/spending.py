"""What is spent of a provider's quota, by all processes that share a home.

Every spending is noted in the journal before its request is sent, and again when it has ended:
so two processes never exceed a limit together, and a killed one leaves no call uncounted.
"""

import os
import secrets
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

from ingestion.journal import Journal

_DAY = timedelta(days=1)
_KEPT_SECONDS = 2 * 86_400.0
# No request takes longer: what has not ended by then never will.
_LONGEST_REQUEST_SECONDS = 900.0


@dataclass(frozen=True)
class OtherSpending:
    """Credits that another process spent.

    Attributes:
        ended: seconds since its answer came; None while it is in flight.
    """

    credits: int
    ended: float | None


class Turn(Protocol):
    """The moment in which one process alone looks at what is spent, and spends.

    Attributes:
        today: credits of this UTC day, of all processes.
        others: what others spent within the provider's minute.
        since_last: seconds since another process last spent; None where that is long ago.
        held: seconds for which the provider has asked any process to wait.
    """

    today: int
    others: list[OtherSpending]
    since_last: float | None
    held: float

    def spend(self, credits_wanted: int) -> int:
        """Note a spending, and return the number under which it is known."""


class Account(Protocol):
    """Where a pacer notes what it spends."""

    def turn(self) -> AbstractContextManager[Turn]:
        """Return the moment to look and to spend; others wait for its end."""

    def settle(self, number: int) -> None:
        """Note that a request has ended."""

    def hold(self, seconds: float) -> None:
        """Note that the provider asked to wait."""


@dataclass
class _Turn:
    today: int
    others: list[OtherSpending] = field(default_factory=list)
    since_last: float | None = None
    held: float = 0.0

    def spend(self, credits_wanted: int) -> int:
        self.today += credits_wanted
        return 0


class OwnAccount:
    """The account of a process that shares its quota with nobody.

    Args:
        today: credits of this day that were spent before.
    """

    def __init__(self, today: int = 0) -> None:
        self._turn = _Turn(today)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Yield what is spent."""
        yield self._turn

    def settle(self, number: int) -> None:
        """Do nothing: nobody else looks."""

    def hold(self, seconds: float) -> None:
        """Do nothing: the pacer itself waits."""


class SharedAccount:
    """The account that all processes of a home have with one provider, kept in the journal.

    Args:
        journal: of that home.
        source: the provider.
        minute_seconds: how long its minute is.
        wall: seconds since 1970.
    """

    def __init__(
        self,
        journal: Journal,
        source: str,
        *,
        minute_seconds: float,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._journal = journal
        self._source = source
        self._minute = minute_seconds
        self._wall = wall
        self._owner = secrets.token_hex(8)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """Yield what is spent, while no other process can spend."""
        with self._journal.transaction() as connection:
            turn = _SharedTurn(connection, self._source, self._owner, self._wall())
            turn.look(self._minute)
            yield turn

    def settle(self, number: int) -> None:
        """Note that a request has ended."""
        with self._journal.transaction() as connection:
            connection.execute(
                "update spendings set settled_at = ? where spending_id = ?", [self._wall(), number]
            )

    def hold(self, seconds: float) -> None:
        """Let every process wait, as the provider asked."""
        with self._journal.transaction() as connection:
            connection.execute(
                "insert into pauses values (?, ?) on conflict (source) do update"
                " set ends_at = max(ends_at, excluded.ends_at)",
                [self._source, self._wall() + seconds],
            )


class _SharedTurn:
    def __init__(self, connection: sqlite3.Connection, source: str, owner: str, now: float) -> None:
        self._connection = connection
        self._source = source
        self._owner = owner
        self._now = now
        self.today = 0
        self.others: list[OtherSpending] = []
        self.since_last: float | None = None
        self.held = 0.0

    def look(self, minute: float) -> None:
        now = self._now
        self._bury()
        self.today = _credits_of_day(self._connection, self._source, now)
        rows = self._connection.execute(
            "select credits, spent_at, settled_at from spendings"
            " where source = ? and owner != ? and spent_at <= ? and spent_at > ?"
            " and (settled_at is null or settled_at > ?)",
            [self._source, self._owner, now, now - _LONGEST_REQUEST_SECONDS, now - minute],
        ).fetchall()
        self.others = [
            OtherSpending(cost, None if settled_at is None else max(0.0, now - settled_at))
            for cost, _, settled_at in rows
        ]
        row = self._connection.execute(
            "select ends_at from pauses where source = ?", [self._source]
        ).fetchone()
        self.held = 0.0 if row is None else max(0.0, row[0] - now)
        self.since_last = min((now - spent_at for _, spent_at, _ in rows), default=None)

    def spend(self, credits_wanted: int) -> int:
        self._connection.execute(
            "delete from spendings where spent_at < ?", [self._now - _KEPT_SECONDS]
        )
        cursor = self._connection.execute(
            "insert into spendings (source, owner, process_id, credits, spent_at)"
            " values (?, ?, ?, ?, ?)",
            [self._source, self._owner, os.getpid(), credits_wanted, self._now],
        )
        return cast("int", cursor.lastrowid)

    def _bury(self) -> None:
        """Count what a killed process had in flight as ended now: nobody knows when it did."""
        rows = self._connection.execute(
            "select distinct process_id from spendings where source = ? and settled_at is null",
            [self._source],
        ).fetchall()
        for (process_id,) in rows:
            if not _is_alive(process_id):
                self._connection.execute(
                    "update spendings set settled_at = ?"
                    " where source = ? and settled_at is null and process_id = ?",
                    [self._now, self._source, process_id],
                )


def spent_today(journal: Journal, source: str) -> int:
    """Return the credits that all processes have spent today."""
    with journal.transaction() as connection:
        return _credits_of_day(connection, source, time.time())


def _credits_of_day(connection: sqlite3.Connection, source: str, now: float) -> int:
    """Return the credits that all processes have spent in the UTC day of an instant."""
    midnight = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    row = connection.execute(
        "select coalesce(sum(credits), 0) from spendings"
        " where source = ? and spent_at >= ? and spent_at < ?",
        [source, midnight.timestamp(), (midnight + _DAY).timestamp()],
    ).fetchone()
    return int(row[0])


def _is_alive(process_id: int) -> bool:
    """Return whether a process may still be there."""
    if sys.platform == "win32":
        # There a signal 0 would interrupt it; the longest request bounds the wait.
        return True
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
