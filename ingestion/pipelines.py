"""dlt, told everything it needs: no configuration file, no environment, no telemetry."""

import importlib
import secrets
import shutil
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers.doc import CustomLoaderDocProvider
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.exceptions import DltException
from dlt.common.runtime.run_context import RunContext

from ingestion.errors import LoadError
from warehouse import database, file_lock
from warehouse.errors import DatabaseError
from warehouse.settings import Settings

_LOCK_FILE = "in_use.lock"
_MAKING_LOCK_FILE = "dlt.lock"
# dlt knows one context in a process: loads in several threads take turns.
_TURN = threading.Lock()


class _OurContext(RunContext):
    """A run context whose only configuration is ours and whose only place is one directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(str(directory))
        self._global_dir = str(directory)

    def initial_providers(self) -> list[ConfigProvider]:
        return [CustomLoaderDocProvider("marketflow", _configuration)]


def _configuration() -> dict[str, Any]:
    return {
        "runtime": {"dlthub_telemetry": False, "log_level": "WARNING"},
        "data_writer": {"disable_compression": True, "compression": "none"},
        "enable_runtime_trace": False,
        # Everything can be loaded from the landing again: no load goes on from another one.
        "restore_from_destination": False,
    }


@contextmanager
def working_directory(home: Path) -> Iterator[Path]:
    """Give a load a fresh directory for dlt, gone afterwards, in which nothing outside counts.

    What killed loads left behind is removed too: their locks are free.
    """
    top = home / "dlt"
    top.mkdir(parents=True, exist_ok=True)
    with _TURN, ExitStack() as held:
        # One process at a time: a directory whose lock its maker has not yet taken looks like one
        # that a killed load left behind.
        with file_lock.locked(home / _MAKING_LOCK_FILE):
            for left in top.glob("load-*"):
                _remove_if_dead(left)
            directory = top / f"load-{secrets.token_hex(8)}"
            directory.mkdir()
            held.enter_context(file_lock.locked(directory / _LOCK_FILE))
        try:
            # Set before dlt makes a context of its own, which reads files wherever it stands.
            context = PluggableRunContext(_OurContext(directory))
            with Container().injectable_context(context):
                yield directory
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def pipeline_for(source: str, settings: Settings, directory: Path) -> dlt.Pipeline:
    """Return the pipeline of a source: `marketflow_<source>` into the schema `raw_<source>`.

    Args:
        source: one of those below `ingestion/sources`.
        settings: where the warehouse is.
        directory: where it works.
    """
    return dlt.pipeline(
        pipeline_name=f"marketflow_{source}",
        pipelines_dir=str(directory),
        destination=dlt.destinations.postgres(credentials=database.dsn(settings, "loader")),
        dataset_name=f"raw_{source}",
    )


def run(source: str, tables: Mapping[str, pa.Table], settings: Settings, directory: Path) -> str:
    """Append rows to the raw tables of a source, and return dlt's load id.

    Args:
        source: one of those below `ingestion/sources`.
        tables: rows with their lineage, by resource.
        settings: where the warehouse is.
        directory: as `working_directory` gives it.

    Raises:
        LoadError: dlt or the database failed; each table has all of its rows or none.
    """
    held = dict(tables)
    # dlt keeps the stack of its caller for as long as the process lives, in the traceback of an
    # exception that it stores: in a thread of its own that stack holds no rows.
    with ThreadPoolExecutor(1, thread_name_prefix="dlt") as alone:
        try:
            return alone.submit(_run, source, held, settings, directory).result()
        finally:
            held.clear()


def _run(source: str, tables: Mapping[str, pa.Table], settings: Settings, directory: Path) -> str:
    module = importlib.import_module(f"ingestion.sources.{source}.source")
    data = getattr(module, source)(tables).with_resources(*tables)
    try:
        info = pipeline_for(source, settings, directory).run(data, loader_file_format="csv")
        info.raise_on_failed_jobs()
    except (DltException, OSError) as error:
        raise LoadError(
            f"the rows of {source} cannot be written ({_sentence(error, settings)}): run the "
            "same command again, nothing is lost or doubled"
        ) from None
    return str(info.loads_ids[0])


def _sentence(error: BaseException, settings: Settings) -> str:
    """Return what lies at the bottom of an error, in one line without secrets."""
    cause = error
    while (deeper := cause.__cause__ or cause.__context__) is not None:
        cause = deeper
    return database.sentence(cause, settings)


def _remove_if_dead(directory: Path) -> None:
    with suppress(DatabaseError, OSError), file_lock.locked(directory / _LOCK_FILE, wait_seconds=0):
        shutil.rmtree(directory, ignore_errors=True)
