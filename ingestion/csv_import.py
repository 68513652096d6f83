"""CSV files of people into the landing, where load finds them beside the providers' answers.

<anywhere>/<source>/<resource>/<any name>.csv, as extract writes them. Each file lands as it is;
its sidecar says which of its lines are no good, and so does a file that is written beside it.
"""

import csv
import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion import csv_stamp, identity, ledger
from ingestion.atomic_files import write_atomically
from ingestion.calendars import Calendars
from ingestion.csv_bodies import (
    LINE_COLUMN,
    REASON_COLUMN,
    REJECTED_LINES,
    read_table,
    write_ranges,
)
from ingestion.csv_cells import guard, unguard
from ingestion.csv_checks import Checked, Checker
from ingestion.csv_splitting import Part, parts
from ingestion.errors import CsvError
from ingestion.landing import Landing, Origin, Sidecar
from ingestion.members import tracked
from ingestion.parsing import ParseContext, symbol_field
from ingestion.providers import provider
from ingestion.request_ids import RequestIds
from ingestion.resources import resource as resource_named
from ingestion.resources import resources, source_names
from ingestion.shapes import Resource
from ingestion.universe import Instrument
from warehouse import database
from warehouse.errors import UsageError
from warehouse.run_log import Skip
from warehouse.settings import Settings

_SUFFIX = ".csv"
_REJECTED_SUFFIX = ".rejected.csv"


@dataclass
class FileReport:
    """What became of one file.

    Attributes:
        good: lines that went into the landing, now or before.
        rejected: lines that did not.
        is_new: whether something landed that was not there.
        rejects_path: where the rejected lines stand, with their reasons.
    """

    path: Path
    resource: Resource
    good: int = 0
    rejected: int = 0
    is_new: bool = False
    rejects_path: Path | None = None


@dataclass
class ImportSummary:
    """What became of the files of a folder.

    Attributes:
        files: that could be read.
        failures: files that could not, each as one sentence.
    """

    files: list[FileReport] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def skips(self) -> list[Skip]:
        """The lines that were left out, as one for each file."""
        return [
            Skip(
                one.resource.source,
                one.resource.name,
                None,
                f"{one.rejected} of {one.good + one.rejected} lines of {one.path} are no good: "
                f"{one.rejects_path} says why; mend them there, name it otherwise and load it",
            )
            for one in self.files
            if one.rejected
        ]

    @property
    def exit_code(self) -> int:
        """0 done, 1 no file could be read, 3 some lines or files were left out."""
        if self.failures and not self.files:
            return 1
        return 3 if self.failures or any(one.rejected for one in self.files) else 0


def bring(
    settings: Settings, place: Path, sources: Sequence[str] = (), *, run_id: str
) -> ImportSummary:
    """Land all CSV files below a folder, or one file; load then finds them.

    Args:
        settings: the clock, the home, the landing, the universe and the warehouse.
        place: the folder or file.
        sources: only files of these; none means all.
        run_id: the run that this belongs to.

    Raises:
        UsageError: there is nothing to load.
        OriginMismatch: the files are sandbox data and the installation is not, or the reverse.
        DatabaseError, LandingError, SettingsError: nothing can be loaded at all.
    """
    found = _files_below(place)
    with database.connect(settings, "loader", autocommit=True) as connection:
        held = ledger.origin(connection)
        known = identity.read(connection)
    former = [one.as_instrument() for one in known if not one.is_active]
    instruments = [*tracked(settings), *former]
    return _Import(settings, instruments, held=held, run_id=run_id).bring(found, sources)


