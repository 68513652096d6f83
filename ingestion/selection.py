"""Which sources and resources a command speaks of: `fmp`, `fmp.eod_prices`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

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
    """

    resources: Mapping[str, tuple[str, ...]]
    named_sources: frozenset[str] = field(default_factory=frozenset)
    named_resources: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def parse_selection(texts: Sequence[str]) -> Selection:
    """Return what some texts select; none of them selects everything.

    Raises:
        UsageError: a source or resource is unknown.
    """
    everything = {
        source: tuple(one.resource for one in provider(source).endpoints) for source in PROVIDERS
    }
    if not texts:
        return Selection(everything)
    chosen: dict[str, set[str]] = {}
    named = set()
    for text in texts:
        source, _, resource = text.partition(".")
        if source not in everything:
            raise UsageError(f"{source!r} is no source: the sources are {', '.join(everything)}")
        if resource and resource not in everything[source]:
            raise UsageError(
                f"{source} has no resource {resource!r}: it has {', '.join(everything[source])}"
            )
        chosen.setdefault(source, set()).update([resource] if resource else everything[source])
        if resource:
            named.add((source, resource))
    return Selection(
        {
            source: tuple(one for one in everything[source] if one in chosen[source])
            for source in everything
            if source in chosen
        },
        frozenset(chosen),
        frozenset(named),
    )
