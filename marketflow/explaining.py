"""What a landed response says today about the raw rows that were made from it.

Readers know raw rows and where their responses lie; only here do both meet ingestion, which can
read the landing and parse.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from ingestion import bodies
from ingestion.calendars import Calendars
from ingestion.errors import LandingError
from ingestion.landing import Landing, Sidecar
from ingestion.members import tracked
from ingestion.parsing import ParseContext
from ingestion.resources import resource as resource_named
from warehouse.errors import MarketFlowError
from warehouse.settings import Settings

SAME = "the landed body yields this row"
ABSENT = "the landing of this machine does not hold the body"


def compare_with_landing(settings: Settings, entries: Iterable[dict[str, Any]]) -> None:
    """Parse the response of each raw entry again and note under `parsed_again` what came of it.

    Args:
        settings: where the landing is.
        entries: as `reporting.explain.raw_entries` yields them; changed in place.
    """
    landing = Landing(settings.landing_url, settings.landing_options)
    calendars = Calendars.around(settings.now())
    universe = tracked(settings)

    @cache
    def rows_of(source: str, resource: str, sha256: str, request_id: str) -> Any:
        sidecar = _sidecar(landing, source, resource, sha256, request_id)
        if sidecar is None:
            return ABSENT
        try:
            body = landing.read_body(sidecar)
            context = ParseContext(source, universe, calendars)
            parsed = bodies.parse(resource_named(source, resource), body, sidecar, context)
        except (LandingError, MarketFlowError) as error:
            return str(error)
        return parsed.table.to_pylist()

    for entry in entries:
        response = entry["response"]
        if response is None:
            continue
        rows = rows_of(
            response["source"], response["resource"], response["sha256"], response["request_id"]
        )
        entry["parsed_again"] = rows if isinstance(rows, str) else _verdict(entry["row"], rows)


def _sidecar(
    landing: Landing, source: str, resource: str, sha256: str, request_id: str
) -> Sidecar | None:
    found = landing.list_committed(source, resource=resource, sha256=sha256)
    return next((one for one in found if one.request_id == request_id), None)


def _verdict(raw: dict[str, Any], rows: list[dict[str, Any]]) -> str:
    """Return whether a raw row is among the rows of its response, value for value."""
    if any(all(raw[name] == value for name, value in row.items()) for row in rows):
        return SAME
    return f"none of its {len(rows)} rows is this one: was the body or the parser changed?"
