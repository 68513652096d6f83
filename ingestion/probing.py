"""A few real questions to each provider, whose answers are held against the declared shapes.

Nothing is loaded, and nothing lands where load would find it. The credits count: the journal
notes every call.
"""

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib import import_module
from typing import Literal

from ingestion.asking import Asker, Records
from ingestion.calendars import Calendars
from ingestion.errors import NotCoveredByPlan, ProviderError, ShapeError
from ingestion.http import Transport
from ingestion.journal import Journal
from ingestion.landing import Landing, Sidecar
from ingestion.members import tracked
from ingestion.pacing import Pacer, Timer
from ingestion.parsing import ParseContext, Parsed, Surprise
from ingestion.planning import Endpoint, Request, Want, Window, midnight
from ingestion.plans import Plans, Terms, plans_of
from ingestion.providers import Provider, provider
from ingestion.request_ids import RequestIds
from ingestion.resources import resource
from ingestion.spending import SharedAccount
from ingestion.universe import Instrument
from warehouse.settings import PROVIDERS, Settings

CALLS_PER_PROVIDER = 2
_SPAN = timedelta(days=14)

Level = Literal["good", "note", "broken"]


@dataclass(frozen=True)
class Probed:
    """What came of one question.

    Attributes:
        subject: the source, or source and resource.
        level: good; a note (an answer that is still read as it should be); or broken.
        text: what was found, in plain words.
    """

    subject: str
    level: Level
    text: str


def probe(
    settings: Settings, *, plans: Plans | None = None, timer: Timer | None = None
) -> Iterator[Probed]:
    """Ask each provider that can be asked two questions at most, and yield what came of them.

    Args:
        settings: keys, addresses, plans, universe and home.
        plans: limits other than those of the settings.
        timer: how time passes for requests that wait.

    Raises:
        SettingsError: the universe or the limits are malformed.
        LandingError: the home cannot be written.
    """
    plans = plans or plans_of(settings)
    instruments = tracked(settings)
    with (
        tempfile.TemporaryDirectory(prefix="marketflow-") as directory,
        _CallJournal(settings.home) as journal,
    ):
        run_id = f"doctor-{uuid.uuid4().hex}"
        records = Records(Landing(directory), journal, RequestIds(), run_id)
        for name in PROVIDERS:
            address = settings.provider(name)
            if address.is_reachable:
                questions = _Probe(
                    settings,
                    provider(name),
                    plans=plans,
                    records=records,
                    instruments=instruments,
                    timer=timer,
                )
                yield from questions.asked()
            else:
                yield Probed(name, "note", f"not asked: {address.lack_of_key}")


class _CallJournal(Journal):
    """The journal of the home, to which the landing of a probe is none of its business."""

    def bind(self, landing_id: str | None) -> None:
        """Do nothing: the watermarks are those of the real landing."""


