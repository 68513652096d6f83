"""What is to be asked of one source: windows from watermarks, requests from windows. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from ingestion import rounds
from ingestion.coverage import Coverage
from ingestion.planning import DAY, Endpoint, Request, Want, Window, midnight, track
from ingestion.plans import Plans, Quota, Terms
from ingestion.providers import Provider
from ingestion.selection import Selection
from ingestion.universe import Instrument
from warehouse.run_log import Skip

_FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Asked:
    """What the user asked for.

    Attributes:
        intervals: the widths of bars within the day, where the selection names none.
        is_round: whether a schedule asks within the day: it goes on with what full runs have
            begun, as far as the plan has room for it, and leaves alone whose market has not been
            open since.
    """

    selection: Selection
    instruments: Sequence[Instrument]
    start: date | None
    end: date | None
    has_symbols: bool
    now: datetime
    intervals: tuple[str, ...]
    is_round: bool = False


@dataclass
class Todo:
    """What one source has to do.

    Attributes:
        coverage: by track and provider symbol.
        restated: what of it is fetched again as a whole, likewise.
    """

    requests: list[Request] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    coverage: dict[tuple[str, str], Coverage] = field(default_factory=dict)
    restated: list[tuple[str, str]] = field(default_factory=list)


def plan_source(
    asked: Asked,
    source: Provider,
    plans: Plans,
    plan: str,
    watermarks: Mapping[tuple[str, str], Window],
    *,
    restated: Collection[tuple[str, str]] = (),
    is_keyless: bool = False,
) -> Todo:
    """Return the requests of one source. Pure.

    Args:
        asked: what the user asked for.
        source: who is asked.
        plans: the limits.
        plan: the name of the plan.
        watermarks: what has landed, by resource and provider symbol.
        restated: what of it has to be fetched again, likewise.
        is_keyless: whether it is asked for what it gives away without a key.
    """
    todo = Todo()
    # A backfill fetches the window that was asked for, and nothing besides.
    is_backfill = asked.start is not None or asked.end is not None
    for resource in asked.selection.resources[source.name]:
        endpoint = source.endpoint(resource)
        terms = plans.terms(source.name, resource, plan)
        is_named = (
            source.name,
            resource,
        ) in asked.selection.named_resources and not asked.is_round
        if endpoint.wants is None and asked.has_symbols and not is_named:
            continue
        if endpoint.is_keyless != is_keyless:
            # Who has a key has no need of what comes without one.
            if is_keyless:
                reason = f"{source.name.upper()}_API_KEY is not set, and it needs one"
                todo.skips.append(Skip(source.name, resource, None, reason))
            continue
        if not terms.is_available:
            reason = f"the plan `{plan}` does not include it"
            todo.skips.append(Skip(source.name, resource, None, reason))
            continue
        intervals = _intervals(asked, source.name, resource, terms)
        if not intervals:
            reason = f"MARKETFLOW_INTRADAY_INTERVALS names none of {', '.join(terms.intervals)}"
            todo.skips.append(Skip(source.name, resource, None, reason))
        for interval in intervals:
            own = terms.at(interval)
            name = track(resource, interval)
            known = {symbol: window for (one, symbol), window in watermarks.items() if one == name}
            again = {symbol for one, symbol in restated if one == name and not is_backfill}
            wants = _wants(endpoint, own, asked, known, again, is_named=is_named)
            for want in wants:
                todo.coverage[name, want.symbol] = Coverage(
                    known.get(want.symbol), want.window.start
                )
                if want.symbol in again:
                    todo.restated.append((name, want.symbol))
            if asked.is_round:
                wants = rounds.of_round(wants, own, endpoint.kind, known, asked.now)
            elif not (is_named or asked.has_symbols):
                wants = rounds.of_run(wants, own, known)
            todo.requests += _affordable(endpoint, wants, own, plans.quota(source.name, plan))
    return todo


def _intervals(asked: Asked, source: str, resource: str, terms: Terms) -> list[str]:
    """Return which widths of bars to fetch; one that is empty where the endpoint has none."""
    if not terms.intervals:
        return [""]
    wanted = asked.selection.intervals.get((source, resource), asked.intervals)
    return [interval for interval in terms.intervals if interval in wanted]


def _wants(
    endpoint: Endpoint,
    terms: Terms,
    asked: Asked,
    known: Mapping[str, Window],
    restated: Collection[str],
    *,
    is_named: bool,
) -> list[Want]:
    """Return what is wanted of each symbol.

    Args:
        endpoint: which is asked.
        terms: its terms, of one width of bars.
        asked: what the user asked for.
        known: what has landed, by symbol.
        restated: of which symbols all of that has to be fetched again.
        is_named: whether the user spelled the resource out.
    """
    wants = []
    for symbol, instrument in symbols_of(endpoint, terms, asked).items():
        if not symbol and asked.has_symbols and not is_named:
            continue
        landed = known.get(symbol)
        window = _window(endpoint, terms, landed, asked, is_named=is_named)
        if window is None:
            continue
        if landed is not None and symbol in restated:
            again = fetched_again(landed, terms, asked)
            window = replace(window, start=min(window.start, again.start))
        is_up_to_now = window.end >= asked.now
        wants.append(Want(symbol, window, instrument, is_up_to_now=is_up_to_now))
    return wants


def symbols_of(endpoint: Endpoint, terms: Terms, asked: Asked) -> dict[str, Instrument | None]:
    """Return the provider's symbols that an endpoint is asked about, each with its row.

    The largest of all coins go by no symbol.
    """
    chosen = [one for one in asked.instruments if terms.is_for(one.asset_class)]
    return endpoint.symbols(chosen) | ({"": None} if terms.largest else {})


def fetched_again(known: Window, terms: Terms, asked: Asked) -> Window:
    """Return what a restatement makes necessary of what had landed: what the plan still sees."""
    return replace(known, start=max(known.start, terms.earliest(asked.now)))


def _affordable(
    endpoint: Endpoint, wants: Sequence[Want], terms: Terms, quota: Quota
) -> list[Request]:
    """Return the requests for some wants, none of which costs more than a minute's credits."""
    requests = endpoint.requests(wants, terms)
    most = quota.credits_per_minute
    if most is None or all(one.credits <= most for one in requests):
        return requests
    return endpoint.requests(wants, replace(terms, symbols_per_request=most))


