"""Embedded servers for tests: a free port to begin with, and nothing left at the end."""

import shutil
import socket

from warehouse import embedded
from warehouse.embedded import account, cluster
from warehouse.settings import Settings


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def remove(settings: Settings) -> None:
    """Stop the embedded server of these settings and delete its data, also root's copy."""
    embedded.stop(settings)
    directory = cluster.locate(settings.home).directory
    shutil.rmtree(directory, ignore_errors=True)
    for aside in account.SYSTEM_DIRECTORY.glob(f"{directory.name}-without-home-*"):
        shutil.rmtree(aside, ignore_errors=True)
