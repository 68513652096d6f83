"""Providers to landing: plan the requests, send them, and remember how far each symbol reaches.

Knows nothing of the warehouse. One failing symbol, endpoint or provider never stops the others.
"""

import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ingestion.answers import Outcome
from ingestion.asking import Asker, Records
from ingestion.coverage import Coverage
from ingestion.errors import (
    EmptyWindow,
    NotCoveredByPlan,
    NotFound,
    OriginMismatch,
    ProviderError,
    ProviderFault,
    QuotaExhausted,
)
from ingestion.http import Transport
from ingestion.journal import Journal
from ingestion.landing import Landing
from ingestion.pacing import Pacer
from ingestion.planning import DAY, Endpoint, Request, Want, Window, midnight
from ingestion.plans import Plans, Terms, shipped_plans
from ingestion.progress import NoProgress, Progress
from ingestion.providers import Provider, provider
from ingestion.request_ids import RequestIds
from ingestion.selection import Selection, parse_selection
from ingestion.universe import Instrument, choose, read_universe
from warehouse.errors import MarketFlowError, SettingsError, UsageError
from warehouse.redaction import redact
from warehouse.run_log import Skip
from warehouse.settings import Settings

_FOR_EVER = datetime(9999, 12, 31, tzinfo=UTC)
# So many requests in a row that failed after all attempts: the endpoint is down.
_FAULTS_IN_A_ROW = 3
_INSTANT = timedelta(microseconds=1)
_SKIPPED = (NotCoveredByPlan, NotFound, EmptyWindow)

