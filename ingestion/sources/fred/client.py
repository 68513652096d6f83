"""How FRED is asked, and what its answers mean.

It takes its key in the query alone, and answers every error with HTTP 400 and a message.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from requests import PreparedRequest

from ingestion.answers import (
    Answer,
    Outcome,
    Slice,
    parse_json,
    raise_for_status,
    shorten,
    try_json,
)
from ingestion.errors import AuthenticationError, NotFound, RateLimited, ShapeError
from ingestion.planning import Request
from ingestion.sources.fred import graph

_RETRY_SECONDS = 20.0


def authenticate(request: PreparedRequest, key: str, base_url: str) -> None:  # noqa: ARG001
    """Sign a request."""
    request.prepare_url(request.url, {"api_key": key})


def credits_left(headers: Mapping[str, str]) -> int | None:  # noqa: ARG001
    """Return None: it sends no such header."""
    return None


def check(answer: Answer, request: Request) -> Outcome:
    """Return what an answer holds.

    Raises:
        ProviderError: it holds no data.
    """
    where = request.where()
    if request.resource == "keyless_observations":
        return graph.check(answer, request.symbols[0], where)
    data = try_json(answer)
    if isinstance(data, dict) and "error_message" in data:
        _raise_error(answer, data, where)
    raise_for_status(answer, where)
    if data is None:
        data = parse_json(answer, where)
    if not isinstance(data, dict):
        raise ShapeError(where, "answered with something else than an object")
    (symbol,) = request.symbols
    if request.lands_as == "vintage_dates":
        dates = _list(data, "vintage_dates", where)
        return Outcome({symbol: Slice(len(dates))}, facts=_page(data) | {"dates": dates})
    if request.resource == "series":
        return Outcome({symbol: Slice(len(_list(data, "seriess", where)))})
    if "series_releases" in (request.resource, request.lands_as):
        releases = _list(data, "releases", where)
        return Outcome({symbol: Slice(len(releases))}, facts={"releases": _ids(releases, where)})
    if request.resource == "release_dates":
        dates = _list(data, "release_dates", where)
        return Outcome({symbol: Slice(len(dates))}, facts=_page(data))
    rows = _list(data, "observations", where)
    starts = [
        start
        for row in rows
        if isinstance(row, dict) and isinstance(start := row.get("realtime_start"), str)
    ]
    newest = max(starts, default=None)
    part = Slice(len(rows), min(starts, default=None), newest, _instant(newest))
    return Outcome({symbol: part}, facts=_page(data))


def _raise_error(answer: Answer, data: dict[str, Any], where: str) -> None:
    message = " ".join(str(data["error_message"]).split())
    lower = message.lower()
    what = f"{shorten(message)} (HTTP {answer.status})"
    if "api_key" in lower:
        raise AuthenticationError(where, what)
    if "does not exist" in lower:
        raise NotFound(where, what)
    if answer.status == 429 or data.get("error_code") == 429:
        raise RateLimited(where, what, retry_after=_RETRY_SECONDS)
    raise_for_status(answer, where, message)
    raise ShapeError(where, what)


def _list(data: dict[str, Any], key: str, where: str) -> list[Any]:
    rows = data.get(key)
    if not isinstance(rows, list):
        raise ShapeError(where, f"answered without the list {key}")
    return rows


def _ids(releases: list[Any], where: str) -> list[int]:
    ids = [one.get("id") if isinstance(one, dict) else None for one in releases]
    if not all(isinstance(one, int) for one in ids):
        raise ShapeError(where, "answered with a release that has no id")
    return [one for one in ids if isinstance(one, int)]


def _page(data: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value := data.get(name), int) else 0
        for name in ("count", "offset", "limit")
    }


def _instant(stamp: str | None) -> datetime | None:
    try:
        return None if stamp is None else datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    except ValueError:
        return None