class _Import:
    """Brings files into a landing.

    Args:
        settings: the clock, the home and the landing.
        instruments: of the universe, and those that have left it.
        context: by source, what parsing knows of them.
        held: the kind of data that the warehouse holds.
        run_id: the run that this belongs to.
    """

    def __init__(
        self,
        settings: Settings,
        instruments: Sequence[Instrument],
        *,
        held: Origin | None,
        run_id: str,
    ) -> None:
        self._settings = settings
        self._instruments = instruments
        self._calendars = Calendars.around(settings.now())
        self._run_id = run_id
        self._landing = Landing(settings.landing_url, settings.landing_options)
        # Files of people carry no mark: they are of the kind of the installation that they enter.
        self._origin: Origin = self._landing.origin() or held or "live"
        self._request_ids = RequestIds()

    def bring(self, paths: Sequence[Path], sources: Sequence[str]) -> ImportSummary:
        summary = ImportSummary()
        for root in sorted({path.resolve().parents[2] for path in paths}):
            csv_stamp.require(root, self._origin)
        for path in paths:
            try:
                resource = _resource_of(path)
                if not sources or resource.source in sources:
                    summary.files.append(self._bring_file(path, resource))
            except CsvError as error:
                summary.failures.append(str(error))
        return summary

    def _bring_file(self, path: Path, resource: Resource) -> FileReport:
        report = FileReport(path, resource)
        with ExitStack() as stack:
            writer: Any = None
            for part in parts(path):
                fetched_at = self._settings.now()
                table = read_table(resource, part.body, str(path))
                checked = self._checker(resource, fetched_at).check(table)
                report.good += checked.good
                report.rejected += len(checked.rejects)
                if checked.rejects and writer is None:
                    report.rejects_path, writer = self._open_rejects(stack, path, resource)
                    writer.writerow([LINE_COLUMN, REASON_COLUMN, *_own(table.header)])
                for line in table.lines:
                    if line.number in checked.rejects:
                        cells = [guard(unguard(cell)) for cell in _own(table.header, line.cells)]
                        number = part.line_in_file(line.number)
                        writer.writerow([number, checked.rejects[line.number], *cells])
                if checked.good:
                    report.is_new |= self._land(path, resource, part, checked, fetched_at)
        return report

    def _checker(self, resource: Resource, now: datetime) -> Checker:
        name = symbol_field(resource.source)
        spellings = {
            one.symbol: str(getattr(one, name))
            for one in self._instruments
            if name is not None and getattr(one, name) is not None
        }
        return Checker(
            resource,
            now,
            ParseContext(resource.source, self._instruments, self._calendars),
            spellings=spellings,
            is_of_universe=not resource.has_others and _is_asked_by_symbol(resource),
        )

    def _land(
        self, path: Path, resource: Resource, part: Part, checked: Checked, fetched_at: datetime
    ) -> bool:
        """Land a part unless it lies there already with the same lines left out."""
        sha256 = hashlib.sha256(part.body).hexdigest()
        rejected = write_ranges(sorted(checked.rejects))
        params = {"first_line": str(part.first_line), REJECTED_LINES: rejected}
        landed = self._landing.list_committed(
            resource.source, resource=resource.name, sha256=sha256
        )
        if any(one.is_file and one.params.get(REJECTED_LINES) == rejected for one in landed):
            return False
        request_id, _ = self._request_ids.next_at(self._settings.now)
        self._landing.write(
            Sidecar(
                request_id=request_id,
                run_id=self._run_id,
                source=resource.source,
                resource=resource.name,
                symbols=checked.symbols,
                params=params,
                url=f"file:{resource.source}/{resource.name}/{path.name}",
                method="FILE",
                status=0,
                outcome="ok",
                error_class=None,
                fetched_at=fetched_at,
                requested_at=datetime.now(UTC),
                sha256=sha256,
                bytes=len(part.body),
                is_redacted=False,
                is_synthetic=self._origin == "sandbox",
                content_type="text/csv",
            ),
            part.body,
        )
        return True

    def _open_rejects(self, stack: ExitStack, path: Path, resource: Resource) -> tuple[Path, Any]:
        """Open the file of rejected lines beside the file, or else in the home."""
        name = path.name.removesuffix(_SUFFIX) + _REJECTED_SUFFIX
        beside = path.with_name(name)
        try:
            file = stack.enter_context(write_atomically(beside))
        except CsvError:
            beside = self._settings.home / "rejected" / resource.source / resource.name / name
            file = stack.enter_context(write_atomically(beside))
        return beside, csv.writer(file, lineterminator="\n")


def _files_below(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise UsageError(f"{place} does not exist: name a folder of CSV files, or one file")
    found = sorted(
        path
        for path in place.rglob(f"*{_SUFFIX}")
        if path.is_file()
        and not path.name.endswith(_REJECTED_SUFFIX)
        and not path.name.startswith(".")
    )
    if not found:
        raise UsageError(
            f"{place} holds no CSV file: they lie in <source>/<resource>/<any name>.csv below it"
        )
    return found


def _resource_of(path: Path) -> Resource:
    """Return whose rows a file holds: its two folders say so.

    Raises:
        CsvError: they name no source or resource.
    """
    source, name = path.resolve().parts[-3:-1]
    if source not in source_names():
        raise CsvError(
            f"{path} lies in no folder of a source: it should be <source>/<resource>/{path.name}, "
            f"and the sources are {', '.join(source_names())}"
        )
    if name not in {one.name for one in resources(source)}:
        known = ", ".join(one.name for one in resources(source))
        raise CsvError(f"{path} lies in no folder of a resource: {source} has {known}")
    return resource_named(source, name)


def _is_asked_by_symbol(resource: Resource) -> bool:
    """Return whether the provider is asked for it by the symbols of the universe."""
    endpoints = provider(resource.source).endpoints
    return any(one.resource == resource.name and one.wants is not None for one in endpoints)


def _own(header: Sequence[str], cells: Sequence[str] | None = None) -> list[str]:
    """Return the header, or the cells below it, without what a file of rejected lines adds."""
    added = {n for n, name in enumerate(header) if name in {LINE_COLUMN, REASON_COLUMN}}
    return [cell for n, cell in enumerate(header if cells is None else cells) if n not in added]
