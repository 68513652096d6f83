"""A load in a process of its own that kills itself at a named moment.

`python -m tests.ingestion.killed_load POINT`, with the settings in the environment.
"""

import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from typing import Any

from ingestion.load import load
from warehouse.settings import load_settings

# Where, and whether just before or just after it. The third is the gap between the commit and
# dlt's own note of it, which wedges a pipeline that goes on from its old package.
_COPY_JOB = "dlt.destinations.impl.postgres.postgres.PostgresCsvCopyJob"
PLACES = {
    "before the filter": ("ingestion.versions", "new_versions", False),
    "before dlt": ("ingestion.pipelines", "run", False),
    "after the commit": (_COPY_JOB, "run", True),
    "before dlt completes": ("dlt.load.load.Load", "complete_package", False),
    "after dlt": ("ingestion.pipelines", "run", True),
    "before the ledger": ("ingestion.ledger", "record", False),
    "after the ledger": ("ingestion.ledger", "record", True),
}
POINTS = tuple(PLACES)


def _die_at(point: str) -> None:
    path, name, is_after = PLACES[point]
    owner = pkgutil.resolve_name(path)
    original: Callable[..., Any] = getattr(owner, name)

    def dying(*arguments: Any, **named: Any) -> Any:
        if is_after:
            original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, name, dying)


if __name__ == "__main__":
    if sys.argv[1] in PLACES:
        _die_at(sys.argv[1])
    summary = load(load_settings(None))
    sys.exit(summary.exit_code)
