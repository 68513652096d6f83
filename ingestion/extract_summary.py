"""What an extract did, or would do, in figures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from ingestion.errors import QuotaExhausted
from ingestion.estimate import seconds_needed
from ingestion.planning import Request, least_requests
from ingestion.plans import Quota
from ingestion.restatement import Restatement
from warehouse.errors import MarketFlowError
from warehouse.run_log import Skip


@dataclass(frozen=True)
class Failure:
    """Something that should have been fetched and was not."""

    source: str
    resource: str | None
    error: MarketFlowError

    @property
    def message(self) -> str:
        """What, where and what to do, in one sentence."""
        return str(self.error)


@dataclass
class ResourceSummary:
    """What was done for one resource.

    Attributes:
        requests: answered or given up, further attempts not counted.
        bodies: answers with rows.
        empty: answers that properly hold none.
        failures: requests without data.
    """

    source: str
    resource: str
    requests: int = 0
    bodies: int = 0
    empty: int = 0
    failures: int = 0


@dataclass
class ExtractSummary:
    """What an extract did, and what it left out."""

    run_id: str
    resources: list[ResourceSummary] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    restatements: list[Restatement] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """How many requests were made."""
        return sum(one.requests for one in self.resources)

    @property
    def bodies(self) -> int:
        """How many answers with rows have landed."""
        return sum(one.bodies for one in self.resources)

    @property
    def exit_code(self) -> int:
        """0 done, 1 failed, 3 done in part, 4 stopped at a quota."""
        if any(isinstance(failure.error, QuotaExhausted) for failure in self.failures):
            return 4
        has_answers = any(one.bodies + one.empty for one in self.resources)
        if self.failures and not has_answers:
            return 1
        return 3 if self.failures or self.skips else 0


@dataclass(frozen=True)
class PlannedResource:
    """What one resource would cost.

    Attributes:
        requests: at least; pages that follow from answers are not known before.
        credits: at least.
        symbols: how many it asks about.
    """

    source: str
    resource: str
    requests: int
    credits: int
    symbols: int


@dataclass(frozen=True)
class PlannedSource:
    """What one source would cost.

    Attributes:
        minutes: at least, at the pace of the plan.
        left_for_later: the resources of which not all fits into today.
        most_further_pages: how many more requests, of a credit each, long histories may take:
            since when a symbol has traded only its answer tells.
        credits_left_today: None where the plan has no limit by the day.
    """

    source: str
    plan: str
    requests: int
    credits: int
    minutes: float
    credits_left_today: int | None
    left_for_later: tuple[str, ...] = ()
    most_further_pages: int = 0

    @property
    def credits_that_do_not_fit(self) -> int:
        """How many credits are left for another day."""
        if self.credits_left_today is None:
            return 0
        return max(0, self.credits - self.credits_left_today)


@dataclass(frozen=True)
class ExtractPlan:
    """What an extract would do. Making it spends nothing."""

    sources: list[PlannedSource]
    resources: list[PlannedResource]
    skips: list[Skip]


def planned_resources(source: str, requests: Sequence[Request]) -> list[PlannedResource]:
    """Return what the requests of one source would cost, by resource."""
    by_resource: dict[str, list[Request]] = {}
    for request in requests:
        by_resource.setdefault(request.resource, []).append(request)
    return [
        PlannedResource(
            source,
            resource,
            least_requests(some),
            sum(sum(one.least_costs) for one in some),
            len({symbol for one in some for symbol in one.symbols}),
        )
        for resource, some in by_resource.items()
    ]


def planned_source(
    source: str,
    plan: str,
    requests: Sequence[Request],
    quota: Quota,
    *,
    has_key: bool,
    spent: int,
    seconds_per_answer: float = 0.0,
    most_further_pages: int = 0,
) -> PlannedSource:
    """Return what one source would cost.

    Args:
        source: its name.
        plan: the name of its plan.
        requests: what it would be asked, in this order.
        quota: what the plan allows.
        has_key: whether the caller has a key.
        spent: credits that are spent today.
        seconds_per_answer: how long its answers took of late.
        most_further_pages: how many more requests its answers may make necessary.
    """
    costs = [cost for one in requests for cost in one.least_costs]
    seconds = seconds_needed(costs, quota, has_key=has_key, seconds_per_answer=seconds_per_answer)
    left = None if quota.credits_per_day is None else max(0, quota.credits_per_day - spent)
    return PlannedSource(
        source,
        plan,
        requests=len(costs),
        credits=sum(costs),
        minutes=seconds / 60,
        credits_left_today=left,
        left_for_later=() if left is None else _beyond(requests, left),
        most_further_pages=most_further_pages,
    )


def _beyond(requests: Sequence[Request], credits_left: int) -> tuple[str, ...]:
    """Return the resources of the requests that some credits do not suffice for."""
    totals = accumulate(sum(one.least_costs) for one in requests)
    late = [one for one, total in zip(requests, totals, strict=True) if total > credits_left]
    return tuple(dict.fromkeys(one.resource for one in late))
