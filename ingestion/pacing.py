"""Requests spread over time, so that no limit of a provider's plan is ever met."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ingestion.errors import QuotaExhausted
from ingestion.plans import Quota

MINUTE_SECONDS = 60.0
_SHORTEST_WAIT = 0.01


@dataclass(frozen=True)
class Timer:
    """How time passes for those who wait.

    Attributes:
        clock: seconds that never step back.
        sleep: waits some seconds; may raise to end the run.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


@dataclass
class Spent:
    """Credits of one request. They count until a minute after its answer.

    Attributes:
        credits: how many.
        at: when its answer came, by the pacer's clock; None while it is in flight, for the
            provider may count it at any moment until then.
    """

    credits: int
    at: float | None = None


class Pacer:
    """Paces all requests to one provider, from any number of threads.

    Args:
        quota: what the plan allows.
        has_key: whether the caller has a key.
        spent_today: credits of this UTC day that earlier runs used.
        timer: how time passes.
        minute: how many seconds the provider's minute has.
    """

    def __init__(
        self,
        quota: Quota,
        *,
        has_key: bool = True,
        spent_today: int = 0,
        timer: Timer | None = None,
        minute: float = MINUTE_SECONDS,
    ) -> None:
        self._per_minute = quota.per_minute(has_key=has_key)
        self._per_day = quota.credits_per_day
        self._between = quota.seconds_between_requests
        self._spent_today = spent_today
        self._timer = timer or Timer()
        self._minute = minute
        self._lock = threading.Lock()
        self._window: deque[Spent] = deque()
        self._not_before = 0.0

    @property
    def has_minute_limit(self) -> bool:
        """Whether the plan counts credits by the minute."""
        return self._per_minute is not None

    def spend(self, credits_wanted: int, where: str) -> Spent:
        """Wait until some credits may be spent, and spend them.

        Raises:
            QuotaExhausted: the day's credits do not suffice, or a minute's never will.
        """
        if self._per_minute is not None and credits_wanted > self._per_minute:
            raise QuotaExhausted(
                where,
                f"it needs {credits_wanted} credits at once and the plan has "
                f"{self._per_minute} a minute",
            )
        while True:
            with self._lock:
                wait = self._wait(credits_wanted)
                if wait <= 0:
                    return self._take(credits_wanted, where)
            self._timer.sleep(max(wait, _SHORTEST_WAIT))

    def settle(self, spent: Spent, credits_left: int | None = None) -> None:
        """Take note that a request has ended.

        Args:
            spent: what `spend` returned for it.
            credits_left: what the provider says is left of this minute, where it does.
        """
        with self._lock:
            now = self._timer.clock()
            spent.at = now
            if credits_left is None or self._per_minute is None:
                return
            # Someone else uses the same key: count their credits as ours.
            unseen = self._per_minute - self._used(now) - credits_left
            if unseen > 0:
                self._window.append(Spent(unseen, now))

    def pause(self, seconds: float) -> None:
        """Let no request begin for some seconds: the provider asked for it."""
        with self._lock:
            self._not_before = max(self._not_before, self._timer.clock() + seconds)

    def _wait(self, credits_wanted: int) -> float:
        now = self._timer.clock()
        wait = self._not_before - now
        if self._per_minute is None or self._used(now) + credits_wanted <= self._per_minute:
            return wait
        settled = [one.at for one in self._window if one.at is not None]
        free_at = min(settled) + self._minute if settled else now + _SHORTEST_WAIT
        return max(wait, free_at - now)

    def _take(self, credits_wanted: int, where: str) -> Spent:
        if self._per_day is not None and self._spent_today + credits_wanted > self._per_day:
            raise QuotaExhausted(
                where,
                f"the plan has {self._per_day} credits a day, and {self._spent_today} are spent",
            )
        self._spent_today += credits_wanted
        self._not_before = max(self._not_before, self._timer.clock() + self._between)
        spent = Spent(credits_wanted)
        if self._per_minute is not None:
            self._window.append(spent)
        return spent

    def _used(self, now: float) -> int:
        self._window = deque(
            one for one in self._window if one.at is None or one.at > now - self._minute
        )
        return sum(one.credits for one in self._window)
