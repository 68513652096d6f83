"""Providers to landing: plan the requests, send them, and remember how far each symbol reaches.

Knows nothing of the warehouse. One failing symbol, endpoint or provider never stops the others.
"""

import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

from ingestion.asking import Records
from ingestion.errors import OriginMismatch
from ingestion.extract_summary import (
    ExtractPlan,
    ExtractSummary,
    Failure,
    PlannedResource,
    PlannedSource,
    ResourceSummary,
    planned_resources,
    planned_source,
)
from ingestion.foreseen import most_further_pages
from ingestion.http import Transport
from ingestion.journal import Journal
from ingestion.landing import Landing
from ingestion.members import tracked
from ingestion.pacing import Timer
from ingestion.plans import Plans, plans_of
from ingestion.progress import NoProgress, Progress
from ingestion.providers import provider
from ingestion.request_ids import RequestIds
from ingestion.restatement import BarMemory
from ingestion.selection import Selection, parse_selection
from ingestion.source_run import SourceRun
from ingestion.spending import spent_today
from ingestion.todo import Asked, Todo, plan_source
from ingestion.universe import choose
from warehouse import logs
from warehouse.errors import SettingsError, UsageError
from warehouse.run_log import Skip
from warehouse.settings import Settings

__all__ = [
    "ExtractPlan",
    "ExtractSummary",
    "Failure",
    "PlannedResource",
    "PlannedSource",
    "ResourceSummary",
    "extract",
    "plan_extract",
]


def extract(
    settings: Settings,
    selection: Sequence[str] = (),
    *,
    start: date | None = None,
    end: date | None = None,
    symbols: Sequence[str] = (),
    is_round: bool = False,
    progress: Progress | None = None,
    run_id: str | None = None,
    plans: Plans | None = None,
    timer: Timer | None = None,
) -> ExtractSummary:
    """Fetch what is wanted from the providers into the landing.

    Args:
        settings: providers, plans, universe, home, landing and clock.
        selection: `fmp`, `fmp.eod_prices`, `fmp.intraday_prices.1min`, ...; nothing means
            everything.
        start: first day of a backfill; without it each symbol goes on where it stopped. Bars
            within the day go back further than on a first run only if their resource is named.
        end: last day, included; without it up to now.
        symbols: house symbols to limit it to.
        is_round: whether it is a round within the day, which goes on with what full runs began.
        progress: told of every request.
        run_id: the run that this belongs to; without it one is made up.
        plans: limits other than those that ship.
        timer: how time passes for requests that wait.

    Raises:
        UsageError: a source, resource or symbol is unknown, or the dates are.
        SettingsError: a named source, or every source, has no key; or the universe is malformed.
        LandingError: the landing or the journal cannot be written.
        OriginMismatch: the landing holds the other kind of data, and nothing was landed.
    """
    asked = replace(_asked(settings, selection, start, end, symbols), is_round=is_round)
    plans = plans or plans_of(settings)
    sources, skips = _reachable(settings, asked.selection)
    summary = ExtractSummary(run_id or uuid.uuid4().hex, skips=skips)
    landing = Landing(settings.landing_url, settings.landing_options)
    stop = threading.Event()
    with logs.of_run(summary.run_id), Journal(settings.home) as journal:
        journal.bind(landing.identity())
        records = Records(landing, journal, RequestIds(), summary.run_id)
        transport = Transport(plans.http)
        runs = [
            SourceRun(
                settings,
                asked,
                provider(source),
                plans=plans,
                records=records,
                transport=transport,
                progress=progress or NoProgress(),
                stop=stop,
                timer=timer,
            )
            for source in sources
        ]
        fatal = _run_all(runs, stop)
    for run in runs:
        summary.resources += run.summaries.values()
        summary.skips += run.skips
        summary.failures += run.failures
        summary.restatements += run.restatements
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
    plans = plans or plans_of(settings)
    sources, skips = _reachable(settings, asked.selection)
    landing = Landing(settings.landing_url, settings.landing_options)
    planned = ExtractPlan([], [], skips)
    with Journal(settings.home) as journal:
        journal.bind(landing.identity())
        for source in sources:
            address = settings.provider(source)
            todo = plan_source(
                asked,
                provider(source),
                plans,
                address.plan,
                journal.watermarks(source),
                restated=BarMemory(journal, source).pending(),
                is_keyless=address.is_keyless,
            )
            planned.skips.extend(todo.skips)
            planned.resources.extend(planned_resources(source, todo.requests))
            planned.sources.append(
                planned_source(
                    source,
                    address.plan,
                    todo.requests,
                    plans.quota(source, address.plan),
                    has_key=address.api_key is not None,
                    spent=spent_today(journal, source),
                    seconds_per_answer=journal.seconds_per_answer(source),
                    most_further_pages=_most_further_pages(asked, todo, plans, address.plan),
                )
            )
    return planned


def _most_further_pages(asked: Asked, todo: Todo, plans: Plans, plan: str) -> int:
    pages = 0
    for request in todo.requests:
        terms = plans.terms(request.source, request.resource, plan).at(request.interval)
        instruments = provider(request.source).endpoint(request.resource).symbols(asked.instruments)
        pages += sum(
            most_further_pages(request, terms, instruments.get(symbol))
            for symbol in request.symbols
        )
    return pages


def _run_all(runs: Sequence[SourceRun], stop: threading.Event) -> list[Exception]:
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
) -> Asked:
    now = settings.now()
    if start is not None and end is not None and end < start:
        raise UsageError(f"--end {end} lies before --start {start}: swap them")
    if start is not None and start > now.date():
        raise UsageError(f"--start {start} lies in the future: it is {now:%Y-%m-%d}")
    instruments = tracked(settings)
    if symbols:
        instruments = choose(instruments, symbols)
    return Asked(
        parse_selection(selection),
        instruments,
        start,
        end,
        bool(symbols),
        now,
        settings.intraday_intervals,
    )


def _reachable(settings: Settings, selection: Selection) -> tuple[list[str], list[Skip]]:
    """Return the sources that can be asked, and those that are skipped for want of a key."""
    sources, skips = [], []
    for source in selection.resources:
        address = settings.provider(source)
        if address.is_reachable:
            sources.append(source)
            continue
        if source in selection.named_sources:
            raise SettingsError(
                f"{source} needs a key and {address.key_variable} is not set: set it in the "
                f"environment or .env, or leave the source out{address.instead_of_key}"
            )
        skips.append(Skip(source, None, None, address.lack_of_key))
    if not sources:
        raise SettingsError(
            "no source can be asked, for none has a key: set TWELVE_DATA_API_KEY, FMP_API_KEY, "
            "FRED_API_KEY or COINGECKO_API_KEY in the environment or .env"
        )
    return sources, skips
