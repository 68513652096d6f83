"""Instants as people type them."""

from datetime import UTC, datetime

from warehouse.errors import UsageError


def parse(text: str | None) -> datetime | None:
    """Return an instant, in UTC unless it names another zone; None for None.

    Raises:
        UsageError: it is none.
    """
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no instant: write it like 2016-06-18T00:00:00Z") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
