"""How often a caller may ask: so many times in each minute of the clock, over all workers."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from api.problems import TooManyRequests
from api.services.shared_store import SharedStore

WINDOW_SECONDS = 60


@dataclass(frozen=True)
class Allowance:
    """What is left to a caller in this window."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
            "RateLimit-Policy": f"{self.limit};w={WINDOW_SECONDS}",
        }


class Limiter:
    """Counts the requests of callers.

    Args:
        store: where all workers count together.
        clock: seconds since 1970.
    """

    def __init__(self, store: SharedStore, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock

    def admit(self, key: str, limit: int, whose: str) -> Allowance:
        """Count a request.

        Args:
            key: the caller.
            limit: how many a window has for it.
            whose: the caller in words.

        Raises:
            TooManyRequests: the window has had its many.
        """
        window, passed = divmod(int(self._clock()), WINDOW_SECONDS)
        count = self._store.count(key, window, WINDOW_SECONDS)
        left = WINDOW_SECONDS - passed
        allowance = Allowance(limit, max(0, limit - count), left)
        if count > limit:
            problem = TooManyRequests(limit, whose, left)
            problem.headers.update(allowance.headers)
            raise problem
        return allowance
