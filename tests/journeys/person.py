"""Someone at a terminal in a fresh clone: types commands, opens a SQL client, looks at pages."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg

from tests.journeys.serving import Api
from tests.warehouse import servers
from warehouse.embedded.ports import is_free
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

# What of the root a clone of the repository does not bring along, and what no command needs.
NOT_CLONED = re.compile(
    r"\.(env|git|marketflow|uv|venv|tmp_.*|.*_cache)|data_extracts|logs|profiles\.yml|target|tests"
)


@dataclass(frozen=True)
class Person:
    """A clone of its own and its settings. Everything that is typed goes through `marketflow`."""

    clone: Path
    ports: dict[str, int]
    sandbox: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """The settings of the clone."""
        return load_settings(None, home_dir=self.clone / ".marketflow")

    def where(self, variables: dict[str, str]) -> "Person":
        """Return the same person with more in the environment."""
        return replace(self, sandbox={**self.sandbox, **variables})

    def types(self, *arguments: str, expect: int = 0) -> str:
        """Run `marketflow ...`, check its exit code and return what it printed."""
        return self._runs("-m", "marketflow", *arguments, expect=expect)

    def runs_python(self, program: str) -> str:
        """Run a program in the clone and return what it printed."""
        return self._runs("-c", program, expect=0)

    def selects(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query with the URL that `marketflow db url --role reader` prints."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql.encode()).fetchall()

    @cached_property
    def url(self) -> str:
        """What `marketflow db url` prints for the reader, the same for ever."""
        return self.types("db", "url", "--role", "reader").strip()

    def number(self, sql: str) -> int:
        """The one number that a query returns."""
        return int(self.selects(sql)[0][0])

    def landed(self, source: str, resource: str) -> list[Path]:
        """The bodies of a resource that lie in the landing."""
        landing = self.settings.home / "landing"
        return sorted((landing / f"source={source}" / f"endpoint={resource}").rglob("*.json.gz"))

    def mart_rows(self) -> dict[str, int]:
        """The row count of every table in marts."""
        names = self.selects(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' order by 1"
        )
        return {name: self.number(f"select count(*) from marts.{name}") for (name,) in names}

    def types_as_written(self, lines: str) -> str:
        """Type lines of a shell that a paper shows, each port as it is in this clone."""
        script = self.clone / ".venv" / "bin" / "marketflow"
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m marketflow "$@"\n')
        script.chmod(0o755)
        for setting in Settings.model_fields.values():
            port = self.ports.get(str(setting.alias), setting.default)
            lines = lines.replace(f"127.0.0.1:{setting.default}", f"127.0.0.1:{port}")
        done = subprocess.run(
            ["sh", "-e", "-u", "-c", lines],
            cwd=self.clone,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{lines}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @contextmanager
    def with_sandbox(self) -> Iterator["Person"]:
        """The same person while `marketflow sandbox` runs in another window."""
        process = subprocess.Popen(
            [sys.executable, "-m", "marketflow", "sandbox"],
            cwd=self.clone,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().strip() for _ in range(8)]
            told = dict(line.split("=", 1) for line in lines if re.match(r"[A-Z_]+=", line))
            assert len(told) == 8, lines
            yield Person(self.clone, self.ports, told)
        finally:
            process.terminate()
            process.wait(timeout=30)
            process.stdout.close()

    @cached_property
    def api(self) -> Api:
        """The API in another window, begun when it is first asked for."""
        return Api(
            [sys.executable, "-m", "marketflow", "api"],
            self.ports["MARKETFLOW_API_PORT"],
            self.types("token").strip(),
            cwd=self.clone,
            env=self._environment(),
        )

    def leaves(self) -> None:
        """Close the other windows."""
        if "api" in vars(self):
            self.api.stop()

    @contextmanager
    def with_dashboards(self) -> Iterator[str]:
        """Serve the dashboards, as `marketflow up` does, and yield their address."""
        port = self.ports["MARKETFLOW_DASHBOARD_PORT"]
        command = [sys.executable, "-m", "streamlit", "run", "dashboards/app.py"]
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=self.clone,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            servers.wait_until(lambda: not is_free(port), seconds=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()  # It would wait for every open page first.
            process.wait(timeout=30)

    def _runs(self, *arguments: str, expect: int) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.clone,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == expect, f"{arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def _environment(self) -> dict[str, str]:
        return {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.clone),
            # As in every test: a tenth of the time of a build goes into a file of events.
            "DBT_LOG_LEVEL_FILE": "none",
            **{name: str(port) for name, port in self.ports.items()},
            **self.sandbox,
        }


def clone(folder: Path, ports: dict[str, int]) -> Person:
    """Someone without keys and without an `.env`, whose ports are free."""
    folder.mkdir()
    for entry in PROJECT_ROOT.iterdir():
        if NOT_CLONED.fullmatch(entry.name):
            continue
        if entry.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(entry, folder / entry.name, ignore=ignored)
        else:
            shutil.copy(entry, folder / entry.name)
    return Person(folder, ports)
