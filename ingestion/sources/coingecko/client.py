"""How CoinGecko is asked, and what its answers mean.

Its errors come in four shapes; `error` may be text or an object, `status` a number or an object.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest

from ingestion.answers import (
    Answer,
    Outcome,
    Slice,
    parse_json,
    raise_for_status,
    retry_after,
    rows_of,
    shorten,
    try_json,
)
from ingestion.errors import (
    AuthenticationError,
    NotCoveredByPlan,
    NotFound,
    ProviderError,
    RateLimited,
    ShapeError,
)
from ingestion.planning import Request

_DAY_MS = 86_400_000
_LATEST_MS = 253_402_300_799_000  # the end of the year 9999
_KEY_PROBLEMS = frozenset({10002, 10010, 10011})
_NEEDS_PLAN = 10005
_TOO_OLD = 10012
_PRO_HOST = re.compile(r"(^|[^a-z])pro([^a-z]|$)")


def authenticate(request: PreparedRequest, key: str, base_url: str) -> None:
    """Sign a request: the host of paying customers takes another header than the public one."""
    address = urlsplit(base_url)
    is_pro = _PRO_HOST.search(f"{address.hostname}{address.path}".lower()) is not None
    request.headers["x-cg-pro-api-key" if is_pro else "x-cg-demo-api-key"] = key


def credits_left(headers: Mapping[str, str]) -> int | None:  # noqa: ARG001
    """Return None: it sends no such header."""
    return None


def check(answer: Answer, request: Request) -> Outcome:
    """Return what an answer holds of each coin.

    Raises:
        ProviderError: it holds no data.
    """
    where = request.where()
    data = try_json(answer)
    if isinstance(data, dict):
        _raise_error(answer, data, where)
    raise_for_status(answer, where)
    if data is None:
        data = parse_json(answer, where)
    if request.resource == "global":
        return _whole_market(data, where)
    if request.resource == "coin_markets" and request.symbols:
        return _markets(rows_of(data, where), request)
    if not request.symbols:
        return Outcome({"": Slice(len(rows_of(data, where)))})
    (coin,) = request.symbols
    if request.resource == "ohlc":
        points = data
    else:
        points = data.get("prices") if isinstance(data, dict) else None
    if not isinstance(points, list) or not all(isinstance(point, list) for point in points):
        raise ShapeError(where, "answered without a list of points")
    stamps = [_stamp(point) for point in points]
    return Outcome({coin: Slice(len(points), newest_at=_newest(stamps))})


def _markets(rows: list[dict[str, Any]], request: Request) -> Outcome:
    """Coins that it does not know are left out of its answer without a word."""
    found = {str(row.get("id")) for row in rows}
    problems: dict[str, ProviderError] = {
        coin: NotFound(request.where(coin), "it is missing from the answer")
        for coin in request.symbols
        if coin not in found
    }
    return Outcome({coin: Slice(1) for coin in request.symbols if coin in found}, problems)


def _whole_market(data: Any, where: str) -> Outcome:
    market = data.get("data") if isinstance(data, dict) else None
    if not isinstance(market, dict):
        raise ShapeError(where, "answered without the object data")
    return Outcome({"": Slice(1)})


def _raise_error(answer: Answer, data: dict[str, Any], where: str) -> None:
    error, status = data.get("error"), data.get("status")
    details = error.get("status") if isinstance(error, dict) else status
    details = details if isinstance(details, dict) else {}
    code = details.get("error_code")
    message = str(details.get("error_message") or (error if isinstance(error, str) else ""))
    if not details and not isinstance(error, str):
        return
    what = f"HTTP {answer.status} ({shorten(message)})"
    if code in (_TOO_OLD, _NEEDS_PLAN):
        raise NotCoveredByPlan(where, what, is_whole_resource=code == _NEEDS_PLAN)
    if code in _KEY_PROBLEMS:
        raise AuthenticationError(where, what)
    if code == 429 or answer.status == 429:
        raise RateLimited(where, what, retry_after=retry_after(answer))
    if "not found" in message.lower():
        raise NotFound(where, what)
    raise_for_status(answer, where, message)
    raise ShapeError(where, what)


def _stamp(point: list[Any]) -> int | None:
    value = point[0] if point else None
    is_instant = isinstance(value, int) and not isinstance(value, bool) and 0 < value < _LATEST_MS
    return value if is_instant else None


def _newest(stamps: list[int | None]) -> datetime | None:
    known = [stamp for stamp in stamps if stamp is not None]
    # The last point of a daily chart is no day but the present moment.
    whole_days = [stamp for stamp in known if stamp % _DAY_MS == 0]
    newest = max(whole_days or known, default=None)
    return None if newest is None else datetime.fromtimestamp(newest / 1000, UTC)
