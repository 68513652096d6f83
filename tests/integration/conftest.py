"""The servers of one's own against which the warehouse is set up."""

import itertools
import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.integration import own_server
from tests.integration.own_server import OwnServer
from warehouse.embedded import account

_NUMBERS = itertools.count(1)

ADMINISTRATOR = "market_administrator"
ADMINISTRATOR_PASSWORD = "no superuser: 100%"


# PostgreSQL 16 changed what CREATEROLE may do: one server on either side of it.
@pytest.fixture(scope="session", params=["Debian's 15", "the wheel's 18"])
def own(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    """A PostgreSQL of one's own, Debian's with TLS; skipped where that is not installed."""
    if not account.is_root():
        pytest.skip("only root may run it under another account")
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    account.ensure()
    is_debian = request.param == "Debian's 15"
    programs = own_server.of_debian(15) if is_debian else own_server.of_wheel()
    if not (programs / "initdb").exists():
        pytest.skip(f"PostgreSQL 15 is not installed ({programs})")
    with own_server.running(programs, has_tls=is_debian) as server:
        yield server


@pytest.fixture
def own_database(own: OwnServer) -> Iterator[Callable[[str], str]]:
    """`own_database(owner)`: the name of a fresh database of that owner; dropped afterwards."""
    made: list[str] = []

    def make(owner: str = own_server.SUPERUSER) -> str:
        name = f"own_{next(_NUMBERS)}"
        with own.connect() as connection:
            connection.execute(f"create database {name} owner {owner}")  # type: ignore[call-overload]
        made.append(name)
        return name

    yield make
    with own.connect() as connection:
        for name in made:
            connection.execute(f"drop database {name} with (force)")  # type: ignore[call-overload]


@pytest.fixture
def administrator(own: OwnServer) -> Iterator[str]:
    """The name of a user with CREATEROLE who is no superuser; gone afterwards with our roles."""
    with own.connect() as connection:
        _drop_roles(connection)
        connection.execute(
            f"create role {ADMINISTRATOR} login createrole password '{ADMINISTRATOR_PASSWORD}'"  # type: ignore[call-overload]
        )
    yield ADMINISTRATOR


def _drop_roles(connection) -> None:  # type: ignore[no-untyped-def]
    found = connection.execute(
        "select rolname from pg_roles where rolname ~ '^market(flow)?_' order by 1 desc"
    ).fetchall()
    for (name,) in found:
        connection.execute(f"drop role {name}")
