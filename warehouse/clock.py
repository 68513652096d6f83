"""The one clock of the project: the real one, or the instant that MARKETFLOW_NOW freezes.

Pacing, timeouts, durations, tokens and load ids use the real clock instead.
"""

from datetime import UTC, datetime
from pathlib import Path

from warehouse.errors import SettingsError


def now(frozen: str | None = None) -> datetime:
    """Return the present in UTC.

    Args:
        frozen: the value of MARKETFLOW_NOW: an ISO instant, `@file` (read afresh on every
            call, so that it can be advanced under running processes), or None for the clock.

    Raises:
        SettingsError: the value is no instant with a time zone, or the file cannot be read.
    """
    if frozen is None:
        return datetime.now(UTC)
    return parse_instant(_read(frozen))


def parse_instant(text: str) -> datetime:
    """Return an ISO instant, such as `2016-12-30T21:30:00Z`, in UTC."""
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise SettingsError(
            f"MARKETFLOW_NOW is {text.strip()!r}, which is no instant with a time zone: "
            "write it like 2016-12-30T21:30:00Z"
        )
    return instant.astimezone(UTC)


def _read(frozen: str) -> str:
    if not frozen.startswith("@"):
        return frozen
    path = Path(frozen[1:])
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"MARKETFLOW_NOW names the file {path}, which cannot be read: {error.strerror}"
        ) from None
