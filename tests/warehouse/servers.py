"""Embedded servers for tests: a free port to begin with, and nothing left at the end."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.embedded import cluster, processes
from warehouse.embedded.account import Account
from warehouse.settings import PROJECT_ROOT, Settings, load_settings


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def remove(settings: Settings) -> None:
    """Stop the embedded server of these settings and delete its data, also root's copy."""
    found = cluster.locate(settings.home)
    processes.end(found.data)
    shutil.rmtree(found.directory, ignore_errors=True)


class Watch:
    """Removes servers when the tests end, also when they are killed.

    A process of its own waits for the end of its input, which comes with the end of this one.
    """

    def __init__(self) -> None:
        code = (
            "import sys; lines = sys.stdin.read().split(chr(10));"
            " from tests.warehouse import servers; servers.remove_all(lines)"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )

    def over(self, settings: Settings) -> None:
        """Remove the server of these settings in the end."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{settings.home}\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """Remove what is left now and wait for it."""
        self._process.communicate(timeout=120)


def remove_all(homes: list[str]) -> None:
    """Remove the servers of these homes, whatever is left of them."""
    for home in filter(None, homes):
        with suppress(Exception):
            remove(load_settings(None, home_dir=Path(home)))


def kill(settings: Settings) -> None:
    """Kill the postmaster with SIGKILL and wait until it is gone; its backends may live on."""
    postmaster = int(cluster.locate(settings.home).pid_file.read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    wait_until(lambda: not is_alive(postmaster))


def is_alive(process: int) -> bool:
    """Whether a process runs; one that ended and waits to be reaped does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until(is_so: Callable[[], bool], *, seconds: float = 30) -> None:
    """Wait for a condition that another process brings about."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        threading.Event().wait(0.02)


def python_for_everyone() -> str | None:
    """Return an interpreter of this version that any user can run, or None."""
    found = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    return str(found) if found.exists() else None


@contextmanager
def public_directory(user: Account) -> Iterator[Path]:
    """A directory of another user's that lies under directories that everybody can pass."""
    with tempfile.TemporaryDirectory(prefix="marketflow test ", dir="/var/tmp") as name:
        directory = Path(name)
        user.take(directory)
        yield directory
