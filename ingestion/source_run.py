"""One source from its plan to its summary, in a thread of its own."""

import logging
import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from ingestion.answers import Outcome
from ingestion.asking import Asker, Records
from ingestion.errors import (
    EmptyWindow,
    NotCoveredByPlan,
    NotFound,
    OriginMismatch,
    ProviderError,
    ProviderFault,
    QuotaExhausted,
)
from ingestion.extract_summary import Failure, ResourceSummary
from ingestion.http import Transport
from ingestion.pacing import Pacer, Timer
from ingestion.planning import Request, Want, Window, least_requests
from ingestion.plans import Plans, Terms
from ingestion.progress import Progress
from ingestion.providers import Provider
from ingestion.restatement import BarMemory, Restatement
from ingestion.spending import SharedAccount
from ingestion.todo import Asked, fetched_again, plan_source, symbols_of
from warehouse.redaction import redact
from warehouse.run_log import Skip
from warehouse.settings import Settings

# So many requests in a row that failed after all attempts: the endpoint is down.
_FAULTS_IN_A_ROW = 3
_SKIPPED = (NotCoveredByPlan, NotFound, EmptyWindow)

_log = logging.getLogger(__name__)


class Interrupted(BaseException):
    """Ends a thread that waits."""


class SourceRun:
    """One source from plan to summary, in a thread of its own."""

    def __init__(
        self,
        settings: Settings,
        asked: Asked,
        source: Provider,
        *,
        plans: Plans,
        records: Records,
        transport: Transport,
        progress: Progress,
        stop: threading.Event,
        timer: Timer | None,
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
        timer = timer or Timer(sleep=self._wait_or_stop)
        self._asked = asked
        self._memory = BarMemory(records.journal, source.name)
        self._restated = self._memory.pending()
        self._todo = plan_source(
            asked,
            source,
            plans,
            address.plan,
            records.journal.watermarks(source.name),
            restated=self._restated,
            is_keyless=address.is_keyless,
        )
        self.skips = list(self._todo.skips)
        self.failures: list[Failure] = []
        self.restatements = [
            Restatement(source.name, *key, self._restated[key]) for key in self._todo.restated
        ]
        self.summaries = {
            resource: ResourceSummary(source.name, resource)
            for resource in asked.selection.resources[source.name]
        }
        self._faults_in_a_row: dict[str, int] = {}
        self._given_up: dict[str, str] = {}
        self._told_skips: set[tuple[str, str | None]] = set()
        self._is_stopped = False
        self._follow_ups: set[tuple[str, frozenset[tuple[str, str]]]] = set()
        self._asker = Asker(
            settings,
            source,
            transport=transport,
            pacer=Pacer(
                self._quota,
                has_key=address.api_key is not None,
                account=SharedAccount(
                    records.journal,
                    source.name,
                    minute_seconds=self._quota.minute_seconds,
                    wall=timer.wall,
                ),
                timer=timer,
            ),
            records=records,
            limits=plans.http,
            timer=timer,
        )

    def run(self) -> None:
        """Send all requests and those that follow from them."""
        name = self._source.name
        pending = deque(self._todo.requests)
        self._progress.describe(name, "", total=least_requests(pending))
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
                            total = done + len(running) + least_requests(pending)
                            self._progress.describe(name, request.where(), total=total)
            finally:
                for future in running:
                    future.cancel()
        self._tell_of_empty_symbols()

    def _may_ask(self, request: Request) -> bool:
        if self._stop.is_set():
            raise Interrupted
        if self._is_stopped or request.track in self._given_up:
            reason = self._given_up.get(request.track, self._given_up.get("", ""))
            for symbol in request.symbols or (None,):
                self._skip(request.track, symbol, reason)
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
        self._faults_in_a_row[request.track] = 0
        summary.empty += outcome.is_empty
        summary.bodies += not outcome.is_empty
        for symbol, problem in outcome.problems.items():
            self._note_problem(request, symbol, problem)
        return self._cover(request, outcome)

    def _cover(self, request: Request, outcome: Outcome) -> list[Request]:
        """Move the watermarks that an answer moves, and return what it makes necessary."""
        endpoint = self._source.endpoint(request.resource)
        terms = self._terms_of(request)
        follow_ups = endpoint.follow_up(request, outcome, terms)
        if request.lands_as is not None:
            follow_ups = [one for one in follow_ups if self._is_first(one)]
        unfinished = {symbol for one in follow_ups for symbol in one.symbols}
        follow_ups += self._fetch_again(request, outcome)
        covered = []
        for symbol, part in outcome.slices.items():
            coverage = self._todo.coverage[request.track, symbol]
            if request.lands_as is not None and symbol in unfinished:
                continue
            newest_at = self._settings.now() if endpoint.kind == "snapshot" else part.newest_at
            coverage.see(part.rows, newest_at)
            window = None if symbol in unfinished else coverage.add(request.window)
            if window is not None:
                covered.append((symbol, window))
        self._journal.cover(request.source, request.track, covered)
        self._settle_restated(request)
        return follow_ups

    def _fetch_again(self, request: Request, outcome: Outcome) -> list[Request]:
        """Return the requests for all older history of the symbols that an answer restates."""
        closes = {symbol: part.closes for symbol, part in outcome.slices.items() if part.closes}
        if not closes:
            return []
        endpoint = self._source.endpoint(request.resource)
        terms = self._terms_of(request)
        instruments = symbols_of(endpoint, terms, self._asked)
        wants = []
        for symbol, factor in self._memory.compare(request.track, closes).items():
            restatement = Restatement(request.source, request.resource, symbol, factor)
            _log.warning("%s", restatement)
            self.restatements.append(restatement)
            self._restated[request.track, symbol] = factor
            known = self._todo.coverage[request.track, symbol].known
            if known is not None:
                start = fetched_again(known, terms, self._asked).start
                older = Window(start, request.window.start)
                wants.append(Want(symbol, older, instruments[symbol], is_up_to_now=False))
        wants = [want for want in wants if want.window.start < want.window.end]
        return endpoint.requests(wants, terms)

    def _terms_of(self, request: Request) -> Terms:
        terms = self._plans.terms(request.source, request.resource, self._plan_name)
        return terms.at(request.interval)

    def _settle_restated(self, request: Request) -> None:
        """Forget the restatements whose symbols have been fetched again from end to end."""
        terms = self._terms_of(request)
        for symbol in request.symbols:
            if (request.track, symbol) not in self._restated:
                continue
            coverage = self._todo.coverage[request.track, symbol]
            known = coverage.known
            if known is None or coverage.has_landed(fetched_again(known, terms, self._asked)):
                del self._restated[request.track, symbol]
                self._memory.settle(request.track, symbol)

    def _is_first(self, request: Request) -> bool:
        """Tell of a follow-up whether it is new: symbols may have what follows in common.

        Should it fail, the symbol that brought it stays behind its watermark and asks again.
        """
        what = (request.path, frozenset(request.params.items()))
        if what in self._follow_ups:
            return False
        self._follow_ups.add(what)
        return True

    def _fail(self, request: Request, error: ProviderError) -> None:
        if isinstance(error, _SKIPPED):
            if isinstance(error, NotCoveredByPlan) and error.is_whole_resource:
                self._given_up[request.track] = error.reason
            for symbol in request.symbols or (None,):
                self._skip(request.track, symbol, error.reason)
            return
        failure = Failure(request.source, request.resource, error)
        if error.stops_source or (isinstance(error, ProviderFault) and error.is_unreachable):
            self._stop_source(failure)
            return
        self._note(failure)
        if isinstance(error, ProviderFault):
            count = self._faults_in_a_row.get(request.track, 0) + 1
            self._faults_in_a_row[request.track] = count
            if count == _FAULTS_IN_A_ROW:
                self._given_up[request.track] = (
                    f"given up after {count} failures in a row: {error.what}"
                )

    def _note_problem(self, request: Request, symbol: str, problem: ProviderError) -> None:
        if isinstance(problem, _SKIPPED):
            self._skip(request.track, symbol, problem.reason)
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

    def _skip(self, track: str, symbol: str | None, reason: str) -> None:
        if (track, symbol) not in self._told_skips:
            self._told_skips.add((track, symbol))
            resource, _, interval = track.partition(".")
            reason = f"{interval}: {reason}" if interval else reason
            self.skips.append(Skip(self._source.name, resource, symbol, reason))
            what = f"{self._source.name}.{resource} {symbol or ''}".strip()
            _log.info("skipped %s: %s", what, redact(reason, self._settings.secrets()))

    def _tell_of_empty_symbols(self) -> None:
        """Name the symbols of which a provider has never had a row."""
        failed = {failure.resource for failure in self.failures}
        for (track, symbol), coverage in self._todo.coverage.items():
            resource, _, interval = track.partition(".")
            endpoint = self._source.endpoint(resource)
            is_new = coverage.known is None or endpoint.kind == "snapshot"
            is_told = (track, symbol or None) in self._told_skips or resource in failed
            if not (coverage.has_rows or endpoint.may_be_empty or is_told) and is_new:
                where = " ".join(filter(None, (self._source.name, resource, interval, symbol)))
                error = EmptyWindow(where, "the provider answered without a single row")
                self._skip(track, symbol or None, error.reason)

    def _wait_or_stop(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise Interrupted
