"""How Twelve Data is asked, and what its answers mean.

It sends errors with a real HTTP status or inside HTTP 200, and in a batch per symbol.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from requests import PreparedRequest

from ingestion.answers import (
    Answer,
    Outcome,
    Slice,
    closes_of,
    parse_json,
    raise_for_status,
    rows_of,
    shorten,
)
from ingestion.errors import (
    AuthenticationError,
    NotCoveredByPlan,
    NotFound,
    ProviderError,
    ProviderFault,
    QuotaExhausted,
    RateLimited,
    ShapeError,
)
from ingestion.planning import Request

_NO_DATA = "no data is available"
_DAILY_WORDS = ("for the day", "daily")
_PLAN_WORDS = ("available starting with", "upgrade", "your plan", "higher tier", "subscription")


def authenticate(request: PreparedRequest, key: str, base_url: str) -> None:  # noqa: ARG001
    """Sign a request."""
    request.headers["Authorization"] = f"apikey {key}"


def credits_left(headers: Mapping[str, str]) -> int | None:
    """Return what is left of this minute's credits, where the answer says so."""
    text = headers.get("api-credits-left", "")
    return int(text) if text.isdigit() else None


def check(answer: Answer, request: Request) -> Outcome:
    """Return what an answer holds of each symbol.

    Raises:
        ProviderError: it holds no data of any symbol.
    """
    where = request.where()
    if answer.status == 429 or answer.status >= 500 or answer.status in (301, 302, 307, 308):
        _raise_error_body(answer, where)
    data = parse_json(answer, where)
    if not isinstance(data, dict):
        raise ShapeError(where, "answered with something else than an object")
    if _is_error(data):
        problem = _error(data, where)
        if problem is not None:
            raise problem
        return Outcome({symbol: Slice(0) for symbol in request.symbols})
    raise_for_status(answer, where)
    if len(request.symbols) == 1:
        data = {request.symbols[0]: data}
    slices: dict[str, Slice] = {}
    problems: dict[str, ProviderError] = {}
    for symbol in request.symbols:
        part = data.get(symbol)
        try:
            slices[symbol] = _slice(part, request, symbol)
        except ProviderError as problem:
            if problem.is_transient or problem.stops_source:
                raise
            problems[symbol] = problem
    if not slices:
        raise next(iter(problems.values()))
    return Outcome(slices, problems)


def _slice(part: Any, request: Request, symbol: str) -> Slice:
    where = request.where(symbol)
    if part is None:
        raise NotFound(where, "it is missing from the answer to a batch")
    if not isinstance(part, dict):
        raise ShapeError(where, "answered with something else than an object")
    if _is_error(part):
        problem = _error(part, where)
        if problem is not None:
            raise problem
        return Slice(0)
    if request.resource == "quotes":
        if "close" not in part:
            raise ShapeError(where, "answered with a quote without a price")
        return Slice(1)
    if request.resource == "instruments":
        return Slice(len(rows_of(part.get("data"), where)))
    values = part.get("values")
    if not isinstance(values, list) or not all(isinstance(row, dict) for row in values):
        raise ShapeError(where, "answered without a list of bars")
    stamps = [str(row["datetime"]) for row in values if "datetime" in row]
    if not stamps:
        return Slice(len(values))
    newest = max(stamps)
    closes = closes_of(values, "datetime", ["close"])
    return Slice(len(values), min(stamps), newest, _instant(newest), closes)


def _is_error(data: dict[str, Any]) -> bool:
    # A failed batch has the keys code, message and status: they are no symbols.
    return data.get("status") == "error" and "message" in data


def _raise_error_body(answer: Answer, where: str) -> None:
    try:
        data = parse_json(answer, where)
    except ProviderFault:
        data = None
    problem = _error(data, where) if isinstance(data, dict) and _is_error(data) else None
    if problem is not None:
        raise problem
    raise_for_status(answer, where)


def _error(data: dict[str, Any], where: str) -> ProviderError | None:
    """Return what an error envelope means; None where it is an empty window."""
    code, message = data.get("code"), shorten(str(data.get("message", "")))
    lower = message.lower()
    if lower.startswith(_NO_DATA):
        return None
    return _kind(code, lower)(where, f"{message} (code {code})")


def _kind(code: Any, lower: str) -> type[ProviderError]:
    """Return what a code and a message in lower case stand for."""
    is_for_plan = code in (402, 403) or any(words in lower for words in _PLAN_WORDS)
    is_unknown = code == 404 or "not found" in lower or "symbol** or **figi" in lower
    kinds: list[tuple[bool, type[ProviderError]]] = [
        (code == 429 and any(words in lower for words in _DAILY_WORDS), QuotaExhausted),
        (code == 429, RateLimited),
        (code == 401, AuthenticationError),
        (is_for_plan, NotCoveredByPlan),
        (is_unknown, NotFound),
        (isinstance(code, int) and code >= 500, ProviderFault),
    ]
    return next((kind for is_it, kind in kinds if is_it), ShapeError)


def _instant(stamp: str) -> datetime | None:
    """Return the instant of a bar: bars within a day are asked for in UTC."""
    try:
        return datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    except ValueError:
        return None
