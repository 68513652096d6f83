"""Identifiers of requests that sort as the requests were made."""

import secrets
import threading
import time
from collections.abc import Callable
from datetime import datetime

_COUNTER_SIZE = 1 << 16


class RequestIds:
    """A source of identifiers: 32 lower-case hexadecimal digits, each greater than the last.

    48 bits are the milliseconds of the real clock, 16 a counter within one, 64 random, so that
    they also sort by time across processes.

    Args:
        clock: seconds since the epoch; a clock that steps back does not make them smaller.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> str:
        """Return a new identifier."""
        with self._lock:
            return self._next()

    def next_at(self, now: Callable[[], datetime]) -> tuple[str, datetime]:
        """Return a new identifier and the instant, so that both sort alike in all threads."""
        with self._lock:
            return self._next(), now()

    def _next(self) -> str:
        now = int(self._clock() * 1000) * _COUNTER_SIZE
        self._last = max(now, self._last + 1)
        return f"{self._last:016x}{secrets.token_hex(8)}"
