"""How Financial Modeling Prep is asked, and what its answers mean.

Data is always a JSON list. What is not a list is an error, whatever its HTTP status.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

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
    try_json,
)
from ingestion.errors import (
    AuthenticationError,
    NotCoveredByPlan,
    ProviderFault,
    QuotaExhausted,
    RateLimited,
    ShapeError,
)
from ingestion.planning import Request

_NEW_YORK = ZoneInfo("America/New_York")
_PLAN_WORDS = ("restricted endpoint", "premium query", "special endpoint", "special parameters")
_DATED = frozenset({"eod_prices", "intraday_prices", "treasury_rates"})
_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}( \d{2}:\d{2}:\d{2})?")


def authenticate(request: PreparedRequest, key: str, base_url: str) -> None:  # noqa: ARG001
    """Sign a request."""
    request.headers["apikey"] = key


def credits_left(headers: Mapping[str, str]) -> int | None:  # noqa: ARG001
    """Return None: it sends no such header."""
    return None


def check(answer: Answer, request: Request) -> Outcome:
    """Return what an answer holds.

    Raises:
        ProviderError: it holds no data.
    """
    where = request.where()
    data = try_json(answer)
    _raise_error(answer, data, where)
    if data is None:
        data = parse_json(answer, where)
    if data == {}:
        return Outcome({symbol: Slice(0) for symbol in request.symbols or ("",)})
    symbol = request.symbols[0] if request.symbols else ""
    rows = rows_of(data, where)
    if request.resource == "quotes":
        return _quotes(rows, request)
    if request.resource not in _DATED:
        return Outcome({symbol: Slice(len(rows))})
    stamps = [row["date"] for row in rows if _STAMP.fullmatch(str(row.get("date", "")))]
    if not stamps:
        return Outcome({symbol: Slice(len(rows))})
    newest = max(stamps)
    closes = closes_of(rows, "date", ["adjClose", "close"])
    return Outcome({symbol: Slice(len(rows), min(stamps), newest, _instant(newest), closes)})


def _quotes(rows: list[dict[str, Any]], request: Request) -> Outcome:
    """Return how many quotes there are of each symbol; what is not named has none."""
    counts = Counter(plain_symbol(str(row.get("symbol", ""))) for row in rows)
    return Outcome({symbol: Slice(counts[plain_symbol(symbol)]) for symbol in request.symbols})


def plain_symbol(symbol: str) -> str:
    """Return a symbol without what is written in more than one way: BRK.B, BRK-B."""
    return symbol.upper().replace(".", "-")


def _raise_error(answer: Answer, data: Any, where: str) -> None:
    if isinstance(data, list) and answer.status == 200:
        return
    message = _message(answer, data)
    lower = message.lower()
    what = f"HTTP {answer.status} ({shorten(message)})" if message else f"HTTP {answer.status}"
    if "invalid api key" in lower:
        raise AuthenticationError(where, what)
    if "bandwidth limit" in lower:
        raise QuotaExhausted(where, what)
    if "limit reach" in lower:
        raise RateLimited(where, what)
    if any(words in lower for words in _PLAN_WORDS) or "legacy endpoint" in lower:
        is_whole = "restricted endpoint" in lower or "legacy endpoint" in lower
        raise NotCoveredByPlan(where, what, is_whole_resource=is_whole)
    if data == {} and answer.status == 200:
        return
    raise_for_status(answer, where, message)
    if isinstance(data, dict) and "Error Message" in data:
        raise ShapeError(where, what)
    if data is None and not answer.body.strip():
        raise ProviderFault(where, "HTTP 200 with an empty body")


def _message(answer: Answer, data: Any) -> str:
    if isinstance(data, dict):
        return str(data.get("Error Message") or data.get("message") or "")
    if data is None and not answer.body.lstrip().startswith((b"<", b"[", b"{")):
        return answer.body[:1000].decode("utf-8", "replace")
    return ""


def _instant(stamp: str) -> datetime | None:
    """Return the instant of a row: a date, or a wall-clock time in New York."""
    try:
        naive = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return naive.replace(tzinfo=UTC if len(stamp) == 10 else _NEW_YORK).astimezone(UTC)