def _window(
    endpoint: Endpoint, terms: Terms, known: Window | None, asked: Asked, *, is_named: bool
) -> Window | None:
    """Return the stretch of time to fetch of one symbol; None where there is nothing to do."""
    now = asked.now
    if endpoint.kind == "snapshot":
        is_fresh = known is not None and timedelta() <= now - known.end < terms.refresh
        begin = now - _INSTANT if known is None else min(known.end, now - _INSTANT)
        return None if is_fresh and not is_named else Window(begin, now)
    # Whole days, so that symbols fall into the same batches.
    goes_on = None if known is None else midnight((min(known.end, now) - terms.overlap).date())
    if endpoint.kind == "vintages":
        begin = goes_on or terms.earliest(now)
        if asked.start is not None:
            # Whoever names a day wants what was published since once more.
            begin = min(begin, max(midnight(asked.start), terms.earliest(now)))
        return Window(begin, _FOR_EVER)
    until = now if asked.end is None else min(now, midnight(asked.end + DAY))
    if asked.start is not None:
        # Years of bars within the day are fetched only for who asks for them by name.
        is_brief = terms.first_run_days is not None and not is_named
        limit = terms.first_start(now) if is_brief else terms.earliest(now)
        begin = max(midnight(asked.start), limit)
    elif goes_on is not None and asked.end is None:
        begin = max(goes_on, terms.earliest(now))
    else:
        begin = terms.first_start(now)
    return Window(begin, until) if begin < until else None