class _Probe:
    """The questions to one provider."""

    def __init__(
        self,
        settings: Settings,
        source: Provider,
        *,
        plans: Plans,
        records: Records,
        instruments: Sequence[Instrument],
        timer: Timer | None,
    ) -> None:
        address = settings.provider(source.name)
        quota = plans.quota(source.name, address.plan)
        self._source = source
        self._plans = plans
        self._plan = address.plan
        self._is_keyless = address.is_keyless
        self._now = settings.now()
        self._records = records
        self._instruments = instruments
        self._calls = 0
        self._asker = Asker(
            settings,
            source,
            transport=Transport(plans.http),
            pacer=Pacer(
                quota,
                has_key=address.api_key is not None,
                account=SharedAccount(
                    records.journal, source.name, minute_seconds=quota.minute_seconds
                ),
                timer=timer,
            ),
            records=records,
            # A second attempt would be another call.
            limits=replace(plans.http, attempts=1),
            timer=timer,
        )

    def asked(self) -> Iterator[Probed]:
        """Yield what came of each question, asking it then."""
        for endpoint in self._endpoints():
            request = self._request(endpoint)
            if request is None or self._calls + 1 + request.least_follow_ups > CALLS_PER_PROVIDER:
                continue
            subject = f"{self._source.name}.{endpoint.resource}"
            try:
                yield from self._ask(endpoint, request, subject)
            except NotCoveredByPlan as error:
                yield Probed(subject, "note", str(error))
            except ProviderError as error:
                yield Probed(subject, "broken", str(error))
                if error.stops_source:
                    return

    def _endpoints(self) -> list[Endpoint]:
        """Return what is asked, in this order: history first, then what is of the present."""
        usual = [
            one
            for one in self._source.endpoints
            if one.is_keyless == self._is_keyless
            and not one.may_be_empty
            and self._plans.terms(self._source.name, one.resource, self._plan).is_available
        ]
        return sorted(usual, key=lambda one: one.kind == "snapshot")[:1] + [
            one for one in usual if one.kind == "snapshot"
        ]

    def _terms(self, endpoint: Endpoint) -> Terms:
        terms = self._plans.terms(self._source.name, endpoint.resource, self._plan)
        return next(iter(terms.intervals.values()), terms)

    def _request(self, endpoint: Endpoint) -> Request | None:
        terms = self._terms(endpoint)
        symbols = endpoint.symbols(
            [one for one in self._instruments if terms.is_for(one.asset_class)]
        )
        if not symbols:
            return None
        symbol, instrument = next(iter(symbols.items()))
        window = Window(midnight((self._now - _SPAN).date()), self._now)
        if endpoint.kind == "vintages":
            window = Window(window.start, datetime.max.replace(tzinfo=window.start.tzinfo))
        requests = endpoint.requests([Want(symbol, window, instrument)], terms)
        return requests[-1] if requests else None

    def _ask(self, endpoint: Endpoint, request: Request, subject: str) -> Iterator[Probed]:
        terms = self._terms(endpoint)
        self._calls += 1
        outcome = self._asker.ask(request)
        while request.lands_as is not None:
            follow_ups = endpoint.follow_up(request, outcome, terms)
            if not follow_ups or self._calls >= CALLS_PER_PROVIDER:
                yield Probed(subject, "note", "what it answered leads to no row")
                return
            request = follow_ups[-1]
            self._calls += 1
            outcome = self._asker.ask(request)
        *_, sidecar = self._records.landing.list_committed(self._source.name)
        yield from _compared(self._parsed(sidecar), subject, sidecar)

    def _parsed(self, sidecar: Sidecar) -> Parsed:
        parsing = import_module(f"ingestion.sources.{self._source.name}.parsing")
        calendars = Calendars.around(self._now)
        context = ParseContext(self._source.name, self._instruments, calendars)
        try:
            parsed: Parsed = parsing.parse(
                sidecar.resource, self._records.landing.read_body(sidecar), sidecar, context
            )
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            where = f"{sidecar.source} {sidecar.resource}"
            raise ShapeError(where, f"cannot be parsed ({type(error).__name__})") from None
        return parsed


def _compared(parsed: Parsed, subject: str, sidecar: Sidecar) -> Iterator[Probed]:
    """Yield what differs between an answer and its declared shape, or that nothing does."""
    asked = ", ".join(sidecar.symbols) or "asked"
    if not parsed.table.num_rows and not parsed.surprises:
        yield Probed(subject, "note", f"{asked}: a proper answer without a row")
        return
    for surprise in parsed.surprises:
        yield _told(surprise, subject, is_lost=parsed.left_out > 0)
    if not parsed.surprises:
        columns = len(resource(sidecar.source, sidecar.resource).column_names)
        rows = f"{parsed.table.num_rows} row{'s' if parsed.table.num_rows != 1 else ''}"
        text = f"{asked}: {rows} of {columns} columns, all as declared"
        yield Probed(subject, "good", text)


def _told(surprise: Surprise, subject: str, *, is_lost: bool) -> Probed:
    example = f", for example {surprise.example!r}" if surprise.example else ""
    match surprise.kind:
        case "unknown_key":
            text = f"sends a field that is new here, `{surprise.field}`{example}: it stays in"
            return Probed(subject, "note", f"{text} the landing, and no table takes it")
        case "missing_key":
            text = f"no longer sends the field `{surprise.field}`: its column would be null"
            return Probed(subject, "broken", text)
        case "wrong_type":
            text = f"sends `{surprise.field}` as another type than before{example}: it is still"
            return Probed(subject, "note", f"{text} read")
        case _:
            text = f"sends a `{surprise.field}` that cannot be read{example}"
            text += ": its rows would be left out" if is_lost else ": it would be null"
            return Probed(subject, "broken", text)
