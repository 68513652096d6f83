"""What the tests of the API share: a market, a server over it, tokens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn

from api import app, server
from api.queries.endpoints import SCOPES, Endpoint
from api.services import limits, tokens
from tests.api import catalog_market
from tests.conftest import DatabaseFactory, SettingsFactory
from tests.warehouse import servers
from warehouse import database, setup
from warehouse.settings import Settings, load_settings

KEY = "a key of the tests that is long enough and also for SHA-512 which they try"
OPEN = {"api_token_limit": 10**9, "api_address_limit": 10**9, "api_keys": KEY}


AS_OF = {"date": "2024-01-04", "timestamptz": "2024-01-04T00:00:00Z"}
"""A time at which some versions were known and others were not."""


def needed(endpoint: Endpoint) -> dict[str, str]:
    """The parameters without which an endpoint cannot be asked."""
    return {"as_of": AS_OF[endpoint.as_of_type]} if endpoint.function else {}


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A server of these settings in a thread of this process, as its address."""
    chosen = changed(settings, api_port=servers.free_port())
    config = uvicorn.Config(app.build(chosen), **server.options(chosen))
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    servers.wait_until(lambda: running.started)
    try:
        yield f"http://127.0.0.1:{chosen.api_port}"
    finally:
        running.should_exit = True
        thread.join(timeout=30)


def changed(settings: Settings, **overrides: Any) -> Settings:
    """The same settings, some of them others."""
    values = {name: getattr(settings, name) for name in settings.model_fields_set}
    return load_settings(None, **(values | overrides))


def token(*scopes: str) -> str:
    """A token of the tests' key, with every scope unless some are named; it outlasts any test."""
    return tokens.Keys([KEY.encode()]).issue("tester", scopes or list(SCOPES), 86_400)


def client(address: str, *scopes: str, **headers: str) -> httpx.Client:
    """A client with a token."""
    given = {"Authorization": f"Bearer {token(*scopes)}", **headers}
    return httpx.Client(base_url=address, headers=given, timeout=30)


@pytest.fixture(autouse=True)
def _a_window_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the end of a minute from coming in the middle of a test that counts."""
    monkeypatch.setattr(limits, "WINDOW_SECONDS", 10**9)


@pytest.fixture(scope="session")
def new_market(
    new_database: DatabaseFactory,
    settings_for: SettingsFactory,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Settings]:
    """`new_market(**overrides)`: settings of a fresh warehouse that holds the market."""

    def make(**overrides: Any) -> Settings:
        directory = tmp_path_factory.mktemp("api")
        settings = settings_for(directory, database_url=new_database("api"), **(OPEN | overrides))
        setup.set_up(settings)
        with database.connect(settings, "transformer") as connection:
            catalog_market.create(connection)
        return settings

    return make


@pytest.fixture(scope="session")
def market(new_market: Callable[..., Settings]) -> Settings:
    """Settings of a market that no test changes."""
    return new_market()


@pytest.fixture(scope="session")
def address(market: Settings) -> Iterator[str]:
    """The address of a server over the market that no test changes."""
    with serving(market) as found:
        yield found


@pytest.fixture(scope="session")
def api(address: str) -> Iterator[httpx.Client]:
    """A client of that server whose token reaches everything."""
    with client(address) as opened:
        yield opened


@pytest.fixture
def nobody(address: str) -> Iterator[httpx.Client]:
    """A client of it without a token."""
    with httpx.Client(base_url=address, timeout=30) as opened:
        yield opened
