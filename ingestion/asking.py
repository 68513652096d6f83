"""One provider asked: paced, signed, tried again, landed and logged."""

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from ingestion.answers import Answer, Outcome
from ingestion.errors import ProviderError, QuotaExhausted, RateLimited, ShapeError
from ingestion.http import Transport
from ingestion.journal import ApiCall, Journal
from ingestion.landing import BodyOutcome, Landing, Sidecar
from ingestion.pacing import Pacer, Timer
from ingestion.planning import Request
from ingestion.plans import HttpLimits
from ingestion.providers import Provider
from ingestion.redaction import redact_body
from ingestion.request_ids import RequestIds
from warehouse.redaction import redact
from warehouse.settings import ProviderSettings, Settings

_SYNTHETIC_HEADER = "x-marketflow-synthetic"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Records:
    """Where answers and calls are kept."""

    landing: Landing
    journal: Journal
    request_ids: RequestIds
    run_id: str


@dataclass(frozen=True)
class _Call:
    """One attempt, before its answer is known."""

    request: Request
    url: str
    requested_at: datetime
    began: float
    attempt: int


class Asker:
    """Asks one provider, from any number of threads.

    Args:
        settings: the clock, the provider's address, and the secrets to keep.
        provider: how it is asked.
        transport: the way out.
        pacer: shared by all requests to this provider.
        records: where answers and calls are kept.
        limits: how often to try, and how long to wait in between.
        timer: how time passes between attempts.
    """

    def __init__(
        self,
        settings: Settings,
        provider: Provider,
        *,
        transport: Transport,
        pacer: Pacer,
        records: Records,
        limits: HttpLimits,
        timer: Timer | None = None,
    ) -> None:
        self._settings = settings
        self._provider = provider
        self._address: ProviderSettings = settings.provider(provider.name)
        self._secrets = settings.secrets()
        self._transport = transport
        self._pacer = pacer
        self._records = records
        self._limits = limits
        self._timer = timer or Timer()
        self._bind_lock = threading.Lock()
        self._is_bound = False

    def ask(self, request: Request) -> Outcome:
        """Return what the answer holds; it has landed by then.

        Raises:
            ProviderError: there is no data, after all attempts.
            LandingError: the answer cannot be kept.
            OriginMismatch: synthetic data met live data.
        """
        retrying = Retrying(
            retry=retry_if_exception(_is_transient),
            stop=stop_after_attempt(self._limits.attempts),
            wait=self._wait,
            sleep=self._timer.sleep,
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    return self._attempt(request, attempt.retry_state.attempt_number)
        except RateLimited as error:
            # No minute's limit outlasts that many waits.
            raise QuotaExhausted(
                error.where, f"{error.what}, {self._limits.attempts} times in a row"
            ) from None
        raise RuntimeError("tenacity neither returned nor raised")

    def _attempt(self, request: Request, attempt: int) -> Outcome:
        spent = self._pacer.spend(request.credits, request.where())
        answer: Answer | None = None
        try:
            prepared = self._transport.prepare(
                f"{self._address.base_url}/{request.path}", request.params
            )
            call = _Call(
                request,
                redact(str(prepared.url), self._secrets),
                datetime.now(UTC),
                time.monotonic(),
                attempt,
            )
            try:
                answer = self._transport.send(prepared, self._sign(), request.where())
            except ProviderError as error:
                self._record(call, None, error, None)
                raise
            return self._keep(call, answer)
        finally:
            left = None if answer is None else self._provider.credits_left(answer.headers)
            self._pacer.settle(spent, left)

    def _sign(self) -> Callable[..., None] | None:
        key = self._address.api_key
        if key is None:
            return None
        return lambda prepared: self._provider.authenticate(
            prepared, key.get_secret_value(), self._address.base_url
        )

    def _keep(self, call: _Call, answer: Answer) -> Outcome:
        """Land an answer whatever it is, then return or raise what it means."""
        body, is_redacted = redact_body(answer.body, self._secrets)
        answer = replace(answer, body=body)
        verdict = self._judge(answer, call.request)
        sidecar = self._land(call, answer, verdict, is_redacted=is_redacted)
        if isinstance(verdict, ProviderError):
            self._record(call, answer, verdict, sidecar)
            raise verdict
        self._record(call, answer, None, sidecar)
        return verdict

    def _judge(self, answer: Answer, request: Request) -> Outcome | ProviderError:
        try:
            return self._provider.check(answer, request)
        except ProviderError as error:
            return error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            _log.warning("%s: its answer broke the check", request.where(), exc_info=error)
            return ShapeError(request.where(), "answered in an unknown shape")

    def _land(
        self,
        call: _Call,
        answer: Answer,
        verdict: Outcome | ProviderError,
        *,
        is_redacted: bool,
    ) -> Sidecar:
        request = call.request
        # Named as it lands: what landed later is the later version.
        request_id, fetched_at = self._records.request_ids.next_at(self._settings.now)
        outcome: BodyOutcome = "error"
        if isinstance(verdict, Outcome):
            outcome = "empty" if verdict.is_empty else "ok"
        sidecar = self._records.landing.write(
            Sidecar(
                request_id=request_id,
                run_id=self._records.run_id,
                source=request.source,
                resource=request.lands_as or request.resource,
                symbols=request.symbols,
                params=dict(request.params),
                url=call.url,
                method="GET",
                status=answer.status,
                outcome=outcome,
                error_class=type(verdict).__name__ if outcome == "error" else None,
                fetched_at=fetched_at,
                requested_at=call.requested_at,
                sha256=hashlib.sha256(answer.body).hexdigest(),
                bytes=len(answer.body),
                is_redacted=is_redacted,
                is_synthetic=answer.headers.get(_SYNTHETIC_HEADER) == "1",
                content_type=redact(answer.headers.get("content-type", ""), self._secrets),
            ),
            answer.body,
        )
        if outcome != "error":
            self._bind()
        return sidecar

    def _bind(self) -> None:
        """Let the journal speak of this landing, as soon as that has an identity."""
        with self._bind_lock:
            if not self._is_bound:
                self._records.journal.bind(self._records.landing.identity())
                self._is_bound = True

    def _record(
        self,
        call: _Call,
        answer: Answer | None,
        problem: ProviderError | None,
        sidecar: Sidecar | None,
    ) -> None:
        if sidecar is None:
            request_id, fetched_at = self._records.request_ids.next_at(self._settings.now)
        else:
            request_id, fetched_at = sidecar.request_id, sidecar.fetched_at
        self._records.journal.record(
            ApiCall(
                request_id=request_id,
                run_id=self._records.run_id,
                source=call.request.source,
                resource=call.request.lands_as or call.request.resource,
                symbols=call.request.symbols,
                url=call.url,
                requested_at=call.requested_at,
                duration_ms=(time.monotonic() - call.began) * 1000,
                status=None if answer is None else answer.status,
                outcome=_name(problem) if sidecar is None or problem else sidecar.outcome,
                error=None if problem is None else redact(str(problem), self._secrets),
                credits=call.request.credits,
                attempt=call.attempt,
                response_id=None if sidecar is None else sidecar.sha256,
                bytes=None if sidecar is None else sidecar.bytes,
                fetched_at=fetched_at,
            )
        )
        if problem is not None:
            _log.info("attempt %d: %s", call.attempt, redact(str(problem), self._secrets))

    def _wait(self, state: RetryCallState) -> float:
        """Return the seconds until the next attempt, and let other requests wait likewise."""
        error = state.outcome.exception() if state.outcome is not None else None
        asked = error.retry_after if isinstance(error, ProviderError) else None
        if asked is not None:
            wait = asked
        else:
            wait = 2.0 ** (state.attempt_number - 1)
            if isinstance(error, RateLimited) and self._pacer.limited_wait is not None:
                wait = self._pacer.limited_wait
        wait = min(wait, self._limits.longest_wait_seconds)
        if isinstance(error, RateLimited):
            self._pacer.pause(wait)
        return wait


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, ProviderError) and error.is_transient


def _name(problem: ProviderError | None) -> str:
    """Return the class of an error in snake case."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(problem).__name__).lower()
