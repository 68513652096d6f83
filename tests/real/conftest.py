"""The whole path run once against the stand-in, for the tests of this folder to look at."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.real import standin
from tests.real.standin import StandIn
from warehouse import database
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

NOW = "2016-12-30T21:30:00Z"
SERIES = ["GDP", "CPIAUCSL", "UNRATE", "FEDFUNDS", "DGS10", "DGS2"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip this folder, saying so, where the shared reference data is absent."""
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason="../shared (stand-in, recordings, reference) is not here")
    for item in items:
        if here in item.path.parents:
            # The first of them waits for 400,000 bars.
            item.add_marker(pytest.mark.timeout(900))
            if not standin.SHARED.is_dir():
                item.add_marker(skip)


@dataclass(frozen=True)
class Installation:
    """A home and a database of its own, driven by the command line alone."""

    environment: dict[str, str]
    settings: Settings

    def run(self, *arguments: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run `marketflow ...` and check its exit code."""
        result = subprocess.run(
            [sys.executable, "-m", "marketflow", *arguments],
            check=False,
            cwd=PROJECT_ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        if expect is not None:
            assert result.returncode == expect, (arguments, result.stdout, result.stderr)
        return result

    def query(self, sql: str, role: database.Role = "reader") -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with database.connect(self.settings, role=role) as connection:
            return list(connection.execute(sql).fetchall())

    def raw_rows(self) -> dict[str, int]:
        """The row count of every table in the four raw schemas."""
        with database.connect(self.settings, role="transformer") as connection:
            return table_counts(connection, "table_schema like 'raw\\_%' and table_name !~ '^_dlt'")


def table_counts(connection: psycopg.Connection, condition: str) -> dict[str, int]:
    """Count the rows of every base table that a condition on information_schema names."""
    names = connection.execute(
        "select table_schema || '.' || table_name from information_schema.tables"
        f" where table_type = 'BASE TABLE' and {condition} order by 1"  # type: ignore[arg-type]
    ).fetchall()
    counts = {}
    for (name,) in names:
        row = connection.execute(f"select count(*) from {name}").fetchone()  # type: ignore[arg-type]
        assert row is not None
        counts[str(name)] = int(row[0])
    return counts


def install(home: Path, database_url: str, extra: dict[str, str]) -> Installation:
    """Make an installation whose files all lie under a directory of the test."""
    home.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "MARKETFLOW_HOME": str(home / "marketflow"),
        "MARKETFLOW_DATABASE_URL": database_url,
        "DBT_PROFILES_DIR": str(home / "profiles"),
        "DBT_TARGET_PATH": str(home / "target"),
        "DBT_LOG_PATH": str(home / "logs"),
        **extra,
    }
    (home / "profiles").mkdir(exist_ok=True)
    settings = load_settings(
        None,
        MARKETFLOW_DATABASE_URL=database_url,
        MARKETFLOW_HOME=environment["MARKETFLOW_HOME"],
    )
    return Installation(environment, settings)


def set_up(
    directory: Path, database_url: str, provider: StandIn, rows: Sequence[str]
) -> Installation:
    """Make an installation on the stand-in with a universe of a few rows, and set it up."""
    directory.mkdir()
    file = directory / "universe.csv"
    file.write_text("\n".join((",".join(standin.UNIVERSE_COLUMNS), *rows)) + "\n")
    installation = install(
        directory,
        database_url,
        provider.environment | {"MARKETFLOW_NOW": NOW, "MARKETFLOW_UNIVERSE": str(file)},
    )
    installation.run("db", "setup")
    return installation


def settings_within(installation: Installation, provider: StandIn) -> Settings:
    """Return the settings that its command line reads, for what is called in this process."""
    return load_settings(
        None,
        **{name.lower(): value for name, value in provider.environment.items()},
        home_dir=installation.settings.home,
        database_url=installation.environment["MARKETFLOW_DATABASE_URL"],
        universe_file=Path(installation.environment["MARKETFLOW_UNIVERSE"]),
        frozen_now=NOW,
    )


@pytest.fixture(scope="session")
def equities(tmp_path_factory: pytest.TempPathFactory, new_database) -> Iterator[Installation]:  # type: ignore[no-untyped-def]
    """All instruments of the stand-in at the end of 2016, ingested and built once."""
    home = tmp_path_factory.mktemp("real")
    with standin.running(NOW) as provider:
        universe = standin.write_universe(home / "universe.csv", SERIES)
        installation = install(
            home,
            new_database("real_equities"),
            provider.environment | {"MARKETFLOW_NOW": NOW, "MARKETFLOW_UNIVERSE": str(universe)},
        )
        installation.run("db", "setup")
        # Some members of the stand-in's universe have no bar before this clock: done in part.
        installation.run("ingest", expect=3)
        installation.run("transform")
        yield installation
