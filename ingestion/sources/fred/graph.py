"""The CSV that FRED's website gives away without a key: latest values, no vintages. Pure."""

import csv
from datetime import UTC, datetime
from typing import Any

from ingestion.answers import Answer, Outcome, Slice, raise_for_status
from ingestion.errors import NotFound, ProviderFault, ShapeError

_DATE_HEADERS = frozenset({"DATE", "observation_date"})


def check(answer: Answer, symbol: str, where: str) -> Outcome:
    """Return what an answer holds.

    Raises:
        ProviderError: it holds no data.
    """
    if answer.status == 403:
        raise ProviderFault(where, "HTTP 403: the website turned a program away")
    raise_for_status(answer, where)
    if answer.body.lstrip()[:1] == b"<":
        raise NotFound(where, "answered with a web page instead of a CSV")
    if not answer.body.endswith(b"\n"):
        raise ProviderFault(where, "answered with a CSV that breaks off")
    dates = [row["date"] for row in rows(answer.body, symbol, where) if isinstance(row, dict)]
    newest = max(dates, default=None)
    return Outcome({symbol: Slice(len(dates), min(dates, default=None), newest, _instant(newest))})


def rows(body: bytes, symbol: str, where: str) -> list[Any]:
    """Return date and value of each line; a line of another length as the list that it is.

    Raises:
        ShapeError: it is no CSV of that series.
    """
    lines = list(csv.reader(body.decode("utf-8-sig", "replace").splitlines()))
    header = lines[0] if lines else []
    if len(header) != 2 or header[0] not in _DATE_HEADERS or header[1].upper() != symbol.upper():
        raise ShapeError(where, "the body is no CSV of dates and values of that series")
    return [{"date": line[0], "value": line[1]} if len(line) == 2 else line for line in lines[1:]]


def _instant(stamp: str | None) -> datetime | None:
    try:
        return None if stamp is None else datetime.fromisoformat(stamp).replace(tzinfo=UTC)
    except ValueError:
        return None
