"""Load: what has landed and is not yet in raw, into raw. Never the network.

A body is parsed, compared with the newest versions in its table, and what is new is appended
through dlt; then the ledger says that the body is in. Everything can be derived from the landing
again, so a load never goes on where another one stopped: it may be killed anywhere and repeated.
"""

import gc
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
import pyarrow as pa

from ingestion import bodies as landed_bodies
from ingestion import (
    identity,
    index_members,
    ledger,
    raw_tables,
    reference,
    table_locks,
)
from ingestion.appending import append
from ingestion.calendars import Calendars
from ingestion.errors import CsvError, LandingError, LoadError, OriginMismatch, ShapeError
from ingestion.landing import Landing, Origin, Sidecar
from ingestion.ledger import Body
from ingestion.members import tracked
from ingestion.parsing import ParseContext
from ingestion.progress import NoProgress, Progress
from ingestion.resources import resources, source_names
from ingestion.shapes import Resource
from ingestion.universe import Instrument
from warehouse import database
from warehouse.errors import MarketFlowError
from warehouse.run_log import Skip
from warehouse.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

_log = logging.getLogger(__name__)

_CHUNK_ROWS = 250_000
_CHUNK_BYTES = 64 * 1024 * 1024


@dataclass
class ResourceCount:
    """What a load did for one resource.

    Attributes:
        responses: bodies that were read.
        rows: that they hold.
        new_rows: that raw did not have.
        left_out: rows that could not be kept; raw_marketflow.schema_changes says why.
    """

    source: str
    resource: str
    responses: int = 0
    rows: int = 0
    new_rows: int = 0
    left_out: int = 0


