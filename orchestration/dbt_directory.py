"""Where a build of dbt writes: a directory of its own, some 15 MB that stay only when it failed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from warehouse.settings import Settings

_PARSED = "partial_parse.msgpack"


@contextmanager
def of_run(settings: Settings, run_id: str, manifest: Path) -> Iterator[Path]:
    """Yield the directory of a run, which goes with the run where that ends well.

    Else it stays among the log files, with dbt's own log and the SQL that it ran, until they are
    dropped.

    Args:
        settings: in whose home it lies.
        run_id: of Dagster.
        manifest: beside which lies what was parsed: dbt need not do that again.
    """
    directory = settings.home / "logs" / "dbt" / run_id
    directory.mkdir(parents=True, exist_ok=True)
    parsed = manifest.with_name(_PARSED)
    if parsed.exists():
        shutil.copyfile(parsed, directory / _PARSED)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
