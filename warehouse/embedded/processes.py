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
_WAVES = ["SIGTERM", "SIGINT", "SIGQUIT"]


def of_cluster(data_directory: Path) -> list[int]:
    """Return the process ids of the servers that run on this data directory, postmaster first."""
    if Path("/proc/self/cwd").exists():
        return _from_proc(data_directory)
    return _from_lsof(data_directory) if shutil.which("lsof") else []


def end(data_directory: Path, *, wait_seconds: float = 30) -> bool:
    """End every server process on this data directory and return whether all are gone.

    First SIGTERM (a lone backend rolls back and leaves; a postmaster waits for its clients),
    then SIGINT (a postmaster disconnects them), at last SIGQUIT.
    """
    for wave in _WAVES:
        for process in of_cluster(data_directory):
            _send(process, wave)
        if wait_until_gone(data_directory, wait_seconds=wait_seconds / 3):
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


def _from_proc(data_directory: Path) -> list[int]:
    wanted = os.path.realpath(data_directory)
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str((process / "cwd").readlink()) != wanted:
                continue
            fields = (process / "stat").read_text(encoding="utf-8", errors="replace")
        except OSError:  # gone meanwhile, or another account's
            continue
        name, state = fields.split("(", 1)[1].rsplit(")", 1)[0], fields.rsplit(")", 1)[1].split()[0]
        if name.startswith("postgres") and state != "Z":
            found.append(int(process.name))
    return sorted(found)


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
