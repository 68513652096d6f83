"""Which sources, resources and widths of bars a command speaks of.

`fmp`, `fmp.eod_prices`, `fmp.intraday_prices.1min`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingestion.plans import shipped_plans
from ingestion.providers import provider
from warehouse.errors import UsageError
from warehouse.settings import PROVIDERS


@dataclass(frozen=True)
class Selection:
    """Sources, and which of their resources.

    Attributes:
        resources: by source, in the order in which they are asked.
        named_sources: those that the user spelled out.
        named_resources: likewise, as (source, resource).
        intervals: the widths of bars that the user spelled out, by source and resource.
    """

    resources: Mapping[str, tuple[str, ...]]
    named_sources: frozenset[str] = field(default_factory=frozenset)
    named_resources: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    intervals: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)


def parse_selection(texts: Sequence[str]) -> Selection:
    """Return what some texts select; none of them selects everything.

    Raises:
        UsageError: a source, resource or width of bars is unknown.
    """
    everything = {
        source: tuple(one.resource for one in provider(source).endpoints) for source in PROVIDERS
    }
    if not texts:
        return Selection(everything)
    chosen: dict[str, set[str]] = {}
    named = set()
    intervals: dict[tuple[str, str], frozenset[str]] = {}
    for text in texts:
        source, _, rest = text.partition(".")
        resource, _, interval = rest.partition(".")
        if source not in everything:
            raise UsageError(f"{source!r} is no source: the sources are {', '.join(everything)}")
        if resource and resource not in everything[source]:
            raise UsageError(
                f"{source} has no resource {resource!r}: it has {', '.join(everything[source])}"
            )
        chosen.setdefault(source, set()).update([resource] if resource else everything[source])
        if resource:
            named.add((source, resource))
        if interval:
            _require_interval(source, resource, interval)
            known = intervals.get((source, resource), frozenset())
            intervals[source, resource] = known | {interval}
    return Selection(
        {
            source: tuple(one for one in everything[source] if one in chosen[source])
            for source in everything
            if source in chosen
        },
        frozenset(chosen),
        frozenset(named),
        intervals,
    )


def _require_interval(source: str, resource: str, interval: str) -> None:
    plans = shipped_plans().sources[source].terms[resource]
    known = [one for terms in plans.values() for one in terms.intervals]
    if interval not in known:
        has = f"its bars are {', '.join(dict.fromkeys(known))}" if known else "it has no intervals"
        raise UsageError(f"{source}.{resource} has no interval {interval!r}: {has}")
