"""What the dashboards' tests share: a small market in a real database, and pages that read it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import streamlit as st
from pydantic import SecretStr
from streamlit.testing.v1 import AppTest

from dashboards.connection import Warehouse
from tests.conftest import DatabaseFactory, SettingsFactory
from tests.dashboards import market
from warehouse import database, setup
from warehouse.settings import PROJECT_ROOT, Settings

OpenPage = Callable[..., AppTest]

APP = PROJECT_ROOT / "dashboards" / "app.py"


def environment(settings: Settings, **overrides: Any) -> dict[str, str]:
    """The variables that make another process read the same settings, frozen after the close."""
    values = settings.model_dump(exclude_unset=True, by_alias=True)
    values |= {"MARKETFLOW_NOW": market.AFTER_THE_CLOSE.isoformat()} | overrides
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for name, value in values.items()
    }


@pytest.fixture(scope="session")
def empty_marts(
    new_database: DatabaseFactory, settings_for: SettingsFactory, tmp_path_factory: Any
) -> Settings:
    """Settings of a warehouse whose marts exist and hold nothing; no test writes to it."""
    home = tmp_path_factory.mktemp("empty_marts")
    settings = settings_for(home, database_url=new_database("empty_marts"))
    setup.set_up(settings)
    with database.connect(settings, "transformer") as connection:
        market.create_tables(connection)
    return settings


@pytest.fixture(scope="session")
def market_settings(
    new_database: DatabaseFactory, settings_for: SettingsFactory, tmp_path_factory: Any
) -> Settings:
    """Settings of a warehouse that holds the market of `market.py`; no test writes to it."""
    home = tmp_path_factory.mktemp("market")
    settings = settings_for(home, database_url=new_database("market"))
    setup.set_up(settings)
    with database.connect(settings, "transformer") as connection:
        market.create_tables(connection)
        market.fill(connection)
    return settings


@pytest.fixture
def own_empty_marts(warehouse_settings: Settings) -> Settings:
    """Settings of a warehouse with empty marts, for a test that fills them."""
    with database.connect(warehouse_settings, "transformer") as connection:
        market.create_tables(connection)
    return warehouse_settings


@pytest.fixture
def own_market(warehouse_settings: Settings) -> Settings:
    """Settings of a warehouse that holds the market of `market.py`, for a test that changes it."""
    with database.connect(warehouse_settings, "transformer") as connection:
        market.create_tables(connection)
        market.fill(connection)
    return warehouse_settings


@pytest.fixture
def market_reader(market_settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection of the reader role to the market."""
    with database.connect(market_settings, "reader") as connection:
        yield connection


@pytest.fixture
def warehouse(market_settings: Settings) -> Iterator[Warehouse]:
    """The market as the pages read it."""
    with closing(Warehouse(market_settings)) as warehouse:
        yield warehouse


@pytest.fixture(autouse=True)
def _no_kept_answers() -> Iterator[None]:
    """Keep one test's answers from the next."""
    yield
    _forget()


def _forget() -> None:
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> OpenPage:
    """`open_page(settings, "instrument", query={...}, **variables)`: a page after its first run."""
    monkeypatch.chdir(PROJECT_ROOT)

    def run(
        settings: Settings,
        page: str = "overview",
        query: dict[str, Any] | None = None,
        **overrides: Any,
    ) -> AppTest:
        _forget()
        for name, value in environment(settings, **overrides).items():
            monkeypatch.setenv(name, value)
        app = AppTest.from_file(APP, default_timeout=60)
        if page != "overview":
            app.switch_page(str(Path("views") / f"{page}.py"))
        for name, value in (query or {}).items():
            app.query_params[name] = value
        return app.run()

    return run
