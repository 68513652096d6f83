"""What providers answer, and the first look at it: is it data at all?"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from math import inf
from typing import Any

from ingestion.errors import (
    AuthenticationError,
    NotCoveredByPlan,
    NotFound,
    ProviderError,
    ProviderFault,
    RateLimited,
    ShapeError,
)

_SHOWN_LENGTH = 200


@dataclass(frozen=True)
class Answer:
    """A response as it came, keys taken out of its body.

    Attributes:
        headers: by lower-case name.
        received_at: when, by the real clock; Retry-After dates count from it.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Slice:
    """What an answer holds of one symbol.

    Attributes:
        rows: how many; 0 is an answer too.
        oldest: the stamp of its oldest row, as the provider sent it.
        newest: likewise.
        newest_at: the instant up to which the data reaches; None where the rows do not say.
        closes: of bars, by their stamps: whether history was restated shows in them.
    """

    rows: int
    oldest: str | None = None
    newest: str | None = None
    newest_at: datetime | None = None
    closes: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What an answer holds: per symbol either data or the reason why there is none.

    Attributes:
        slices: by provider symbol; the symbol is empty where the endpoint knows none.
        problems: by provider symbol.
        facts: what the answer says about the request as a whole, such as a row count.
    """

    slices: Mapping[str, Slice]
    problems: Mapping[str, ProviderError] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether it holds no row at all."""
        return all(part.rows == 0 for part in self.slices.values())


def parse_json(answer: Answer, where: str) -> Any:
    """Return the body as JSON.

    Raises:
        ProviderFault: it is none: cut short, an HTML page, or nothing.
    """
    if not answer.body.strip():
        raise ProviderFault(where, f"answered HTTP {answer.status} with an empty body")
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        kind = "an HTML page" if answer.body.lstrip()[:1] == b"<" else "broken JSON"
        raise ProviderFault(where, f"answered HTTP {answer.status} with {kind}") from None


def try_json(answer: Answer) -> Any:
    """Return the body as JSON, or None where it is none."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def raise_for_status(answer: Answer, where: str, message: str = "") -> None:
    """Raise what an HTTP status means anywhere; return where it is 200.

    Args:
        answer: the response.
        where: what was asked for.
        message: the provider's own words, where it sent any.
    """
    status = answer.status
    if status == 200:
        return
    what = f"HTTP {status}" + (f" ({shorten(message)})" if message else "")
    if status == 401:
        raise AuthenticationError(where, what)
    if status in (402, 403):
        raise NotCoveredByPlan(where, what)
    if status in (404, 410):
        raise NotFound(where, what)
    if status == 429:
        raise RateLimited(where, what, retry_after=retry_after(answer))
    if status in (204, 408, 423, 425) or status >= 500 or 300 <= status < 400:
        raise ProviderFault(where, what, retry_after=retry_after(answer))
    raise ShapeError(where, what)


def retry_after(answer: Answer) -> float | None:
    """Return the seconds that a Retry-After header asks for, never negative."""
    text = answer.headers.get("retry-after", "").strip()
    if text.lstrip("-").isdigit():
        return max(0.0, float(text))
    try:
        instant = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return max(0.0, (instant - answer.received_at).total_seconds())


def shorten(text: str) -> str:
    """Return a provider's words as one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_LENGTH else line[:_SHOWN_LENGTH] + "..."


def rows_of(data: Any, where: str) -> list[dict[str, Any]]:
    """Return JSON that should be a list of objects.

    Raises:
        ShapeError: it is not.
    """
    if not isinstance(data, list) or not all(isinstance(row, dict) for row in data):
        raise ShapeError(where, "answered with something else than a list of objects")
    return data


def closes_of(
    rows: Iterable[Mapping[str, Any]], stamp: str, names: Sequence[str]
) -> dict[str, float]:
    """Return the positive closes of bars by their stamps.

    Args:
        rows: as they were sent.
        stamp: the field of the stamp.
        names: fields that may hold the close; the first one that a row has counts.
    """
    closes = {}
    for row in rows:
        close = next((row[name] for name in names if name in row), None)
        try:
            number = float(close)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            continue
        if stamp in row and 0 < number < inf:
            closes[str(row[stamp])] = number
    return closes


def span(stamps: list[str]) -> tuple[str | None, str | None]:
    """Return the least and greatest of some stamps that sort as text."""
    return (min(stamps), max(stamps)) if stamps else (None, None)
