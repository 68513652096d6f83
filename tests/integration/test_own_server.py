"""The warehouse on a PostgreSQL of one's own: TLS, a plain administrator, other people's tables."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.integration import own_server
from tests.integration.conftest import ADMINISTRATOR_PASSWORD
from tests.integration.own_server import OwnServer
from tests.warehouse import catalog
from warehouse import database, profiles, run_log, setup
from warehouse.errors import DatabaseError
from warehouse.settings import Settings, load_settings

DatabaseMaker = Callable[..., str]


def settings_of(url: str, directory: Path) -> Settings:
    return load_settings(
        None, database_url=url, home_dir=directory / "home", profiles_location=directory
    )


@pytest.fixture(params=["superuser", "plain administrator"])
def settings(
    request: pytest.FixtureRequest,
    own: OwnServer,
    own_database: DatabaseMaker,
    administrator: str,
    tmp_path: Path,
) -> Settings:
    """Settings of a fresh database on the server, set up by either kind of administrator."""
    if request.param == "superuser":
        return settings_of(own.url(own_database()), tmp_path)
    name = own_database(administrator)
    return settings_of(own.url(name, user=administrator, password=ADMINISTRATOR_PASSWORD), tmp_path)


def test_the_whole_set_up_works_twice_and_beside_a_second_database(
    settings: Settings, own: OwnServer, own_database: DatabaseMaker, tmp_path: Path
) -> None:
    setup.set_up(settings)
    with own.connect(database.administrator_dsn(settings).split("?")[0].rsplit("/", 1)[1]) as boss:
        before = catalog.everything(boss)
        setup.set_up(settings)
        assert catalog.everything(boss) == before

    with database.connect(settings, "loader") as connection:
        connection.execute("create table raw_fmp.eod_prices as select 1 as n")
    with database.connect(settings, "transformer") as connection:
        connection.execute("create table marts.prices as select n from raw_fmp.eod_prices")
    with database.connect(settings, "owner") as connection:
        connection.execute("create schema dev_marts")
    with database.connect(settings) as connection:
        assert connection.execute("select n from prices").fetchall() == [(1,)]
        assert connection.execute("show timezone").fetchone() == ("UTC",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select n from raw_fmp.eod_prices")
    with run_log.run(settings, job="ingest") as run:
        run.rows = 1
    assert run_log.recent(settings)[0].status == "succeeded"

    setup.reset(settings)
    setup.ensure_ready(settings)
    with database.connect(settings, "owner") as connection:
        assert connection.execute("select to_regclass('marts.prices')").fetchone() == (None,)


def test_every_connection_is_encrypted_and_verified(settings: Settings, own: OwnServer) -> None:
    if not own.has_tls:
        pytest.skip("the server of the wheel has no TLS")
    setup.set_up(settings)

    with database.connect(settings) as connection:
        assert connection.execute(
            "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
        ).fetchone() == (True,)
        assert "sslmode=verify-full" in database.dsn(settings)
    text = profiles.write(settings).path.read_text()
    assert text.count("sslmode: verify-full") == 3
    assert text.count("sslrootcert: ") == 3


def test_an_unknown_ca_a_wrong_name_and_no_tls_are_each_one_sentence(
    own: OwnServer, tmp_path: Path
) -> None:
    if not own.has_tls:
        pytest.skip("the server of the wheel has no TLS")
    url = own.url("postgres")
    stranger = own_server.make_authority(tmp_path)
    cases = {
        "certificate verify failed": url.replace(
            str(own.certificate).replace("/", "%2F"), str(stranger).replace("/", "%2F")
        ),
        "does not match host name": url.replace("localhost", "127.0.0.1"),
        "no-such-file.pem": url.replace("authority.pem", "no-such-file.pem"),
        "the server does not admit it": url.replace("verify-full", "disable"),
    }

    for word, case in cases.items():
        with pytest.raises(DatabaseError) as caught:
            database.connect_as_administrator(settings_of(case, tmp_path))
        message = str(caught.value)
        assert word in message
        assert "\n" not in message
        assert own_server.PASSWORD not in message


def test_tables_of_others_and_their_rights_stay_as_they_are(
    settings: Settings, own: OwnServer
) -> None:
    name = database.administrator_dsn(settings).split("?")[0].rsplit("/", 1)[1]
    with own.connect(name) as boss:
        catalog.make_pagila(boss)
        boss.execute("create role market_colleague login password 'theirs'")
        boss.execute("grant select on rentals.rental to market_colleague")
        boss.execute(f"grant connect, temporary on database {name} to market_colleague")  # type: ignore[call-overload]
        before = catalog.of_others(boss), catalog.pagila_rows(boss)

        setup.set_up(settings)
        during = catalog.of_others(boss), catalog.pagila_rows(boss)
        temporary = boss.execute(
            "select has_database_privilege('market_colleague', current_database(), 'temporary')"
        ).fetchone()
        setup.reset(settings)

        assert during == before
        assert (catalog.of_others(boss), catalog.pagila_rows(boss)) == before
        assert temporary == (True,)
        boss.execute("drop owned by market_colleague")
        boss.execute("drop role market_colleague")


def test_a_schema_of_somebody_else_is_refused_before_anything_changes(
    settings: Settings, own: OwnServer
) -> None:
    name = database.administrator_dsn(settings).split("?")[0].rsplit("/", 1)[1]
    with own.connect(name) as boss:
        boss.execute("create schema marts")
        before = catalog.everything(boss)

        with pytest.raises(DatabaseError, match=r"marts \(of somebody\)"):
            setup.set_up(settings)

        assert catalog.everything(boss) == before


def test_no_password_reaches_the_log_of_the_server(settings: Settings, own: OwnServer) -> None:
    setup.set_up(settings)

    log = own_server.log_of(own)
    assert "create role" in log
    for role in ("owner", "loader", "transformer", "reader"):
        password = psycopg.conninfo.conninfo_to_dict(database.dsn(settings, role))["password"]
        assert str(password) not in log


def test_roles_of_another_administrator_are_not_taken_over(
    own: OwnServer, own_database: DatabaseMaker, administrator: str, tmp_path: Path
) -> None:
    first = settings_of(own.url(own_database()), tmp_path / "first")
    setup.set_up(first)
    url = own.url(own_database(administrator), user=administrator, password=ADMINISTRATOR_PASSWORD)
    with own.connect() as boss:
        version = boss.info.server_version

    second = settings_of(url, tmp_path / "second")
    if version >= 160000:
        with pytest.raises(DatabaseError, match="another administrator"):
            setup.set_up(second)
        database.connect(first).close()
