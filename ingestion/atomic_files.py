"""Text files that appear whole or not at all."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ingestion.errors import CsvError


@contextmanager
def write_atomically(path: Path) -> Iterator[TextIO]:
    """Yield a file that takes the name `path` when the block ends well, and is gone otherwise.

    Raises:
        CsvError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("w", encoding="utf-8", newline="") as file:
                yield file
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise CsvError(
            f"{path} cannot be written ({error.strerror}): make room and make its folder writable"
        ) from None
