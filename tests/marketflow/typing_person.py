"""Someone who types `marketflow ...`, in this process or in one of its own."""

import logging
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from marketflow import cli, session
from warehouse.settings import PROJECT_ROOT, load_settings


@dataclass(frozen=True)
class Typed:
    """What came of a command."""

    code: int
    out: str
    err: str

    @property
    def error_lines(self) -> list[str]:
        """The lines by which it failed."""
        return [line for line in self.err.splitlines() if line.startswith("error: ")]


@dataclass
class Terminal:
    """Types commands in this process, heeding no `.env`."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]
    home: Path

    def set(self, **variables: str) -> None:
        """Set environment variables for what is typed from now on."""
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def types(self, *arguments: str) -> Typed:
        """Run `marketflow <arguments>`."""
        self.monkeypatch.setattr(sys, "argv", ["marketflow", *arguments])
        self.monkeypatch.setattr(session, "load_settings", partial(load_settings, None))
        root = logging.getLogger()
        kept, root.handlers = root.handlers, []
        self.capsys.readouterr()
        try:
            cli.main()
            code: int | str | None = 0
        except SystemExit as end:
            code = end.code
        finally:
            for handler in root.handlers:
                handler.close()
            root.handlers = kept
        printed = self.capsys.readouterr()
        return Typed(int(code or 0), printed.out, printed.err)


def start(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """Start `marketflow <arguments>` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "marketflow", *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
