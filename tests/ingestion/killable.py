"""Extract and load in processes of their own that kill themselves at a chosen moment.

They are forked from one that has imported everything, so that a round takes no import.
"""

import multiprocessing
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from ingestion import job
from warehouse.settings import Settings

_COPY_JOB = "dlt.destinations.impl.postgres.postgres.PostgresCsvCopyJob"
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "ingestion.pipelines",
        "dlt.load.load",
        "dlt.destinations.impl.postgres.postgres",
        *(f"ingestion.sources.{name}.source" for name in ("coingecko", "fmp", "fred")),
        "ingestion.sources.twelve_data.source",
        "tests.ingestion.killable",
    ]
)

# What goes on at the moments that a run is made of. The last is the gap between the commit and
# dlt's own note of it, which wedges a pipeline that goes on from its old package.
PLACES = {
    "request": "ingestion.http.Transport.send",
    "landing": "ingestion.landing.Landing.write",
    "filter": "ingestion.versions.new_versions",
    "normalise": "dlt.normalize.normalize.Normalize.run",
    "staging": f"{_COPY_JOB}.run",
    "commit": "dlt.load.load.Load.complete_package",
    "dlt": "ingestion.pipelines.run",
    "ledger": "ingestion.ledger.record",
}


@dataclass(frozen=True)
class Moment:
    """When a process dies.

    Attributes:
        place: one of PLACES.
        entry: the how manieth time that it comes there.
        after: whether once it is done there; or so many seconds after it has begun.
    """

    place: str
    entry: int = 1
    after: float | Literal["done"] = 0.0


def start(
    settings: Settings,
    task: Literal["ingest", "extract", "load"],
    *arguments: Any,
    die_at: Moment | None = None,
) -> BaseProcess:
    """Start a function of `ingestion.job`; the exit code is that of its summary."""
    process = _FORKS.Process(target=_perform, args=(settings, task, arguments, die_at))
    process.start()
    return process


def finish(*processes: BaseProcess) -> Sequence[int | None]:
    """Wait for processes, and return their exit codes; that of a killed one is negative."""
    for process in processes:
        process.join(timeout=120)
    codes = [process.exitcode for process in processes]
    for process in processes:
        process.kill()
    return codes


def _perform(
    settings: Settings, task: str, arguments: Sequence[Any], die_at: Moment | None
) -> None:
    if die_at is not None:
        _die_at(die_at)
    work = {"ingest": job.ingest, "extract": job.extract_only, "load": job.load_only}[task]
    summary = work(settings, *arguments)
    if die_at is not None and die_at.after != "done":
        # It was faster than its death, which is still to come.
        threading.Event().wait(30)
    sys.stderr.write("\n".join(summary.failures))
    sys.exit(summary.exit_code)


def _die_at(moment: Moment) -> None:
    path, _, name = PLACES[moment.place].rpartition(".")
    owner = pkgutil.resolve_name(path)
    original: Callable[..., Any] = getattr(owner, name)
    entries = iter(range(1, sys.maxsize))

    def dying(*arguments: Any, **named: Any) -> Any:
        if next(entries) != moment.entry:
            return original(*arguments, **named)
        if moment.after == "done":
            original(*arguments, **named)
        elif moment.after > 0:
            threading.Timer(moment.after, _die).start()
            return original(*arguments, **named)
        return _die()

    setattr(owner, name, dying)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
