"""The URL of the warehouse, and the one sentence for every way in which it cannot be reached."""

import socket
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from tests.warehouse import servers
from warehouse import database, setup
from warehouse.errors import DatabaseError, MarketFlowError, SettingsError
from warehouse.settings import Settings, load_settings

PASSWORD = "pa:ss/w@rd%?#é"
ENCODED = "pa%3Ass%2Fw%40rd%25%3F%23%C3%A9"


def own(url: str, tmp_path: Path) -> Settings:
    return load_settings(None, database_url=url, home_dir=tmp_path / "home")


def refusal(settings: Settings) -> str:
    with pytest.raises(MarketFlowError) as caught:
        database.connect_as_administrator(settings)
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    for secret in (PASSWORD, ENCODED, "pa:ss", "w@rd"):
        assert secret not in message
    return message


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2"])
def test_every_scheme_of_a_url_is_understood(tmp_path: Path, scheme: str) -> None:
    settings = own(f"{scheme}://boss:{ENCODED}@db.example:5433/mar%20ket?sslmode=require", tmp_path)

    parts = urlsplit(database.administrator_dsn(settings))

    assert parts.scheme == "postgresql"
    assert unquote(parts.password or "") == PASSWORD
    assert (parts.hostname, parts.port, unquote(parts.path)) == ("db.example", 5433, "/mar ket")
    assert parts.query == "sslmode=require"


def test_parts_make_the_same_url_as_the_url(tmp_path: Path) -> None:
    parts = load_settings(
        None,
        postgres_host="db.example",
        postgres_port=5433,
        postgres_user="boss",
        postgres_password=PASSWORD,
        postgres_db="market",
        home_dir=tmp_path,
    )
    url = own(f"postgresql://boss:{ENCODED}@db.example:5433/market", tmp_path)

    assert database.dsn(parts) == database.dsn(url)
    assert not parts.is_embedded


def test_every_machine_derives_the_same_passwords_and_every_role_another(tmp_path: Path) -> None:
    first = own("postgresql://boss:secret@db.example/market", tmp_path)
    second = own("postgresql://boss:secret@db.example/market", tmp_path / "elsewhere")
    rotated = own("postgresql://boss:changed@db.example/market", tmp_path)

    # HMAC-SHA256 of "marketflow_reader" under "secret", by `openssl dgst -hmac`.
    assert urlsplit(database.dsn(first)).password == (
        "df5b2ac603f224a12fb894e82ae1118c080e207d9f9ba0498cd14b3ed769a931"
    )
    assert database.dsn(first) == database.dsn(second)
    assert database.dsn(first) != database.dsn(rotated)
    passwords = {
        urlsplit(database.dsn(first, role)).password
        for role in ("owner", "loader", "transformer", "reader")
    }
    assert len(passwords) == 4


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("mysql://boss:pa:ss@db/market", "no PostgreSQL URL"),
        ("postgresql://boss@db.example/market", "names no password"),
        ("postgresql://:secret@db.example/market", "names no user"),
        ("postgresql://boss:secret@db.example", "names no database"),
        ("postgresql://boss:pa%zz@db.example/market", "cannot be understood"),
        ("postgresql://boss:secret@one,two/market", "one host"),
    ],
)
def test_an_incomplete_url_is_a_wrong_setting(tmp_path: Path, url: str, word: str) -> None:
    with pytest.raises(SettingsError, match=word) as caught:
        database.dsn(own(url, tmp_path))

    assert "MARKETFLOW_DATABASE_URL" in str(caught.value)
    assert "pa%zz" not in str(caught.value)


def test_missing_parts_are_named(tmp_path: Path) -> None:
    settings = load_settings(None, postgres_host="db.example", home_dir=tmp_path)

    with pytest.raises(SettingsError, match="POSTGRES_USER and POSTGRES_PASSWORD and POSTGRES_DB"):
        database.dsn(settings)


def test_a_server_that_was_never_started_says_how_to_start_it(tmp_path: Path) -> None:
    settings = load_settings(None, home_dir=tmp_path / "home")

    with pytest.raises(DatabaseError, match="marketflow db start"):
        database.connect(settings)


def test_nothing_that_listens_is_said_with_its_place(tmp_path: Path) -> None:
    port = servers.free_port()

    message = refusal(own(f"postgresql://boss:{ENCODED}@127.0.0.1:{port}/market", tmp_path))

    assert f"127.0.0.1:{port}, database market, user boss" in message
    assert "nothing listens there" in message
    assert "MARKETFLOW_DATABASE_URL" in message


def test_an_unknown_host_is_said(tmp_path: Path) -> None:
    message = refusal(own(f"postgresql://boss:{ENCODED}@no.such.host.invalid/market", tmp_path))

    assert "no.such.host.invalid:5432" in message
    assert "no host of that name" in message


def test_a_host_that_does_not_answer_is_said(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = f"127.0.0.1:{silent.getsockname()[1]}"

        message = refusal(
            own(f"postgresql://boss:{ENCODED}@{place}/market?connect_timeout=2", tmp_path)
        )

    assert place in message
    assert "does not answer" in message


def test_a_wrong_password_a_missing_database_and_missing_tls_are_told_apart(
    empty_settings: Settings, tmp_path: Path
) -> None:
    parts = urlsplit(database.administrator_dsn(empty_settings))
    place = f"{parts.hostname}:{parts.port}"
    login = f"{parts.username}:{parts.password}@{place}"

    wrong = refusal(own(f"postgresql://{parts.username}:{ENCODED}@{place}/postgres", tmp_path))
    missing = refusal(own(f"postgresql://{login}/nowhere", tmp_path))
    bare = refusal(own(f"postgresql://{login}/postgres?sslmode=verify-full", tmp_path))

    assert "the user or its password is wrong" in wrong
    assert "database nowhere" in missing
    assert "there is no such database; create it" in missing
    assert "no encrypted connection" in bare
    assert "sslmode" in bare
    for message in (wrong, missing, bare):
        assert place in message
        assert str(parts.password) not in message


def test_a_role_that_cannot_log_in_points_to_the_set_up(empty_settings: Settings) -> None:
    other = load_settings(
        None,
        database_url=database.administrator_dsn(empty_settings, "postgres"),
        home_dir=empty_settings.home,
    )
    with database.connect_as_administrator(other, autocommit=True) as connection:
        connection.execute("drop role if exists marketflow_reader_gone")
        row = connection.execute(
            "select count(*) from pg_roles where rolname = 'marketflow_reader'"
        ).fetchone()
        if row == (1,):
            connection.execute("alter role marketflow_reader password 'lost'")

    with pytest.raises(DatabaseError, match="marketflow db setup"):
        database.connect(other)

    setup.set_up(empty_settings)
    database.connect(empty_settings).close()


def test_the_users_own_libpq_variables_do_not_lead_astray(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.set_up(fresh)
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGHOST", "no.such.host.invalid")
    monkeypatch.setenv("PGDATABASE", "nowhere")

    with database.connect(fresh) as connection:
        assert connection.execute("select current_user").fetchone() == ("marketflow_reader",)


def test_the_dsn_opens_the_warehouse_by_itself(warehouse_settings: Settings) -> None:
    with psycopg.connect(database.dsn(warehouse_settings)) as connection:
        assert connection.execute("show search_path").fetchone() == ("marts, ops, analyst",)
