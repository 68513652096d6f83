"""What every provider's wire format is made of: requests, answers, and ways to write JSON."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ingestion.sandbox.market import MarketView

JSON_TYPE = "application/json; charset=utf-8"

# The one key that every provider of the sandbox refuses, so that a wrong key can be tried out.
REFUSED_KEY = "bad"


@dataclass(frozen=True)
class Request:
    """One GET request to one provider.

    Attributes:
        path: below the provider's base URL, without slashes at its ends.
        query: its parameters.
        headers: its headers, by lower-case name.
        view: the market as it is known at the moment of the request.
    """

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    view: MarketView


@dataclass(frozen=True)
class Answer:
    """One response."""

    body: bytes
    status: int = 200
    content_type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[Request], Answer]


def compact(value: Any, status: int = 200) -> Answer:
    """Return `value` as JSON without white space."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return Answer(text.encode(), status)


def indented(rows: Iterable[Mapping[str, Any]]) -> Answer:
    """Return flat objects as a JSON array, two blanks deep: what FMP sends."""
    written = [
        "  {\n"
        + ",\n".join(f'    "{key}": {scalar(value)}' for key, value in row.items())
        + "\n  }"
        for row in rows
    ]
    text = "[\n" + ",\n".join(written) + "\n]" if written else "[]"
    return Answer(text.encode())


def scalar(value: str | float | bool | None) -> str:
    """Return the JSON of a scalar; a whole float is written as JavaScript writes it, `4`."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if type(value) is int:
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def whole_number(text: str | None, default: int) -> int | None:
    """Return the whole number in `text`, `default` when there is none, None when it is not one."""
    if text is None or text == "":
        return default
    return int(text) if text.isdecimal() and len(text) < 10 else None


def day(text: str | None, default: date) -> date | None:
    """Return the date in `text`, `default` when there is none, None when it is not one."""
    if text is None or text == "":
        return default
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def listed(text: str) -> Sequence[str]:
    """Return the members of a comma-separated list."""
    return [member for member in text.split(",") if member]
