"""A dbt that stays: it starts once, and parses once for a database and a clock."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from warehouse.settings import PROJECT_ROOT

# Commands come as lines of JSON with their environment; exit codes and what dbt said go back.
_SERVER = """
import contextlib, io, json, os, sys
from dbt.cli.main import dbtRunner
answers = sys.stdout
for line in sys.stdin:
    command = json.loads(line)
    os.environ.clear()
    os.environ.update(command["environment"])
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        result = dbtRunner().invoke(command["arguments"])
    if result.exception:
        said.write(str(result.exception))
    code = 0 if result.success else 2 if result.exception else 1
    print(json.dumps({"code": code, "said": said.getvalue()}), file=answers, flush=True)
"""


class DbtProcess:
    """dbt as one child process for many commands."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._complaints = (directory / "dbt_process.log").open("w", encoding="utf-8")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER],
            cwd=PROJECT_ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
        )

    def run(self, arguments: Sequence[str], environment: dict[str, str]) -> tuple[int, str]:
        """Return the exit code of a command and what it printed."""
        assert self._process.stdin and self._process.stdout
        command = {"arguments": list(arguments), "environment": environment}
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"dbt is gone: {self._complaints.name}"
        answer = json.loads(line)
        return answer["code"], answer["said"]

    def end(self) -> None:
        """Let it finish."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._complaints.close()
