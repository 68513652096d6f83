"""A lock between processes, kept by the operating system, so that a killed holder frees it."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from warehouse.errors import DatabaseError

_POLL_SECONDS = 0.05


@contextmanager
def locked(path: Path, *, wait_seconds: float = 300) -> Iterator[None]:
    """Hold the lock on the file `path`, which is made when it is missing and stays.

    Raises:
        DatabaseError: another process holds it for longer than `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    with path.open("a+b") as file:
        while not _try_lock(file):
            if time.monotonic() > deadline:
                raise DatabaseError(
                    f"another process has held {path} for {wait_seconds:.0f} seconds: "
                    "wait for it to finish, or end it, and try again"
                )
            time.sleep(_POLL_SECONDS)
        try:
            yield
        finally:
            _unlock(file)


if sys.platform == "win32":
    import msvcrt

    def _try_lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(file: IO[bytes]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
