"""What workers share: Redis where one is set and answers, else what this machine has.

A Redis that dies costs a fifth of a second once in a while, and nothing else.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import redis
from cachetools import TTLCache

from warehouse import file_lock
from warehouse.settings import Settings

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

_REDIS_SECONDS = 0.2
_REDIS_PAUSE_SECONDS = 5.0
_KEPT_BYTES = 64 * 2**20
_LONGEST_KEPT_BYTES = 2**20
_KEPT_SECONDS = 300
_PREFIX = "marketflow:api"


class SharedStore:
    """Answers that are kept, and requests that are counted.

    Args:
        settings: where Redis is, if anywhere, and the home, in which the workers of this machine
            count together.
    """

    def __init__(self, settings: Settings) -> None:
        url = settings.redis_url
        self._redis = (
            None
            if url is None
            else redis.Redis.from_url(
                url.get_secret_value(),
                socket_timeout=_REDIS_SECONDS,
                socket_connect_timeout=_REDIS_SECONDS,
                retry=None,
            )
        )
        self._paused_until = 0.0
        self._own: TTLCache[str, bytes] = TTLCache(_KEPT_BYTES, _KEPT_SECONDS, getsizeof=len)
        self._lock = threading.Lock()
        self._counts = _Counts(settings.home / "api" / "limits.sqlite3")

    def get(self, key: str) -> bytes | None:
        """Return what is kept under a key."""
        if self._redis is not None:
            server = self._redis
            return self._of_redis(lambda: _as_bytes(server.get(f"{_PREFIX}:answer:{key}")))
        with self._lock:
            return self._own.get(key)

    def keep(self, key: str, body: bytes) -> None:
        """Keep an answer under a key, unless it is long."""
        if len(body) > _LONGEST_KEPT_BYTES:
            return
        if self._redis is not None:
            server = self._redis
            self._of_redis(
                lambda: server.set(f"{_PREFIX}:answer:{key}", body, ex=_KEPT_SECONDS) and None
            )
            return
        with self._lock:
            self._own[key] = body

    def count(self, key: str, window: int, seconds: int) -> int:
        """Count one more request of a caller, and return how many there are in its window.

        Args:
            key: the caller.
            window: the number of the window.
            seconds: how long it is.
        """
        if self._redis is not None:
            server = self._redis

            def increment() -> int:
                name = f"{_PREFIX}:count:{key}:{window}"
                with server.pipeline(transaction=True) as pipeline:
                    pipeline.incr(name)
                    pipeline.expire(name, 2 * seconds)
                    return int(pipeline.execute()[0])

            counted = self._of_redis(increment)
            if counted is not None:
                return counted
        return self._counts.add(key, window)

    def close(self) -> None:
        """Let go of Redis and of the file."""
        if self._redis is not None:
            self._redis.close()
        self._counts.close()

    def _of_redis(self, ask: Callable[[], _T | None]) -> _T | None:
        """Return what Redis says, or None while it is away."""
        if time.monotonic() < self._paused_until:
            return None
        try:
            return ask()
        except redis.RedisError as error:
            self._paused_until = time.monotonic() + _REDIS_PAUSE_SECONDS
            _log.warning("Redis does not answer (%s); going on without", type(error).__name__)
            return None


class _Counts:
    """Counters in a file, which every worker of this machine adds to."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None

    def add(self, key: str, window: int) -> int:
        with self._lock:
            file = self._file or self._open()
            (count,) = file.execute(
                "insert into counts values (?, ?, 1)"
                " on conflict (key) do update set period = excluded.period, count ="
                " case when counts.period = excluded.period then counts.count + 1 else 1 end"
                " returning count",
                [key, window],
            ).fetchone()
            return int(count)

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(
            self._path, timeout=10, isolation_level=None, check_same_thread=False
        )
        # Where workers begin together, SQLite refuses all but one the change of the journal, and
        # lets none wait for it.
        with file_lock.locked(self._path.with_suffix(".lock"), wait_seconds=10):
            # A count that a power cut loses harms nobody.
            file.execute("pragma journal_mode = wal")
            file.execute("pragma synchronous = off")
            file.execute(
                "create table if not exists counts"
                " (key text primary key, period integer, count integer) without rowid"
            )
        self._file = file
        return file


def _as_bytes(value: object) -> bytes | None:
    return value if isinstance(value, bytes) else None
