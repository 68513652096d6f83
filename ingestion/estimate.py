"""How long requests will take: the pacer itself, run over time that only waiting moves. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from ingestion.pacing import Pacer, Timer
from ingestion.plans import Quota


class _Time:
    def __init__(self) -> None:
        self.now = 0.0

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


def seconds_needed(
    costs: Iterable[int], quota: Quota, *, has_key: bool, seconds_per_answer: float = 0.0
) -> float:
    """Return how many seconds the plan's limits, the day's aside, make some requests take.

    Args:
        costs: the credits of each request, in their order.
        quota: what the plan allows.
        has_key: whether the caller has a key.
        seconds_per_answer: how long an answer takes to come and to land.
    """
    time = _Time()
    pacer = Pacer(
        replace(quota, credits_per_day=None),
        has_key=has_key,
        timer=Timer(lambda: time.now, time.pass_by),
    )
    most = quota.per_minute(has_key=has_key)
    for cost in costs:
        spent = pacer.spend(cost if most is None else min(cost, most), "the estimate")
        time.pass_by(seconds_per_answer / quota.concurrency)
        pacer.settle(spent)
    return time.now