@dataclass
class LoadSummary:
    """What a load did.

    Attributes:
        counts: of each resource that had something to load.
        skips: bodies that could not be read, and why. They stay in the landing.
        failures: sources that failed, each as one sentence.
        surprises: `source.resource field: kind`, differences from the declared shapes.
    """

    counts: list[ResourceCount] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows that were added to raw."""
        return sum(count.new_rows for count in self.counts)

    @property
    def exit_code(self) -> int:
        """0 done, 1 nothing could be done, 3 done in part."""
        if self.failures and not self.counts:
            return 1
        return 3 if self.failures or self.skips else 0

    def count(self, resource: Resource) -> ResourceCount:
        """Return the count of a resource, which begins at nothing."""
        for found in self.counts:
            if (found.source, found.resource) == (resource.source, resource.name):
                return found
        made = ResourceCount(resource.source, resource.name)
        self.counts.append(made)
        return made


def load(
    settings: Settings,
    sources: Sequence[str] = (),
    *,
    all: bool = False,  # noqa: A002 - it is the option --all
    progress: Progress | None = None,
) -> LoadSummary:
    """Load what has landed into raw.

    Args:
        settings: where landing and warehouse are.
        sources: only these; none means every source.
        all: read every landed body again, as into an empty warehouse.
        progress: told how far it is.

    Raises:
        OriginMismatch: sandbox data meets live data; nothing was written.
        DatabaseError: the warehouse cannot be reached or is not set up.
        UsageError: there is no such source.
        LoadError, LandingError, SettingsError: nothing can be loaded at all.
    """
    for name in sources:
        resources(name)
    chosen = [name for name in source_names() if not sources or name in sources]
    raw_tables.create(settings)
    with database.connect(settings, "loader", autocommit=True) as connection:
        table_locks.introduce(connection, "load")
        work = _Load(settings, connection, progress or NoProgress(), is_replay=all)
        try:
            work.run(chosen)
        except psycopg.Error as error:
            raise LoadError(
                f"the load stopped at the database ({database.sentence(error, settings)}): run "
                "the same command again, nothing is lost or doubled"
            ) from None
    return work.summary


def with_lineage(table: pa.Table, sidecar: Sidecar) -> pa.Table:
    """Return parsed rows with where they come from; only their hash is missing."""
    for name, value, kind in (
        ("request_id", sidecar.request_id, pa.string()),
        ("response_id", sidecar.response_id, pa.string()),
        # As text: Arrow writes an instant with its zone to CSV at a microsecond for each row.
        ("fetched_at", sidecar.fetched_at.isoformat(), pa.string()),
        ("is_synthetic", sidecar.is_synthetic, pa.bool_()),
    ):
        constant = pa.repeat(pa.scalar(value, kind), table.num_rows)
        table = table.append_column(name, constant)
    return table


class _Load:
    """One load while it runs."""

    def __init__(
        self, settings: Settings, connection: Connection, progress: Progress, *, is_replay: bool
    ) -> None:
        self.summary = LoadSummary()
        self._settings = settings
        self._connection = connection
        self._progress = progress
        self._is_replay = is_replay
        self._landing = Landing(settings.landing_url, settings.landing_options)
        self._calendars = Calendars.around(settings.now())

    def run(self, sources: Sequence[str]) -> None:
        pending = {source: self._pending(source) for source in sources}
        self._require_one_origin([body for bodies in pending.values() for body in bodies])
        instruments = self._write_reference()
        for source, bodies in pending.items():
            if bodies:
                try:
                    self._load_source(source, bodies, instruments)
                except MarketFlowError as error:
                    self.summary.failures.append(f"{source}: {error}")
        if pending.get("fmp"):
            index_members.sync(self._connection, self._settings.now())
        ledger.ship_calls(self._connection, self._settings)

    def _pending(self, source: str) -> list[Sidecar]:
        self._progress.describe(source, "looking for new responses")
        known = frozenset() if self._is_replay else ledger.recorded(self._connection, source)
        try:
            return list(self._landing.list_committed(source, known=known))
        except LandingError as error:
            self.summary.failures.append(f"{source}: {error}")
            return []

    def _require_one_origin(self, bodies: Sequence[Sidecar]) -> None:
        """Hold what comes to the kind of data that the warehouse has, or stamp it with it."""
        coming: set[Origin] = {
            "sandbox" if body.is_synthetic else "live" for body in bodies if body.outcome != "error"
        }
        if not coming:
            return
        held = None if len(coming) > 1 else ledger.stamp(self._connection, min(coming))
        if coming != {held}:
            has = f"the warehouse holds {held} data and " if held is not None else ""
            raise OriginMismatch(
                f"{has}the landing {self._landing.url} brings {' and '.join(sorted(coming))} "
                "data: `marketflow db reset` begins anew, or set MARKETFLOW_HOME and "
                "MARKETFLOW_DATABASE_URL to another installation"
            )

    def _write_reference(self) -> list[Instrument]:
        """Write instruments and sessions; return all instruments that are or were tracked."""
        universe = tracked(self._settings)
        reference.write(self._connection, universe, self._calendars, self._settings.now())
        known = identity.read(self._connection)
        return [*universe, *(row.as_instrument() for row in known if not row.is_active)]

    def _load_source(
        self, source: str, bodies: Sequence[Sidecar], instruments: Sequence[Instrument]
    ) -> None:
        # dlt takes a second to import, and there is not always something to load.
        from ingestion.pipelines import working_directory  # noqa: PLC0415

        context = ParseContext(source, instruments, self._calendars)
        self._progress.describe(source, "loading", total=len(bodies))
        with (
            table_locks.locked(
                self._connection,
                resources(source),
                lambda text: self._progress.describe(source, text),
            ),
            working_directory(self._settings.home) as directory,
        ):
            # What another load did while this one waited is not done again.
            already = ledger.recorded(self._connection, source)
            wanted = [body for body in bodies if self._is_replay or body.request_id not in already]
            self._progress.advance(source, len(bodies) - len(wanted))
            for chunk in self._chunks(wanted, context):
                load_id, new_rows = append(
                    self._connection, source, chunk, self._settings, directory
                )
                ledger.record(
                    self._connection, chunk, load_id=load_id, new_rows=new_rows, already=already
                )
                self._tell(chunk, new_rows)
                self._progress.advance(source, len(chunk))

    def _chunks(self, bodies: Sequence[Sidecar], context: ParseContext) -> Iterator[list[Body]]:
        """Read bodies in the order of their requests, in chunks of a bearable size.

        A clock that was set back ends a chunk: within one, later requests are later versions.
        """
        chunk: list[Body] = []
        newest: datetime | None = None
        rows = size = 0
        for sidecar in bodies:
            is_full = rows >= _CHUNK_ROWS or size >= _CHUNK_BYTES
            if chunk and newest is not None and (is_full or sidecar.fetched_at < newest):
                yield chunk
                chunk, rows, size = [], 0, 0
            newest = sidecar.fetched_at
            body = self._read(sidecar, context)
            if body is not None:
                chunk.append(body)
                rows += body.rows
                size += body.size
        if chunk:
            yield chunk

    def _read(self, sidecar: Sidecar, context: ParseContext) -> Body | None:
        """Return what a body holds; None if it cannot be read and should be tried again."""
        declared = {resource.name: resource for resource in resources(sidecar.source)}
        resource = declared.get(sidecar.resource)
        if resource is None:
            return Body(sidecar, reason="it belongs to no raw table")
        if sidecar.outcome == "error":
            reason = f"the provider gave no data: {sidecar.error_class or 'error'}"
            return Body(sidecar, resource, reason=reason, is_rejected=True)
        if sidecar.outcome == "empty":
            return Body(sidecar, resource)
        return self._parse(sidecar, resource, context)

    def _parse(self, sidecar: Sidecar, resource: Resource, context: ParseContext) -> Body | None:
        try:
            body = self._landing.read_body(sidecar)
            with _collector_at_rest():
                parsed = landed_bodies.parse(resource, body, sidecar, context)
        except ShapeError as error:
            self._skip(sidecar, error.reason)
            return Body(sidecar, resource, reason=error.reason, is_rejected=True)
        except (LandingError, CsvError) as error:
            self._skip(sidecar, str(error))
            return None
        except Exception as error:  # noqa: BLE001 - one body must not keep out all others
            _log.warning("the body %s cannot be parsed", sidecar.path, exc_info=True)
            self._skip(sidecar, f"{sidecar.path} cannot be parsed: {type(error).__name__}")
            return None
        return Body(
            sidecar,
            resource,
            with_lineage(parsed.table, sidecar),
            parsed.surprises,
            parsed.left_out,
            len(body),
        )

    def _skip(self, sidecar: Sidecar, reason: str) -> None:
        symbol = ", ".join(sidecar.symbols) or None
        self.summary.skips.append(Skip(sidecar.source, sidecar.resource, symbol, reason))

    def _tell(self, chunk: Sequence[Body], new_rows: Mapping[str, int]) -> None:
        for body in chunk:
            if body.resource is None:
                continue
            count = self.summary.count(body.resource)
            count.responses += 1
            count.rows += body.rows
            count.new_rows += new_rows.get(body.sidecar.request_id, 0)
            count.left_out += body.left_out
            for surprise in body.surprises:
                text = f"{body.resource.source}.{body.resource.name} {surprise.field}"
                text += f": {surprise.kind.replace('_', ' ')}"
                if text not in self.summary.surprises:
                    self.summary.surprises.append(text)
                    _log.warning("%s, for example %r", text, surprise.example)


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Spare JSON the garbage collector, which looks for cycles that it never has, at great cost."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
