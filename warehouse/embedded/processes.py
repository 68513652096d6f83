"""The processes of one cluster: every postgres whose working directory is its data directory.

`pg_ctl status` errs for a while after a kill -9 and when a stale pid file names a living
process, so the process table is asked instead.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

_POLL_SECONDS = 0.05
_HAS_PROC = Path("/proc/self/cwd").exists()


def of_cluster(data_directory: Path) -> list[int]:
    """Return the process ids of the servers that run on this data directory, postmaster first."""
    if _HAS_PROC:
        found = [path for path in Path("/proc").glob("[0-9]*") if _serves(path, data_directory)]
        return sorted(int(path.name) for path in found)
    return _from_lsof(data_directory) if can_see() else []


def can_see() -> bool:
    """Whether the processes of a cluster can be found on this machine at all."""
    return _HAS_PROC or shutil.which("lsof") is not None


def postmaster(data_directory: Path) -> int | None:
    """Return the living process that the pid file names, if it serves this data directory."""
    claimed = claimed_by(data_directory)
    if claimed is None:
        return None
    if _HAS_PROC:
        return claimed if _serves(Path("/proc", str(claimed)), data_directory) else None
    return claimed if claimed in of_cluster(data_directory) else None


def claimed_by(data_directory: Path) -> int | None:
    """Return the process id in the pid file, alive or not; None when it is missing or empty."""
    try:
        text = (data_directory / "postmaster.pid").read_text(encoding="utf-8")
        return int(text.splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def end(data_directory: Path, *, wait_seconds: float = 60) -> bool:
    """End every server process on this data directory and return whether all are gone.

    A postmaster is asked for a fast shutdown, then for an immediate one; backends that lost
    theirs are terminated one by one.
    """
    for wave in ("SIGINT", "SIGQUIT"):
        leader = postmaster(data_directory)
        if leader is not None:
            _send(leader, wave)
            wait_until_gone(data_directory, wait_seconds=wait_seconds / 3)
    for wave in ("SIGTERM", "SIGQUIT"):
        for process in of_cluster(data_directory):
            _send(process, wave)
        if wait_until_gone(data_directory, wait_seconds=wait_seconds / 6):
            return True
    return False


def wait_until_gone(data_directory: Path, *, wait_seconds: float) -> bool:
    """Wait until no server process is left on this data directory; False when time is up."""
    deadline = time.monotonic() + wait_seconds
    while of_cluster(data_directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL_SECONDS)
    return True


def _send(process: int, wave: str) -> None:
    try:
        os.kill(process, signal.Signals[wave])
    except ProcessLookupError:
        return


def _serves(process: Path, data_directory: Path) -> bool:
    try:
        if str((process / "cwd").readlink()) != os.path.realpath(data_directory):
            return False
        fields = (process / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # gone meanwhile, or another account's
        return False
    name = fields.split("(", 1)[1].rsplit(")", 1)[0]
    state = fields.rsplit(")", 1)[1].split()[0]
    return name.startswith("postgres") and state != "Z"


def _from_lsof(data_directory: Path) -> list[int]:
    listing = subprocess.run(
        ["lsof", "-a", "-c", "postgres", "-d", "cwd", "-Fpn"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    ).stdout
    wanted = os.path.realpath(data_directory)
    found, process = [], 0
    for line in listing.splitlines():
        if line.startswith("p"):
            process = int(line[1:])
        elif line == f"n{wanted}":
            found.append(process)
    return sorted(found)
