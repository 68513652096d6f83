"""FRED: bodies to rows. Rows name no series: it is the one that was asked for."""

from typing import Any

from ingestion.errors import ShapeError
from ingestion.landing import Sidecar
from ingestion.parsing import (
    ParseContext,
    Parsed,
    Surprise,
    read_json,
    tabulate,
    where,
)
from ingestion.resources import resource
from ingestion.sources.fred import graph
from ingestion.values import as_text

_ENVELOPE = frozenset(
    {
        "realtime_start",
        "realtime_end",
        "observation_start",
        "observation_end",
        "units",
        "output_type",
        "file_type",
        "order_by",
        "sort_order",
        "count",
        "offset",
        "limit",
        "observations",
        "seriess",
        "releases",
        "release_dates",
    }
)
_ROWS = {
    "series": "seriess",
    "observations": "observations",
    "series_releases": "releases",
    "release_dates": "release_dates",
}


def parse(resource_name: str, body: bytes, sidecar: Sidecar, _: ParseContext) -> Parsed:
    """Return the rows of a landed body.

    Raises:
        ShapeError: the body is no answer of this endpoint.
    """
    declared = resource("fred", resource_name)
    if resource_name == "keyless_observations":
        series_id = _series_id(sidecar)
        given_apart = {"series_id": series_id, "retrieved_from": "keyless_csv"}
        return tabulate(declared, graph.rows(body, series_id, where(sidecar)), given=given_apart)
    document = read_json(body, sidecar)
    rows_name = _ROWS[resource_name]
    if not isinstance(document, dict) or not isinstance(document.get(rows_name), list):
        raise ShapeError(where(sidecar), f"the body has no list `{rows_name}`")
    strangers = [
        Surprise(name, "unknown_key", as_text(value)[:200])
        for name, value in document.items()
        if name not in _ENVELOPE
    ]
    rows: list[Any] = document[rows_name]
    given: dict[str, str | None] = {}
    if resource_name in {"observations", "series_releases"}:
        given["series_id"] = _series_id(sidecar)
    if resource_name == "observations":
        given["window_realtime_start"] = _window(document, "realtime_start")
        given["window_realtime_end"] = _window(document, "realtime_end")
    return tabulate(declared, rows, given=given).also(strangers)


def _series_id(sidecar: Sidecar) -> str:
    if len(sidecar.symbols) != 1:
        raise ShapeError(where(sidecar), "it was not asked for by one series")
    return sidecar.symbols[0]


def _window(document: dict[str, Any], name: str) -> str | None:
    value = document.get(name)
    return None if value is None else as_text(value)
