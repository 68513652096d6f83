"""dbt as a child process: what it is told, and what becomes of what it says."""

import json
import logging
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingestion.progress import Progress
from warehouse.errors import MarketFlowError
from warehouse.redaction import redact
from warehouse.settings import PROJECT_ROOT, Settings

_log = logging.getLogger(__name__)

_CHECKS = frozenset({"LogTestResult", "LogUnitTestResult", "LogFreshnessResult"})
_RESULTS = _CHECKS | {
    "LogModelResult",
    "LogSeedResult",
    "LogFunctionResult",
    "LogSnapshotResult",
}
_NOISE = re.compile(
    r"^(Database|Runtime|Compilation) Error( in .*)?$|^LINE \d+:|^\^$|^compiled code"
)


class DbtError(MarketFlowError):
    """dbt could not do its work, or a check of it failed."""


@dataclass
class Outcome:
    """What dbt did.

    Attributes:
        code: its exit code; 0 when nothing failed.
        models: how many models, seeds and functions were built.
        checks: how many checks ended in each status: pass, warn, fail, error, skipped.
        findings: a line for each failure and each warning.
        complaint: why dbt could not begin, or nothing.
    """

    code: int = 0
    models: int = 0
    checks: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    complaint: str = ""

    def require_success(self, what: str) -> None:
        """Raise DbtError, with the first findings, unless all went well."""
        if self.code == 0:
            return
        failed = [line for line in self.findings if not line.startswith("warning")]
        story = self.complaint or "; ".join(failed[:3]) or f"it ended with exit code {self.code}"
        more = f"; and {len(failed) - 3} more" if len(failed) > 3 and not self.complaint else ""
        raise DbtError(f"{what} failed: {story}{more} (all of it in {log_path()})")


@dataclass(frozen=True)
class _Task:
    """One task of a progress."""

    progress: Progress
    name: str

    def describe(self, text: str, *, total: int | None = None) -> None:
        self.progress.describe(self.name, text, total=total)

    def advance(self) -> None:
        self.progress.advance(self.name)


def log_path() -> Path:
    """Return the log file of dbt."""
    return PROJECT_ROOT / os.environ.get("DBT_LOG_PATH", "logs") / "dbt.log"


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment of dbt: the present and the watchlist, since dbt reads no file."""
    present = {"MARKETFLOW_NOW": settings.now().isoformat()} if settings.frozen_now else {}
    return {
        **os.environ,
        **present,
        "MARKETFLOW_WATCHLIST": settings.watchlist,
        "MARKETFLOW_TRIGGER": "command_line",
        "DBT_PROFILES_DIR": str(settings.profiles_directory),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def run(settings: Settings, arguments: Sequence[str], progress: Progress) -> Outcome:
    """Run `dbt <arguments>` to its end and return what became of it.

    Args:
        settings: whose database it works on.
        arguments: the command and its options.
        progress: told of each node that is done.
    """
    command = [sys.executable, "-m", "dbt.cli.main", "--log-format", "json", *arguments]
    process = subprocess.Popen(
        command,
        cwd=PROJECT_ROOT,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )
    assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
    try:
        outcome = read(process.stdout, progress, f"dbt {arguments[0]}", settings.secrets())
        outcome.code = process.wait()
    finally:
        process.stdout.close()
        if process.poll() is None:
            process.terminate()
            process.wait()
    return outcome


def read(
    lines: Iterable[str], progress: Progress, task: str, secrets: Iterable[str] = ()
) -> Outcome:
    """Return what dbt's JSON log tells, telling `progress` on the way."""
    outcome = Outcome()
    known = list(secrets)
    told = _Task(progress, task)
    for line in lines:
        event = _event(line)
        if event is None:
            _log.info("dbt: %s", line.rstrip())
            continue
        message = redact(str(event["info"].get("msg") or ""), known).strip()
        if message:
            _log.info("dbt: %s", message)
        _take(event, message, outcome, told)
    return outcome


def _event(line: str) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and isinstance(event.get("info"), dict) else None


def _take(event: dict[str, Any], message: str, outcome: Outcome, told: _Task) -> None:
    """Add what an event tells to the outcome."""
    name, data = event["info"].get("name"), event.get("data") or {}
    node = data.get("node_info") or {}
    if name == "ConcurrencyLine":
        told.describe("running", total=int(data.get("node_count") or 0) or None)
    elif name in _RESULTS:
        status = (
            str(data.get("status") or node.get("node_status")).split(" ", maxsplit=1)[0].lower()
        )
        if name in _CHECKS:
            outcome.checks[status] += 1
        elif node.get("node_status") == "success":
            outcome.models += 1
        told.describe(str(data.get("description") or data.get("name") or name))
        told.advance()
        if name == "LogFreshnessResult" and status != "pass":
            table = f"{data.get('source_name')}.{data.get('table_name')}"
            outcome.findings.append(f"{_severity(status)}: {table} is not fresh")
    elif name == "SkippingDetails":
        outcome.checks["skipped"] += node.get("resource_type") in {"test", "unit_test"}
        told.advance()
    elif name in {"RunResultError", "RunResultWarningMessage"}:
        severity = "error" if name == "RunResultError" else "warning"
        story = _story(str(data.get("msg") or message))
        outcome.findings.append(f"{severity}: {node.get('node_name')}: {story}")
    elif name == "MainEncounteredError":
        outcome.complaint = _story(str(data.get("exc") or message))


def _story(message: str) -> str:
    """Return what matters of an error's lines: no title, no position, no path."""
    lines = [line.strip() for line in message.splitlines()]
    story = [line for line in lines if line and not _NOISE.match(line)]
    return " ".join(story) or message.strip()


def _severity(status: str) -> str:
    return "warning" if status == "warn" else "error"
