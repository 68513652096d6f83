"""How it is asked, and what its answers mean."""

from collections.abc import Mapping
from datetime import UTC, datetime

from requests import PreparedRequest

from ingestion.answers import Answer, Outcome, Slice, parse_json, raise_for_status, rows_of, span
from ingestion.planning import Request


def authenticate(request: PreparedRequest, key: str, base_url: str) -> None:
    """Sign a request."""
    request.headers["X-Openmarket-Key"] = key


def credits_left(headers: Mapping[str, str]) -> int | None:
    """Return None: it sends no such header."""
    return None


def check(answer: Answer, request: Request) -> Outcome:
    """Return what an answer holds."""
    where = request.where()
    raise_for_status(answer, where)
    rows = rows_of(parse_json(answer, where), where)
    oldest, newest = span([str(row.get("day")) for row in rows])
    newest_at = None if newest is None else datetime.fromisoformat(newest).replace(tzinfo=UTC)
    (symbol,) = request.symbols
    return Outcome({symbol: Slice(len(rows), oldest, newest, newest_at)})
