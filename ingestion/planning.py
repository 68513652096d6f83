"""What is asked of providers: windows of time, requests, and the endpoints that plan them. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from ingestion.answers import Outcome
from ingestion.plans import Terms
from ingestion.universe import Instrument

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """The half-open stretch of time from `start` to `end`, both aware."""

    start: datetime
    end: datetime

    @property
    def first_date(self) -> date:
        """The UTC day in which it begins."""
        return self.start.date()

    @property
    def last_date(self) -> date:
        """The last UTC day of which it holds a moment."""
        return (self.end - timedelta(microseconds=1)).date()

    def chunks(self, size: timedelta) -> Iterator["Window"]:
        """Cut it, oldest first, into windows no longer than `size`, and of a day at least."""
        start = self.start
        size = max(size, DAY)
        while start < self.end:
            end = min(start + size, self.end)
            yield Window(start, end)
            start = end


@dataclass(frozen=True)
class Want:
    """One symbol, in a provider's spelling, and the window in which it is wanted.

    Attributes:
        symbol: empty where the endpoint knows none.
        instrument: its row of the universe; None where there is no symbol.
        is_up_to_now: whether the window ends in the present.
    """

    symbol: str
    window: Window
    instrument: Instrument | None = None
    is_up_to_now: bool = True


@dataclass(frozen=True)
class Request:
    """One GET of an endpoint.

    Attributes:
        source: who is asked.
        resource: the raw table that the answer is for.
        path: below the base URL.
        params: the query, without any key.
        symbols: in the provider's spelling; empty where the endpoint knows none.
        window: what the answer is about; once it has landed, nothing of it is wanted.
        credits: what it costs of the plan's quota.
        lands_as: the name of its answer in the landing where that is not the resource: an
            answer that first of all says what to ask next.
        least_follow_ups: how many requests, of a credit each, will follow from its answer at
            least.
        carried: what earlier answers said that the next request depends on.
        interval: the width of its bars, of a resource that has several.
    """

    source: str
    resource: str
    path: str
    params: Mapping[str, str]
    symbols: tuple[str, ...]
    window: Window
    credits: int = 1
    lands_as: str | None = None
    least_follow_ups: int = 0
    carried: tuple[str, ...] = ()
    interval: str = ""

    @property
    def track(self) -> str:
        """The name under which is kept how far its symbols reach."""
        return track(self.resource, self.interval)

    @property
    def least_costs(self) -> list[int]:
        """The credits of this request, and of each that will follow at least."""
        return [self.credits] + [1] * self.least_follow_ups

    def where(self, symbol: str | None = None) -> str:
        """Name source, resource and symbols, for people."""
        symbols = self.symbols if symbol is None else (symbol,)
        shown = ",".join(symbols[:3]) + (f" and {len(symbols) - 3} more" if symbols[3:] else "")
        parts = (self.source, self.resource, self.interval, shown)
        return " ".join(part for part in parts if part)


def _no_follow_up(request: Request, outcome: Outcome, terms: Terms) -> list[Request]:  # noqa: ARG001
    return []


@dataclass(frozen=True)
class Endpoint:
    """How the answers for one raw table are asked for.

    Attributes:
        resource: its name.
        wants: which instruments it is asked about, by the provider's symbol; None where the
            endpoint knows no symbols.
        requests: the requests for some wants.
        follow_up: the requests that an answer makes necessary.
        kind: `history` is asked for windows of time, from --start to --end where they are given;
            `vintages` for everything published since the last time; of a `snapshot` there is
            only the present one.
        may_be_empty: whether no rows is a usual answer for a symbol that exists.
        is_keyless: whether it stands in for all others where a provider is asked without a key.
    """

    resource: str
    wants: Callable[[Instrument], str | None] | None
    requests: Callable[[Sequence[Want], Terms], list[Request]]
    follow_up: Callable[[Request, Outcome, Terms], list[Request]] = field(default=_no_follow_up)
    kind: Literal["history", "vintages", "snapshot"] = "history"
    may_be_empty: bool = False
    is_keyless: bool = False

    def symbols(self, instruments: Sequence[Instrument]) -> dict[str, Instrument | None]:
        """Return the provider's symbols of some instruments, each with its row."""
        if self.wants is None:
            return {"": None}
        found: dict[str, Instrument | None] = {}
        for instrument in instruments:
            symbol = self.wants(instrument)
            if symbol is not None:
                found.setdefault(symbol, instrument)
        return found


def track(resource: str, interval: str = "") -> str:
    """Return `<resource>`, or `<resource>.<interval>`: each width of bars goes on by itself."""
    return f"{resource}.{interval}" if interval else resource


def midnight(day: date) -> datetime:
    """Return the first instant of a UTC day."""
    return datetime.combine(day, time(), UTC)


def batches(wants: Sequence[Want], size: int) -> Iterator[list[Want]]:
    """Group wants of the same window into batches of at most `size`, in their order."""
    by_window: dict[Window, list[Want]] = {}
    for want in wants:
        by_window.setdefault(want.window, []).append(want)
    for group in by_window.values():
        for first in range(0, len(group), size):
            yield group[first : first + size]


def least_requests(requests: Iterable[Request]) -> int:
    """Return how many requests these come to at least, with those that follow from them."""
    return sum(1 + one.least_follow_ups for one in requests)
