"""Logs: JSON lines in a file a day under the home, and one line a message on a terminal.

Every line names its run, and holds no secret. Libraries (dlt, urllib3, Dagster, ...) log here too,
their warnings and worse.
"""

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from warehouse.redaction import redact
from warehouse.settings import Settings, load_settings

LIBRARIES = (
    "aiobotocore",
    "botocore",
    "dagster",
    "dlt",
    "exchange_calendars",
    "redis",
    "requests",
    "s3fs",
    "sqlalchemy",
    "urllib3",
    "uvicorn",
)

_KEPT_FILES = 14
_KEPT_BYTES = 200_000_000
_runs: list[str] = []


def begin(settings: Settings, screen: IO[str]) -> None:
    """Send what is logged in this process to the file of the day, and warnings to a screen.

    Args:
        settings: the home, the level and the secrets.
        screen: where people read.
    """
    root = logging.getLogger()
    root.setLevel(settings.log_level)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    if root.handlers:
        return
    lines = logging.StreamHandler(screen)
    lines.setLevel(logging.WARNING)
    lines.setFormatter(_OneLine(settings.secrets()))
    lines.addFilter(lambda record: not _is_library(record))
    root.addHandler(lines)
    file = DailyFile(settings)
    file.addFilter(lambda record: record.levelno >= logging.WARNING or not _is_library(record))
    root.addHandler(file)
    # dlt keeps its messages from the root, and takes a handler that it finds.
    logging.getLogger("dlt").handlers = [_ToRoot()]


@contextmanager
def of_run(run_id: str) -> Iterator[None]:
    """Name a run in whatever is logged inside, from any thread."""
    _runs.append(run_id)
    try:
        yield
    finally:
        _runs.remove(run_id)


def directory(settings: Settings) -> Path:
    """Return where the files are."""
    return settings.home / "logs"


class DailyFile(logging.Handler):
    """Appends JSON lines to `marketflow-<UTC day>.jsonl`; processes may share the file.

    The newest two weeks are kept, and of those no more than 200 MB before today. A home that
    cannot be written is no reason to fail: a command that needs it says so itself.

    Args:
        settings: the home and the secrets; without them those of the environment.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__()
        settings = settings or load_settings()
        self._directory = directory(settings)
        self._file: IO[str] | None = None
        self.path = self._directory
        self.setFormatter(_JsonLine(settings.secrets()))

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, each day to another file."""
        path = self._directory / f"marketflow-{datetime.now(UTC):%Y-%m-%d}.jsonl"
        try:
            if self._file is None or path != self.path:
                self._open(path)
            if self._file is not None:
                # One write for one line, so that lines of several processes do not mix.
                self._file.write(self.format(record) + "\n")
                self._file.flush()
        except OSError:
            self._shut()

    def close(self) -> None:
        """Close the file."""
        self._shut()
        super().close()

    def _shut(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, path: Path) -> None:
        self._shut()
        self._directory.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        self.path = path
        _prune(self._directory, path)


class _JsonLine(logging.Formatter):
    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        values = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "run_id": _runs[-1] if _runs else None,
            "process": os.getpid(),
            "thread": record.threadName,
        }
        values |= getattr(record, "fields", {})
        if record.exc_info:
            values["exception"] = self.formatException(record.exc_info)
        clean = {
            name: redact(value, self._secrets) if isinstance(value, str) else value
            for name, value in values.items()
        }
        return json.dumps(clean, ensure_ascii=False)


class _OneLine(logging.Formatter):
    """For people: no traceback, which the file has."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__()
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        message = " ".join(record.getMessage().split())
        return redact(f"{record.levelname.lower()}: {message}", self._secrets)


class _ToRoot(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        logging.getLogger().handle(record)


def _is_library(record: logging.LogRecord) -> bool:
    return record.name.partition(".")[0] in LIBRARIES


def _prune(where: Path, current: Path) -> None:
    """Remove what is too old, or too much; another process may be faster."""
    kept_bytes = 0
    older = sorted(where.glob("marketflow-*.jsonl"), reverse=True)
    for number, path in enumerate(older, start=1):
        try:
            kept_bytes += path.stat().st_size if path != current else 0
            if path != current and (number > _KEPT_FILES or kept_bytes > _KEPT_BYTES):
                path.unlink()
        except FileNotFoundError:
            continue
