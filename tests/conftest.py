"""What tests share: settings apart from the user's, one real PostgreSQL, a database for a test."""

import itertools
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.warehouse import servers
from warehouse import database, embedded, setup
from warehouse.settings import Settings, load_settings

SettingsFactory = Callable[..., Settings]
DatabaseFactory = Callable[[str], str]

_NUMBERS = itertools.count(1)
# Folders whose tests take longest, in the order in which they begin.
_LONG = ("real", "journeys", "dbt_project", "orchestration", "dashboards")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the long ones begin, so that no worker is left alone with them at the end."""
    items.sort(
        key=lambda item: _LONG.index(_folder(item)) if _folder(item) in _LONG else len(_LONG)
    )


def _folder(item: pytest.Item) -> str:
    return item.nodeid.split("/")[1]


@pytest.fixture(scope="session", autouse=True)
def _apart_from_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Hide the settings of whoever runs the tests, and keep their profiles.yml untouched."""
    kept = dict(os.environ)
    for field in Settings.model_fields.values():
        os.environ.pop(str(field.alias), None)
    for name in list(os.environ):
        if re.match(r"PG[A-Z]+$", name):
            del os.environ[name]
    os.environ["DBT_PROFILES_DIR"] = str(tmp_path_factory.mktemp("profiles"))
    # A tenth of the time of a build goes into a file of events that nobody would read.
    os.environ["DBT_LOG_LEVEL_FILE"] = "none"
    yield
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture(scope="module", autouse=True)
def _sigterm_ends_what_a_test_starts() -> Iterator[None]:
    """Undo what Dagster leaves behind: after a run in this process SIGTERM does what SIGINT does.

    A suite that a shell starts with `&` ignores SIGINT; then it would ignore both, and so would
    every process that a later test starts.
    """
    kept = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, kept)


@pytest.fixture(scope="session")
def settings_for() -> SettingsFactory:
    """`settings_for(directory, **overrides)`: settings whose home lies under `directory`.

    Overrides are field names of Settings. Neither the environment nor `.env` is heeded.
    """

    def make(directory: Path, **overrides: Any) -> Settings:
        values: dict[str, Any] = {
            "home_dir": directory / "home",
            "profiles_location": directory / "profiles",
        }
        return load_settings(None, **(values | overrides))

    return make


@pytest.fixture(scope="session")
def watch() -> Iterator[servers.Watch]:
    """Sees to it that no server outlives the tests, even if they are killed."""
    watch = servers.Watch()
    yield watch
    watch.end()


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, settings_for: SettingsFactory, watch: servers.Watch
) -> Iterator[Settings]:
    """The embedded PostgreSQL of this test session, running; gone with its data afterwards."""
    settings = settings_for(tmp_path_factory.mktemp("server"), embedded_port=servers.free_port())
    watch.over(settings)
    embedded.start(settings)
    yield settings
    servers.remove(settings)


@pytest.fixture(scope="session")
def new_database(server: Settings) -> Iterator[DatabaseFactory]:
    """`new_database(name)`: a fresh empty database, as the URL of the user who owns it.

    It is dropped at the end of the session.
    """
    made: list[str] = []

    def make(name: str) -> str:
        unique = f"{name}_{next(_NUMBERS)}"
        _administer(server, "create database {}", unique)
        made.append(unique)
        return database.administrator_dsn(server, unique)

    yield make
    for name in made:
        _administer(server, "drop database if exists {} with (force)", name)


@pytest.fixture(scope="module")
def reused_database(server: Settings) -> Iterator[DatabaseFactory]:
    """`reused_database(name)`: a fresh empty database of just this name, dropped after the module.

    One module at a time may have it.
    """
    made: list[str] = []

    def make(name: str) -> str:
        _administer(server, "create database {}", name)
        made.append(name)
        return database.administrator_dsn(server, name)

    yield make
    for name in made:
        _administer(server, "drop database if exists {} with (force)", name)


@pytest.fixture
def empty_settings(
    server: Settings, settings_for: SettingsFactory, tmp_path: Path
) -> Iterator[Settings]:
    """Settings of a fresh database in which nothing was set up; dropped afterwards."""
    name = f"test_{next(_NUMBERS)}"
    _administer(server, "create database {}", name)
    yield settings_for(tmp_path, database_url=database.administrator_dsn(server, name))
    _administer(server, "drop database if exists {} with (force)", name)


@pytest.fixture
def warehouse_settings(empty_settings: Settings) -> Settings:
    """Settings of a fresh warehouse in which `set_up()` has run; dropped afterwards."""
    setup.set_up(empty_settings)
    return empty_settings


@pytest.fixture
def owner(warehouse_settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of marketflow_owner to the warehouse of this test, committing at once."""
    with database.connect(warehouse_settings, "owner", autocommit=True) as connection:
        yield connection


@pytest.fixture
def loader(warehouse_settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of marketflow_loader to the warehouse of this test, committing at once."""
    with database.connect(warehouse_settings, "loader", autocommit=True) as connection:
        yield connection


@pytest.fixture
def transformer(warehouse_settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of marketflow_transformer to the warehouse of this test, committing at once."""
    with database.connect(warehouse_settings, "transformer", autocommit=True) as connection:
        yield connection


@pytest.fixture
def reader(warehouse_settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of marketflow_reader to the warehouse of this test, committing at once."""
    with database.connect(warehouse_settings, "reader", autocommit=True) as connection:
        yield connection


def _administer(server: Settings, statement: str, name: str) -> None:
    with database.connect_as_administrator(server, "postgres", autocommit=True) as connection:
        connection.execute(SQL(statement).format(Identifier(name)))  # type: ignore[arg-type]
