"""Requests spread over time, so that no limit of a provider's plan is ever met."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ingestion.errors import QuotaExhausted
from ingestion.plans import Quota
from ingestion.spending import Account, OwnAccount, Turn

_SHORTEST_WAIT = 0.01
# How often to look whether an answer has come that another process waits for.
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Timer:
    """How time passes for those who wait.

    Attributes:
        clock: seconds that never step back.
        sleep: waits some seconds; may raise to end the run.
        wall: seconds since 1970, by which several processes agree on what is spent.
    """

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    wall: Callable[[], float] = time.time


@dataclass
class Spent:
    """Credits of one request. They count until a minute after its answer.

    Attributes:
        credits: how many.
        at: when its answer came, by the pacer's clock; None while it is in flight, for the
            provider may count it at any moment until then.
        number: under which the account knows it; None where it was spent elsewhere.
    """

    credits: int
    at: float | None = None
    number: int | None = None


class Pacer:
    """Paces all requests to one provider, from any number of threads and processes.

    Args:
        quota: what the plan allows.
        has_key: whether the caller has a key.
        account: where it is noted what is spent; without one, nobody else uses the quota.
        timer: how time passes.
    """

    def __init__(
        self,
        quota: Quota,
        *,
        has_key: bool = True,
        account: Account | None = None,
        timer: Timer | None = None,
    ) -> None:
        self._per_minute = quota.per_minute(has_key=has_key)
        self._per_day = quota.credits_per_day
        self._between = quota.seconds_between_requests
        self._batch = quota.requests_per_batch
        self._between_batches = quota.seconds_between_batches
        self._account = account or OwnAccount()
        self._timer = timer or Timer()
        self._minute = quota.minute_seconds
        self._count = 0
        self._used_by_others = 0
        self._lock = threading.Lock()
        self._window: deque[Spent] = deque()
        self._not_before = 0.0

    @property
    def limited_wait(self) -> float | None:
        """Seconds after which a minute's credits are there again; None without such a limit."""
        return None if self._per_minute is None else self._minute

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
                    with self._account.turn() as turn:
                        wait = self._wait_for_others(credits_wanted, turn)
                        if wait <= 0:
                            return self._take(credits_wanted, where, turn)
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
            if spent.number is not None:
                self._account.settle(spent.number)
            if credits_left is None or self._per_minute is None:
                return
            # Someone else uses the same key: count their credits as ours.
            unseen = self._per_minute - self._used(now) - self._used_by_others - credits_left
            if unseen > 0:
                self._window.append(Spent(unseen, now))

    def pause(self, seconds: float) -> None:
        """Let no request of any process begin for some seconds: the provider asked for it."""
        with self._lock:
            self._account.hold(seconds)
            self._not_before = max(self._not_before, self._timer.clock() + seconds)

    def _wait(self, credits_wanted: int) -> float:
        now = self._timer.clock()
        wait = self._not_before - now
        if self._per_minute is None or self._used(now) + credits_wanted <= self._per_minute:
            return wait
        settled = [one.at for one in self._window if one.at is not None]
        free_at = min(settled) + self._minute if settled else now + _SHORTEST_WAIT
        return max(wait, free_at - now)

    def _wait_for_others(self, credits_wanted: int, turn: Turn) -> float:
        """Return how long what other processes spent keeps us waiting."""
        self._used_by_others = sum(one.credits for one in turn.others)
        wait = turn.held
        if turn.since_last is not None:
            wait = max(wait, self._between - turn.since_last)
        if self._per_minute is None or not turn.others:
            return wait
        now = self._timer.clock()
        if self._used(now) + self._used_by_others + credits_wanted <= self._per_minute:
            return wait
        ages = [one.ended for one in turn.others if one.ended is not None]
        ages += [now - one.at for one in self._window if one.at is not None]
        return max(wait, self._minute - max(ages) if ages else _POLL_SECONDS)

    def _take(self, credits_wanted: int, where: str, turn: Turn) -> Spent:
        if self._per_day is not None and turn.today + credits_wanted > self._per_day:
            raise QuotaExhausted(
                where,
                f"the plan has {self._per_day} credits a day, and {turn.today} are spent",
            )
        self._count += 1
        is_batch_full = self._batch is not None and self._count % self._batch == 0
        pause = max(self._between, self._between_batches) if is_batch_full else self._between
        self._not_before = max(self._not_before, self._timer.clock() + pause)
        spent = Spent(credits_wanted, number=turn.spend(credits_wanted))
        if self._per_minute is not None:
            self._window.append(spent)
        return spent

    def _used(self, now: float) -> int:
        self._window = deque(
            one for one in self._window if one.at is None or one.at > now - self._minute
        )
        return sum(one.credits for one in self._window)
