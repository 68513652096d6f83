"""Extract and load as one logged run, the same from the command line and from Dagster."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, date
from pathlib import Path

from ingestion import csv_extracts, csv_import
from ingestion import extract as extracting
from ingestion import load as loading
from ingestion.csv_extracts import WrittenCsv
from ingestion.csv_import import ImportSummary
from ingestion.extract import ExtractSummary, ResourceSummary
from ingestion.load import LoadSummary, ResourceCount
from ingestion.progress import NoProgress, Phase, Progress
from warehouse import run_log
from warehouse.errors import DatabaseError, MarketFlowError
from warehouse.run_log import Run, Skip, Trigger
from warehouse.settings import Settings


class _FailedRunError(MarketFlowError):
    """Ends a run as failed in the log; the summary says the same to the caller."""


@dataclass(frozen=True)
class Window:
    """Which days, and which symbols, a run is limited to.

    Attributes:
        is_round: whether it is a round within the day, which goes on with what full runs began.
    """

    start: date | None = None
    end: date | None = None
    symbols: Sequence[str] = ()
    is_round: bool = False


@dataclass
class IngestSummary:
    """What an extract and the load after it did; either may be missing.

    Attributes:
        imported: what became of the CSV files of a person.
        written: CSV files that were written for people.
        unwritten: why some could not be.
    """

    extracted: ExtractSummary | None = None
    loaded: LoadSummary | None = None
    skips: list[Skip] = field(default_factory=list)
    imported: ImportSummary | None = None
    written: list[WrittenCsv] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)

    @property
    def failures(self) -> list[str]:
        """What should have been done and was not, each as one sentence."""
        extracted = [one.message for one in self.extracted.failures] if self.extracted else []
        imported = self.imported.failures if self.imported else []
        loaded = self.loaded.failures if self.loaded else []
        return [*extracted, *self.unwritten, *imported, *loaded]

    @property
    def exit_code(self) -> int:
        """0 done, 1 failed, 3 done in part, 4 stopped at a quota."""
        parts = (self.extracted, self.imported, self.loaded)
        codes = [part.exit_code for part in parts if part is not None]
        codes += [3] if self.unwritten else []
        return next((code for code in (1, 4, 3) if code in codes), 0)

    @property
    def new_rows(self) -> int:
        """How many rows raw did not have."""
        return self.loaded.rows if self.loaded else 0

    def requests_of(self, source: str, resource: str) -> int:
        """Return how many requests were made for a resource."""
        return sum(one.requests for one in self._extracted_of(source, resource))

    def new_rows_of(self, source: str, resource: str) -> int:
        """Return how many rows of a resource raw did not have."""
        return sum(one.new_rows for one in self._loaded_of(source, resource))

    def failures_of(self, source: str, resource: str) -> list[str]:
        """Return what failed for a resource, or for its whole source."""
        extracted = self.extracted.failures if self.extracted else []
        loaded = self.loaded.failures if self.loaded else []
        return [
            *(
                one.message
                for one in extracted
                if one.source == source and one.resource in {None, resource}
            ),
            *(message for message in loaded if message.startswith(f"{source}: ")),
        ]

    def skips_of(self, source: str, resource: str) -> list[str]:
        """Return what was left out of a resource, and why."""
        return [
            f"{skip.symbol}: {skip.reason}" if skip.symbol else skip.reason
            for skip in self.skips
            if skip.source == source and skip.resource in {None, resource}
        ]

    def _extracted_of(self, source: str, resource: str) -> list[ResourceSummary]:
        found = self.extracted.resources if self.extracted else []
        return [one for one in found if (one.source, one.resource) == (source, resource)]

    def _loaded_of(self, source: str, resource: str) -> list[ResourceCount]:
        found = self.loaded.counts if self.loaded else []
        return [one for one in found if (one.source, one.resource) == (source, resource)]


def extract_only(
    settings: Settings,
    selection: Sequence[str] = (),
    window: Window = Window(),
    *,
    csv: bool = False,
    progress: Progress | None = None,
    trigger: Trigger = "command_line",
) -> IngestSummary:
    """Fetch into the landing. It is logged as a run where the warehouse can be reached.

    Where `csv`, the answers are written as CSV files too.

    Raises:
        MarketFlowError: as `ingestion.extract.extract`.
    """
    summary = IngestSummary()
    with ExitStack() as stack:
        stack.enter_context(suppress(_FailedRunError))
        try:
            source = _source(selection)
            run = stack.enter_context(run_log.run(settings, "extract", source, trigger=trigger))
        except DatabaseError:
            # Extract needs no warehouse, so it waits for none.
            run = None
        _extract(settings, selection, window, progress, run=run, summary=summary, csv=csv)
        if run is not None:
            _conclude(run, summary)
    return summary


def load_only(
    settings: Settings,
    sources: Sequence[str] = (),
    *,
    all: bool = False,  # noqa: A002 - the option is called --all
    csv: Path | None = None,
    progress: Progress | None = None,
    trigger: Trigger = "command_line",
) -> IngestSummary:
    """Load what has landed, as a logged run; `csv` names files of people that land first.

    Raises:
        MarketFlowError: as `ingestion.load.load` and `ingestion.csv_import.bring`.
    """
    summary = IngestSummary()
    source = _source(sources)
    with suppress(_FailedRunError), run_log.run(settings, "load", source, trigger=trigger) as run:
        told = Phase(progress or NoProgress(), "load")
        if csv is not None:
            summary.imported = csv_import.bring(settings, csv, sources, run_id=run.run_id)
            summary.skips += summary.imported.skips
        summary.loaded = loading.load(settings, sources, all=all, progress=told)
        summary.skips += summary.loaded.skips
        _conclude(run, summary)
    return summary


def ingest(
    settings: Settings,
    selection: Sequence[str] = (),
    window: Window = Window(),
    *,
    csv: bool = False,
    progress: Progress | None = None,
    trigger: Trigger = "command_line",
) -> IngestSummary:
    """Extract, then load what has landed, as one logged run.

    Where `csv`, the answers are written as CSV files too.

    Raises:
        MarketFlowError: as `ingestion.extract.extract` and `ingestion.load.load`.
    """
    summary = IngestSummary()
    source = _source(selection)
    with suppress(_FailedRunError), run_log.run(settings, "ingest", source, trigger=trigger) as run:
        _extract(settings, selection, window, progress, run=run, summary=summary, csv=csv)
        sources = sorted({text.partition(".")[0] for text in selection})
        told = Phase(progress or NoProgress(), "load")
        summary.loaded = loading.load(settings, sources, progress=told)
        summary.skips += summary.loaded.skips
        _conclude(run, summary)
    return summary


def _extract(
    settings: Settings,
    selection: Sequence[str],
    window: Window,
    progress: Progress | None,
    *,
    run: Run | None,
    summary: IngestSummary,
    csv: bool,
) -> None:
    began = settings.now()
    summary.extracted = extracting.extract(
        settings,
        selection,
        start=window.start,
        end=window.end,
        symbols=window.symbols,
        is_round=window.is_round,
        progress=Phase(progress or NoProgress(), "extract"),
        run_id=run.run_id if run is not None else None,
    )
    summary.skips += summary.extracted.skips
    if csv:
        asked = [(one.source, one.resource) for one in summary.extracted.resources if one.requests]
        days = {instant.astimezone(UTC).date() for instant in (began, settings.now())}
        try:
            summary.written = csv_extracts.write(settings, asked, sorted(days))
        except MarketFlowError as error:
            # What has landed stays, and is loaded.
            summary.unwritten.append(str(error))


def _conclude(run: Run, summary: IngestSummary) -> None:
    """Write what was done, and what was not, to the log of runs."""
    run.rows = summary.new_rows if summary.loaded else None
    run.details["exit_code"] = summary.exit_code
    if summary.extracted is not None:
        run.details["requests"] = summary.extracted.requests
        restated = [str(one) for one in summary.extracted.restatements]
        run.details.update({"restatements": restated} if restated else {})
    if summary.failures:
        run.details["failures"] = summary.failures
    run.skips += summary.skips
    extracted = summary.extracted.failures if summary.extracted else []
    run.skips += [Skip(one.source, one.resource, None, one.message) for one in extracted]
    if summary.exit_code == 1:
        raise _FailedRunError("; ".join(summary.failures))


def _source(selection: Sequence[str]) -> str | None:
    """Return the one source that a selection speaks of, or None."""
    sources = {text.partition(".")[0] for text in selection}
    return sources.pop() if len(sources) == 1 else None