_log = logging.getLogger(__name__)
_Key = tuple[str, str]


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
        credits_left_today: None where the plan has no limit by the day.
    """

    source: str
    plan: str
    requests: int
    credits: int
    minutes: float
    credits_left_today: int | None

    @property
    def credits_that_do_not_fit(self) -> int:
        """How many credits are left for another day."""
        return max(0, self.credits - (self.credits_left_today or self.credits))


@dataclass(frozen=True)
class ExtractPlan:
    """What an extract would do. Making it spends nothing."""

    sources: list[PlannedSource]
    resources: list[PlannedResource]
    skips: list[Skip]


class _Interrupted(BaseException):
    """Ends a thread that waits."""


@dataclass(frozen=True)
class _Asked:
    """What the user asked for."""

    selection: Selection
    instruments: Sequence[Instrument]
    start: date | None
    end: date | None
    has_symbols: bool
    now: datetime


@dataclass
class _Todo:
    """What one source has to do."""

    requests: list[Request] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    coverage: dict[_Key, Coverage] = field(default_factory=dict)


def extract(
    settings: Settings,
    selection: Sequence[str] = (),
    *,
    start: date | None = None,
    end: date | None = None,
    symbols: Sequence[str] = (),
    progress: Progress | None = None,
    run_id: str | None = None,
    plans: Plans | None = None,
    sleep: Callable[[float], None] | None = None,
) -> ExtractSummary:
    """Fetch what is wanted from the providers into the landing.

    Args:
        settings: providers, plans, universe, home, landing and clock.
        selection: `fmp`, `fmp.eod_prices`, ...; nothing means everything.
        start: first day of a backfill; without it each symbol goes on where it stopped.
        end: last day, included; without it up to now.
        symbols: house symbols to limit it to.
        progress: told of every request.
        run_id: the run that this belongs to; without it one is made up.
        plans: limits other than those that ship.
        sleep: how waiting is done; may raise to end the run.

    Raises:
        UsageError: a source, resource or symbol is unknown, or the dates are.
        SettingsError: a named source, or every source, has no key; or the universe is malformed.
        LandingError: the landing or the journal cannot be written.
        OriginMismatch: the landing holds the other kind of data, and nothing was landed.
    """
    asked = _asked(settings, selection, start, end, symbols)
    plans = plans or shipped_plans()
    sources, skips = _reachable(settings, asked.selection)
    summary = ExtractSummary(run_id or uuid.uuid4().hex, skips=skips)
    landing = Landing(settings.landing_url)
    stop = threading.Event()
    with Journal(settings.home) as journal:
        journal.bind(landing.identity())
        records = Records(landing, journal, RequestIds(), summary.run_id)
        transport = Transport(plans.http)
        runs = [
            _SourceRun(
                settings,
                asked,
                provider(source),
                plans=plans,
                records=records,
                transport=transport,
                progress=progress or NoProgress(),
                stop=stop,
                sleep=sleep,
            )
            for source in sources
        ]
        fatal = _run_all(runs, stop)
    for run in runs:
        summary.resources += run.summaries.values()
        summary.skips += run.skips
        summary.failures += run.failures
    _raise_fatal(fatal, summary)
    return summary


def plan_extract(
    settings: Settings,
    selection: Sequence[str] = (),
    *,
    start: date | None = None,
    end: date | None = None,
    symbols: Sequence[str] = (),
    plans: Plans | None = None,
) -> ExtractPlan:
    """Return what `extract` would do with the same arguments, without a single request."""
    asked = _asked(settings, selection, start, end, symbols)
    plans = plans or shipped_plans()
    sources, skips = _reachable(settings, asked.selection)
    landing = Landing(settings.landing_url)
    planned_sources, planned_resources = [], []
    with Journal(settings.home) as journal:
        journal.bind(landing.identity())
        for source in sources:
            address = settings.provider(source)
            todo = _todo(asked, provider(source), plans, address.plan, journal.watermarks(source))
            skips += todo.skips
            resources = _planned(source, todo.requests)
            planned_resources += resources
            planned_sources.append(
                _priced(
                    source,
                    address.plan,
                    resources,
                    plans,
                    has_key=address.api_key is not None,
                    spent=journal.credits_spent(source, datetime.now(UTC).date()),
                )
            )
    return ExtractPlan(planned_sources, planned_resources, skips)


class _SourceRun:
    """One source from plan to summary, in a thread of its own."""

    def __init__(
        self,
        settings: Settings,
        asked: _Asked,
        source: Provider,
        *,
        plans: Plans,
        records: Records,
        transport: Transport,
        progress: Progress,
        stop: threading.Event,
        sleep: Callable[[float], None] | None,
    ) -> None:
        address = settings.provider(source.name)
        self._settings = settings
        self._source = source
        self._plans = plans
        self._plan_name = address.plan
        self._quota = plans.quota(source.name, address.plan)
        self._journal = records.journal
        self._progress = progress
        self._stop = stop
        self._sleep = sleep or self._wait_or_stop
        self._todo = _todo(
            asked, source, plans, address.plan, records.journal.watermarks(source.name)
        )
        self.skips = list(self._todo.skips)
        self.failures: list[Failure] = []
        self.summaries = {
            resource: ResourceSummary(source.name, resource)
            for resource in asked.selection.resources[source.name]
        }
        self._faults_in_a_row: dict[str, int] = {}
        self._given_up: dict[str, str] = {}
        self._told_skips: set[tuple[str, str | None]] = set()
        self._is_stopped = False
        self._asker = Asker(
            settings,
            source,
            transport=transport,
            pacer=Pacer(
                self._quota,
                has_key=address.api_key is not None,
                spent_today=records.journal.credits_spent(source.name, datetime.now(UTC).date()),
                sleep=self._sleep,
            ),
            records=records,
            limits=plans.http,
            sleep=self._sleep,
        )

    def run(self) -> None:
        """Send all requests and those that follow from them."""
        name = self._source.name
        pending = deque(self._todo.requests)
        self._progress.describe(name, "", total=_least(pending))
        running: dict[Future[Outcome], Request] = {}
        with ThreadPoolExecutor(self._quota.concurrency, thread_name_prefix=name) as pool:
            try:
                while pending or running:
                    while pending and len(running) < self._quota.concurrency:
                        request = pending.popleft()
                        if self._may_ask(request):
                            self._progress.describe(name, request.where())
                            running[pool.submit(self._asker.ask, request)] = request
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        request = running.pop(future)
                        follow_ups = self._handle(request, future)
                        pending.extendleft(reversed(follow_ups))
                        self._progress.advance(name)
                        if len(follow_ups) > request.least_follow_ups:
                            done = sum(one.requests for one in self.summaries.values())
                            total = done + len(running) + _least(pending)
                            self._progress.describe(name, request.where(), total=total)
            finally:
                for future in running:
                    future.cancel()
        self._tell_of_empty_symbols()

    def _may_ask(self, request: Request) -> bool:
        if self._stop.is_set():
            raise _Interrupted
        if self._is_stopped or request.resource in self._given_up:
            reason = self._given_up.get(request.resource, self._given_up.get("", ""))
            for symbol in request.symbols or (None,):
                self._skip(request.resource, symbol, reason)
            return False
        return True

    def _handle(self, request: Request, future: Future[Outcome]) -> list[Request]:
        summary = self.summaries[request.resource]
        summary.requests += 1
        try:
            outcome = future.result()
        except ProviderError as error:
            summary.failures += 1
            self._fail(request, error)
            return []
        except OriginMismatch as error:
            summary.failures += 1
            self._stop_source(Failure(request.source, None, error))
            return []
        self._faults_in_a_row[request.resource] = 0
        summary.empty += outcome.is_empty
        summary.bodies += not outcome.is_empty
        for symbol, problem in outcome.problems.items():
            self._note_problem(request, symbol, problem)
        return self._cover(request, outcome)

    def _cover(self, request: Request, outcome: Outcome) -> list[Request]:
        """Move the watermarks that an answer moves, and return what it makes necessary."""
        endpoint = self._source.endpoint(request.resource)
        terms = self._plans.terms(request.source, request.resource, self._plan_name)
        follow_ups = endpoint.follow_up(request, outcome, terms)
        unfinished = {symbol for one in follow_ups for symbol in one.symbols}
        covered = []
        for symbol, part in outcome.slices.items():
            coverage = self._todo.coverage[request.resource, symbol]
            if request.lands_as is not None:
                continue
            newest_at = self._settings.now() if endpoint.kind == "snapshot" else part.newest_at
            coverage.see(part.rows, newest_at)
            window = None if symbol in unfinished else coverage.add(request.window)
            if window is not None:
                covered.append((symbol, window))
        self._journal.cover(request.source, request.resource, covered)
        return follow_ups

    def _fail(self, request: Request, error: ProviderError) -> None:
        if isinstance(error, _SKIPPED):
            if isinstance(error, NotCoveredByPlan) and error.is_whole_resource:
                self._given_up[request.resource] = error.reason
            for symbol in request.symbols or (None,):
                self._skip(request.resource, symbol, error.reason)
            return
        failure = Failure(request.source, request.resource, error)
        if error.stops_source or (isinstance(error, ProviderFault) and error.is_unreachable):
            self._stop_source(failure)
            return
        self._note(failure)
        if isinstance(error, ProviderFault):
            count = self._faults_in_a_row.get(request.resource, 0) + 1
            self._faults_in_a_row[request.resource] = count
            if count == _FAULTS_IN_A_ROW:
                self._given_up[request.resource] = (
                    f"given up after {count} failures in a row: {error.what}"
                )

    def _note_problem(self, request: Request, symbol: str, problem: ProviderError) -> None:
        if isinstance(problem, _SKIPPED):
            self._skip(request.resource, symbol, problem.reason)
        else:
            self.summaries[request.resource].failures += 1
            self._note(Failure(request.source, request.resource, problem))

    def _stop_source(self, failure: Failure) -> None:
        if not self._is_stopped:
            self._is_stopped = True
            self._note(failure)
            quota = isinstance(failure.error, QuotaExhausted)
            self._given_up[""] = "stopped at the quota" if quota else "its source stopped"

    def _note(self, failure: Failure) -> None:
        self.failures.append(failure)
        _log.warning("%s", redact(failure.message, self._settings.secrets()))

    def _skip(self, resource: str, symbol: str | None, reason: str) -> None:
        if (resource, symbol) not in self._told_skips:
            self._told_skips.add((resource, symbol))
            self.skips.append(Skip(self._source.name, resource, symbol, reason))

    def _tell_of_empty_symbols(self) -> None:
        """Name the symbols of which a provider has never had a row."""
        failed = {failure.resource for failure in self.failures}
        for (resource, symbol), coverage in self._todo.coverage.items():
            endpoint = self._source.endpoint(resource)
            is_new = coverage.known is None or endpoint.kind == "snapshot"
            is_told = (resource, symbol or None) in self._told_skips or resource in failed
            if not (coverage.has_rows or endpoint.may_be_empty or is_told) and is_new:
                where = f"{self._source.name} {resource} {symbol}".strip()
                error = EmptyWindow(where, "the provider answered without a single row")
                self._skip(resource, symbol or None, error.reason)

    def _wait_or_stop(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise _Interrupted


def _run_all(runs: Sequence[_SourceRun], stop: threading.Event) -> list[Exception]:
    """Run all sources at once, and return what none of them could handle."""
    fatal: list[Exception] = []
    with ThreadPoolExecutor(max(1, len(runs)), thread_name_prefix="extract") as pool:
        futures = [pool.submit(run.run) for run in runs]
        try:
            for future in futures:
                try:
                    future.result()
                except Exception as error:  # noqa: BLE001 - raised once the others ended
                    fatal.append(error)
        except BaseException:
            stop.set()
            raise
    return fatal


def _raise_fatal(fatal: Sequence[Exception], summary: ExtractSummary) -> None:
    for error in fatal:
        raise error
    mismatches = [one.error for one in summary.failures if isinstance(one.error, OriginMismatch)]
    if mismatches and summary.exit_code == 1:
        raise mismatches[0]


def _asked(
    settings: Settings,
    selection: Sequence[str],
    start: date | None,
    end: date | None,
    symbols: Sequence[str],
) -> _Asked:
    now = settings.now()
    if start is not None and end is not None and end < start:
        raise UsageError(f"--end {end} lies before --start {start}: swap them")
    if start is not None and start > now.date():
        raise UsageError(f"--start {start} lies in the future: it is {now:%Y-%m-%d}")
    instruments = read_universe(settings.universe_path)
    if symbols:
        instruments = choose(instruments, symbols)
    return _Asked(parse_selection(selection), instruments, start, end, bool(symbols), now)


def _reachable(settings: Settings, selection: Selection) -> tuple[list[str], list[Skip]]:
    """Return the sources that can be asked, and those that are skipped for want of a key."""
    sources, skips = [], []
    for source in selection.resources:
        if settings.provider(source).is_reachable:
            sources.append(source)
            continue
        variable = f"{source.upper()}_API_KEY"
        if source in selection.named_sources:
            raise SettingsError(
                f"{source} needs a key and {variable} is not set: set it in the environment or "
                ".env, or leave the source out"
            )
        skips.append(Skip(source, None, None, f"{variable} is not set"))
    if not sources:
        raise SettingsError(
            "no source can be asked, for none has a key: set TWELVE_DATA_API_KEY, FMP_API_KEY, "
            "FRED_API_KEY or COINGECKO_API_KEY in the environment or .env"
        )
    return sources, skips


def _todo(
    asked: _Asked,
    source: Provider,
    plans: Plans,
    plan: str,
    watermarks: Mapping[_Key, Window],
) -> _Todo:
    """Return the requests of one source. Pure."""
    todo = _Todo()
    for resource in asked.selection.resources[source.name]:
        endpoint = source.endpoint(resource)
        terms = plans.terms(source.name, resource, plan)
        is_named = (source.name, resource) in asked.selection.named_resources
        if endpoint.wants is None and asked.has_symbols and not is_named:
            continue
        if not terms.is_available:
            reason = f"the plan `{plan}` does not include it"
            todo.skips.append(Skip(source.name, resource, None, reason))
            continue
        wants = []
        for symbol, instrument in endpoint.symbols(asked.instruments).items():
            known = watermarks.get((resource, symbol))
            window = _window(endpoint, terms, known, asked, is_named=is_named)
            if window is None:
                continue
            is_up_to_now = window.end >= asked.now
            wants.append(Want(symbol, window, instrument, is_up_to_now=is_up_to_now))
            todo.coverage[resource, symbol] = Coverage(known, window.start)
        todo.requests += endpoint.requests(wants, terms)
    return todo


def _window(
    endpoint: Endpoint, terms: Terms, known: Window | None, asked: _Asked, *, is_named: bool
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
        return Window(goes_on or terms.earliest(now), _FOR_EVER)
    until = now if asked.end is None else min(now, midnight(asked.end + DAY))
    if asked.start is not None:
        begin = max(midnight(asked.start), terms.earliest(now))
    elif goes_on is not None and asked.end is None:
        begin = max(goes_on, terms.earliest(now))
    else:
        begin = terms.first_start(now)
    return Window(begin, until) if begin < until else None


def _least(requests: Sequence[Request] | deque[Request]) -> int:
    return sum(1 + one.least_follow_ups for one in requests)


def _planned(source: str, requests: Sequence[Request]) -> list[PlannedResource]:
    by_resource: dict[str, list[Request]] = {}
    for request in requests:
        by_resource.setdefault(request.resource, []).append(request)
    return [
        PlannedResource(
            source,
            resource,
            _least(some),
            sum(one.credits * (1 + one.least_follow_ups) for one in some),
            len({symbol for one in some for symbol in one.symbols}),
        )
        for resource, some in by_resource.items()
    ]


def _priced(
    source: str,
    plan: str,
    resources: Sequence[PlannedResource],
    plans: Plans,
    *,
    has_key: bool,
    spent: int,
) -> PlannedSource:
    quota = plans.quota(source, plan)
    total = sum(one.credits for one in resources)
    requests = sum(one.requests for one in resources)
    per_minute = quota.per_minute(has_key=has_key)
    # The first minute's credits may be spent at once.
    minutes = 0.0 if per_minute is None else max(0, (total - 1) // per_minute)
    seconds = requests * quota.seconds_between_requests
    left = None if quota.credits_per_day is None else max(0, quota.credits_per_day - spent)
    return PlannedSource(source, plan, requests, total, max(minutes, seconds / 60), left)
