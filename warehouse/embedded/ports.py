"""Which TCP ports of 127.0.0.1 are free, and who holds one that is not."""

import errno
import socket
import sys
from pathlib import Path

from warehouse.embedded.identity import HOST

_LISTENING = "0A"


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        if sys.platform == "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            # As PostgreSQL does: connections that linger after a stop do not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def next_free(port: int) -> int | None:
    """Return the first free port from `port` on, among the next hundred."""
    return next((p for p in range(port, min(port + 100, 65536)) if is_free(p)), None)


def holder(port: int) -> str:
    """Return who listens on the port, as far as this account may know."""
    inodes = _listening_inodes(port)
    if inodes:
        for process in Path("/proc").glob("[0-9]*"):
            if _holds(process, inodes):
                name = (process / "comm").read_text(encoding="utf-8").strip()
                return f"{name} (process {process.name})"
    return "another program"


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        try:
            lines = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(fields[9])
    return inodes


def _holds(process: Path, inodes: set[str]) -> bool:
    wanted = {f"socket:[{inode}]" for inode in inodes}
    try:
        entries = list((process / "fd").iterdir())
    except OSError:  # gone meanwhile, or not ours to look at
        return False
    return any(_target(entry) in wanted for entry in entries)


def _target(link: Path) -> str | None:
    try:
        return str(link.readlink())
    except OSError:  # closed meanwhile
        return None
