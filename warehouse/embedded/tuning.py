"""PostgreSQL's settings for analytics, from the memory and processors of the machine."""

import os
import shutil
from pathlib import Path

_MEGABYTE = 1024**2
_GIGABYTE = 1024**3
_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - looked at, never written


def settings(memory: int, processors: int) -> dict[str, str]:
    """Return the settings of postgresql.conf for a machine.

    The server shares the machine with everything else of this project, so it takes a quarter
    of the memory for its buffers and leaves the rest to queries, Python and the page cache.

    Args:
        memory: bytes of memory.
        processors: count of processors.
    """
    return {
        "shared_buffers": _megabytes(memory // 4, 128 * _MEGABYTE, 8 * _GIGABYTE),
        "effective_cache_size": _megabytes(memory // 2, 256 * _MEGABYTE, 1024 * _GIGABYTE),
        "work_mem": _megabytes(memory // 128, 8 * _MEGABYTE, 256 * _MEGABYTE),
        "maintenance_work_mem": _megabytes(memory // 16, 64 * _MEGABYTE, _GIGABYTE),
        "max_wal_size": _megabytes(memory // 4, _GIGABYTE, 8 * _GIGABYTE),
        # Nothing replicates this server; CREATE TABLE AS then writes almost no WAL.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "random_page_cost": "1.1",
        "max_parallel_workers": str(processors),
        "max_parallel_workers_per_gather": str(max(1, processors // 2)),
    }


def machine_memory() -> int:
    """Return the bytes of memory that this process may use, a container's limit included."""
    limits = [_physical_memory()]
    for path in _CGROUP_LIMITS:
        try:
            limits.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # no such cgroup, or "max"
            continue
    return min(limits)


def machine_processors() -> int:
    """Return the count of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared_memory_settings() -> dict[str, str]:
    """Return settings for a container whose /dev/shm is too small for parallel queries."""
    if not _SHARED_MEMORY.is_dir() or shutil.disk_usage(_SHARED_MEMORY).total >= _GIGABYTE:
        return {}
    return {"dynamic_shared_memory_type": "mmap"}


def _physical_memory() -> int:
    if not hasattr(os, "sysconf"):
        return 8 * _GIGABYTE
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _megabytes(wanted: int, least: int, most: int) -> str:
    return f"{min(max(wanted, least), most) // _MEGABYTE}MB"
