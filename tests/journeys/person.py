"""Someone at a terminal of a fresh machine: types commands, opens a SQL client, looks at pages."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from warehouse.settings import PROJECT_ROOT, Settings


@dataclass(frozen=True)
class Person:
    """One clone with a home of its own. Everything that is typed goes through the command line."""

    environment: dict[str, str]

    @property
    def home(self) -> Path:
        """Where the clone keeps what it makes."""
        return Path(self.environment["MARKETFLOW_HOME"])

    def types(self, *arguments: str, expect: int = 0) -> str:
        """Run `marketflow ...`, check its exit code and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "marketflow", *arguments],
            cwd=PROJECT_ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == expect, f"marketflow {arguments}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def runs_python(self, program: str) -> str:
        """Run a program with the clone's environment and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=PROJECT_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def selects(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query with the URL that `marketflow db url --role reader` prints."""
        url = self.types("db", "url", "--role", "reader").strip()
        with psycopg.connect(url) as connection:
            return connection.execute(sql.encode()).fetchall()

    def number(self, sql: str) -> int:
        """The one number that a query returns."""
        return int(self.selects(sql)[0][0])

    def landed(self, source: str, resource: str) -> list[Path]:
        """The bodies of a resource that lie in the landing."""
        folder = self.home / "landing" / f"source={source}" / f"endpoint={resource}"
        return sorted(folder.rglob("*.json.gz"))

    def mart_rows(self) -> dict[str, int]:
        """The row count of every table in marts."""
        names = self.selects(
            "select table_name from information_schema.tables"
            " where table_schema = 'marts' order by 1"
        )
        return {name: self.number(f"select count(*) from marts.{name}") for (name,) in names}


def setting_names() -> list[str]:
    """The environment variable of every setting."""
    return [str(field.alias) for field in Settings.model_fields.values()]


def new_person(folder: Path, ports: dict[str, int]) -> Person:
    """Someone without keys, whose ports are free."""
    silent = dict.fromkeys(setting_names(), "")
    return Person(
        {
            **silent,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "MARKETFLOW_HOME": str(folder / "home"),
            "DBT_PROFILES_DIR": str(folder),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            **{name: str(port) for name, port in ports.items()},
        }
    )


def sidecar(body: Path) -> dict[str, Any]:
    """What is recorded beside a landed body."""
    path = body.with_name(body.name.replace(".json.gz", ".meta.json"))
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
