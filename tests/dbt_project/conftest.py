"""A warehouse of a test's own whose raw rows are known, built by plain dbt."""

import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ingestion import raw_tables, resources, sessions
from ingestion.calendars import Calendars
from ingestion.shapes import LINEAGE
from tests.conftest import DatabaseFactory, SettingsFactory
from tests.dbt_project.dbt_process import DbtProcess
from warehouse import database, profiles, setup
from warehouse.settings import Settings

FETCHED_AT = datetime(2026, 1, 2, 22, tzinfo=UTC)

Row = dict[str, object]


@dataclass
class Project:
    """The dbt project over one warehouse.

    Attributes:
        now: what dbt takes for the present.
    """

    settings: Settings
    directory: Path
    process: DbtProcess
    now: str = FETCHED_AT.isoformat()
    _requests: int = field(default=0, init=False)

    def track(self, **values: object) -> None:
        """Add a row of the universe."""
        row: Row = {"is_active": True, "added_at": FETCHED_AT, "updated_at": FETCHED_AT, **values}
        row = {"name": row["symbol"], "currency": "USD", "calendar": "XNYS", **row}
        with self._loader() as connection:
            _copy(connection, "raw_marketflow", "tracked_instruments", [row])

    def land(
        self,
        table: str,
        rows: Sequence[Row],
        *,
        fetched_at: datetime = FETCHED_AT,
        is_synthetic: bool = False,
    ) -> None:
        """Add rows to a raw table, such as fmp.eod_prices, as one answer of the provider."""
        self._requests += 1
        source, name = table.split(".")
        shape = next(r for r in resources.resources() if (r.source, r.name) == (source, name))
        lineage: Row = {
            "request_id": f"{self._requests:032x}",
            "response_id": f"{self._requests:064x}",
            "fetched_at": fetched_at,
            "row_hash": "0" * 64,
            "is_synthetic": is_synthetic,
            "_dlt_load_id": str(self._requests),
        }
        assert set(lineage) == {column for column, _ in LINEAGE}
        known = {column.name for column in shape.columns}
        assert all(set(row) <= known for row in rows), known
        with self._loader() as connection:
            _copy(connection, f"raw_{source}", name, [row | lineage for row in rows])

    def build(self, *selection: str) -> None:
        """Build models with what they need, and leave their tests to the tests of the build."""
        tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        self.dbt("build", *tests, "--select", *selection)

    def dbt(self, *arguments: str, expect: int = 0, **environment: str) -> str:
        """Run dbt from the root as the transformer, check its exit code, return what it said."""
        environment = {**os.environ, **self.environment, **environment}
        code, said = self.process.run(["--no-use-colors", *arguments], environment)
        assert code == expect, said[-8000:]
        return said

    @property
    def target(self) -> Path:
        """Where dbt leaves its artifacts."""
        return self.directory / "target"

    @property
    def environment(self) -> dict[str, str]:
        """What leads dbt to this warehouse."""
        return {
            "DBT_PROFILES_DIR": str(self.settings.profiles_directory),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.directory / "logs"),
            "DBT_WARN_ERROR_OPTIONS": '{"error": "all"}',
            "MARKETFLOW_NOW": self.now,
        }

    def query(self, statement: str, role: database.Role = "reader") -> list[tuple[object, ...]]:
        """Return the rows of a query."""
        with database.connect(self.settings, role) as connection:
            return list(connection.execute(statement.encode()).fetchall())

    def _loader(self) -> psycopg.Connection:
        return database.connect(self.settings, "loader", autocommit=True)


def _copy(connection: psycopg.Connection, schema: str, table: str, rows: Sequence[Row]) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    statement = sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(schema, table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([row.get(column) for column in columns])


@pytest.fixture(scope="session")
def dbt_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DbtProcess]:
    """The dbt of all projects of this worker."""
    process = DbtProcess(tmp_path_factory.mktemp("dbt_process"))
    yield process
    process.end()


@pytest.fixture(scope="module")
def new_project(
    reused_database: DatabaseFactory,
    settings_for: SettingsFactory,
    tmp_path_factory: pytest.TempPathFactory,
    dbt_process: DbtProcess,
) -> Callable[[], Project]:
    """`new_project()`: the project over a fresh warehouse with sessions and empty raw tables.

    A module's projects have the databases' names of every other module's, and their directories,
    since what dbt has parsed is of use only where the name of the database is the same.
    """
    numbers = itertools.count(1)

    def make() -> Project:
        name = f"dbt_project_{next(numbers)}"
        directory = tmp_path_factory.getbasetemp() / name
        settings = settings_for(directory, database_url=reused_database(name))
        setup.set_up(settings)
        profiles.write(settings)
        raw_tables.create(settings)
        with database.connect(settings, "loader") as connection:
            sessions.sync(connection, Calendars(date(2026, 12, 31)))
        return Project(settings, directory, dbt_process)

    return make
