"""What kind of data a folder of CSV files holds: sandbox data must not pass for live data."""

import json
from pathlib import Path
from typing import cast

from ingestion.atomic_files import write_atomically
from ingestion.errors import OriginMismatch
from ingestion.landing import Origin

_STAMP = "_origin.json"


def read(folder: Path) -> Origin | None:
    """Return the stamp of a folder, None where it has none: somebody's own files."""
    try:
        found = json.loads((folder / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return cast("Origin", found.get("origin")) if isinstance(found, dict) else None


def require(folder: Path, origin: Origin) -> None:
    """Hold a folder to the kind of data that it is stamped with, if it is.

    Raises:
        OriginMismatch: it holds the other kind.
    """
    held = read(folder)
    if held is not None and held != origin:
        raise OriginMismatch(
            f"{folder} holds {held} data, and here is {origin} data: move that folder away, or "
            "name another one"
        )


def write(folder: Path, origin: Origin) -> None:
    """Stamp a folder, or hold it to its stamp.

    Raises:
        OriginMismatch: it holds the other kind of data.
        CsvError: it cannot be written.
    """
    require(folder, origin)
    if read(folder) is None:
        with write_atomically(folder / _STAMP) as file:
            json.dump({"origin": origin}, file)
