"""Load's memory in raw_marketflow: which responses are in raw, what was strange, what was asked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, cast

import psycopg
import pyarrow as pa

from ingestion.journal import FILE_NAME, Journal
from ingestion.landing import Origin, Sidecar
from ingestion.parsing import Surprise
from ingestion.plans import Plans, plans_of
from ingestion.shapes import Resource
from warehouse.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

_ENTRY: LiteralString = """
insert into raw_marketflow.loaded_responses as known (
    request_id, source, resource, landing_path, response_id, fetched_at, loaded_at,
    row_count, new_row_count, load_id, status, reason
)
values (
    %(request_id)s, %(source)s, %(resource)s, %(landing_path)s, %(response_id)s,
    %(fetched_at)s, now(), %(row_count)s, %(new_row_count)s, %(load_id)s, %(status)s, %(reason)s
)
on conflict (request_id) do update
set
    loaded_at = excluded.loaded_at,
    row_count = excluded.row_count,
    new_row_count = excluded.new_row_count,
    load_id = excluded.load_id,
    status = excluded.status,
    reason = excluded.reason
where excluded.load_id is not null or known.status != excluded.status
"""
_SURPRISE: LiteralString = """
insert into raw_marketflow.schema_changes as known (
    source, resource, field, kind, example, request_id, first_seen_at, seen_count
)
values (
    %(source)s, %(resource)s, %(field)s, %(kind)s, %(example)s, %(request_id)s,
    %(first_seen_at)s, %(count)s
)
on conflict (source, resource, field, kind) do update
set seen_count = known.seen_count + excluded.seen_count
"""
_CALL: LiteralString = """
insert into raw_marketflow.api_calls (
    request_id, run_id, source, resource, symbols, url, requested_at, duration_ms, status,
    outcome, error, credits, attempt, response_id, bytes, fetched_at, plan,
    credits_per_minute, credits_per_day
)
values (
    %(request_id)s, %(run_id)s, %(source)s, %(resource)s, %(symbols)s, %(url)s,
    %(requested_at)s, %(duration_ms)s, %(status)s, %(outcome)s, %(error)s, %(credits)s,
    %(attempt)s, %(response_id)s, %(bytes)s, %(fetched_at)s, %(plan)s,
    %(credits_per_minute)s, %(credits_per_day)s
)
on conflict (request_id) do nothing
"""


@dataclass(frozen=True)
class Body:
    """A landed body after it was read, and what the ledger says of it.

    Attributes:
        resource: None where no raw table takes its kind.
        table: its rows with their lineage; None where it has none.
        size: bytes.
        reason: why it has no rows, where that needs a word.
        is_rejected: whether it should have had rows and cannot be read.
    """

    sidecar: Sidecar
    resource: Resource | None = None
    table: pa.Table | None = None
    surprises: tuple[Surprise, ...] = ()
    left_out: int = 0
    size: int = 0
    reason: str | None = None
    is_rejected: bool = False

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return 0 if self.table is None else int(self.table.num_rows)

    @property
    def status(self) -> str:
        """What became of it: loaded, empty or rejected."""
        if self.is_rejected:
            return "rejected"
        return "loaded" if self.rows else "empty"


def recorded(connection: Connection, source: str) -> frozenset[str]:
    """Return the request ids of a source that are in the ledger."""
    rows = connection.execute(
        "select request_id from raw_marketflow.loaded_responses where source = %s", [source]
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def record(
    connection: Connection,
    bodies: Sequence[Body],
    *,
    load_id: str | None,
    new_rows: Mapping[str, int],
    already: Collection[str],
) -> None:
    """Write bodies to the ledger, and what was strange about them to schema_changes.

    Args:
        connection: in no transaction.
        bodies: whose rows are in raw.
        load_id: dlt's, where it ran.
        new_rows: by request id.
        already: requests that the ledger has had before, so that nothing is counted twice.
    """
    entries = [
        {
            "request_id": body.sidecar.request_id,
            "source": body.sidecar.source,
            "resource": body.sidecar.resource,
            "landing_path": body.sidecar.path,
            "response_id": body.sidecar.response_id,
            "fetched_at": body.sidecar.fetched_at,
            "row_count": body.rows,
            "new_row_count": new_rows.get(body.sidecar.request_id, 0),
            "load_id": load_id if body.sidecar.request_id in new_rows else None,
            "status": body.status,
            "reason": body.reason,
        }
        for body in bodies
    ]
    surprises = [
        {
            "source": body.sidecar.source,
            "resource": body.sidecar.resource,
            "request_id": body.sidecar.request_id,
            "first_seen_at": body.sidecar.fetched_at,
            **vars(surprise),
        }
        for body in bodies
        if body.sidecar.request_id not in already
        for surprise in body.surprises
    ]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(_ENTRY, entries)
        cursor.executemany(_SURPRISE, surprises)


def stamp(connection: Connection, origin: Origin) -> Origin:
    """Stamp the warehouse with the kind of its first data, and return the stamp that it has."""
    with connection.transaction():
        connection.execute(
            "insert into raw_marketflow.warehouse_stamp (origin, stamped_at)"
            " values (%s, now()) on conflict do nothing",
            [origin],
        )
        row = connection.execute("select origin from raw_marketflow.warehouse_stamp").fetchone()
    return cast("tuple[Origin]", row)[0]


def origin(connection: Connection) -> Origin | None:
    """Return the kind of data that the warehouse holds; None before the first."""
    row = connection.execute("select origin from raw_marketflow.warehouse_stamp").fetchone()
    return None if row is None else cast("Origin", row[0])


def ship_calls(connection: Connection, settings: Settings) -> int:
    """Write extract's calls to raw_marketflow.api_calls, each once, with what the plan allows.

    Returns:
        how many.
    """
    if not (settings.home / FILE_NAME).exists():
        return 0
    shipped = 0
    plans = plans_of(settings)
    with Journal(settings.home) as journal:
        while calls := journal.unshipped_calls():
            limits = {call.source: _limits(call.source, settings, plans) for call in calls}
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(
                    _CALL,
                    [
                        vars(call) | {"symbols": list(call.symbols)} | limits[call.source]
                        for call in calls
                    ],
                )
            journal.mark_shipped([call.request_id for call in calls])
            shipped += len(calls)
    return shipped


def _limits(source: str, settings: Settings, plans: Plans) -> dict[str, Any]:
    """Return what the plan of a source is called and allows, as columns of api_calls."""
    address = settings.provider(source)
    quota = plans.quota(source, address.plan)
    return {
        "plan": address.plan,
        "credits_per_minute": quota.per_minute(has_key=address.api_key is not None),
        "credits_per_day": quota.credits_per_day,
    }
