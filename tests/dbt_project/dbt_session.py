"""One dbt that runs several commands in one process: it starts once."""

import json
import os
import subprocess
import sys
from types import TracebackType

from tests.dbt_project.conftest import Project
from warehouse.settings import PROJECT_ROOT

# Commands come as lines, and the answer is whether they succeeded. What dbt says goes to stderr.
SERVER = """
import contextlib, json, sys
from dbt.cli.main import dbtRunner
answers = sys.stdout
with contextlib.redirect_stdout(sys.stderr):
    for line in sys.stdin:
        # Not from one manifest: ephemeral models are compiled into it once.
        print(dbtRunner().invoke(json.loads(line)).success, file=answers, flush=True)
"""


class DbtSession:
    """A context in which `run` builds models."""

    def __init__(self, project: Project) -> None:
        self._said = project.directory / "session.log"
        with self._said.open("w", encoding="utf-8") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVER],
                cwd=PROJECT_ROOT,
                env={**os.environ, **project.environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
            )

    def run(self, *arguments: str) -> None:
        """Run a command of dbt that has to succeed."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(arguments) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        assert answer == "True", self._said.read_text(encoding="utf-8")[-8000:]

    def __enter__(self) -> "DbtSession":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
