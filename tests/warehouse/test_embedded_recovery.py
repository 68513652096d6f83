"""What a crash can leave behind, and that a plain start mends it and loses no committed row."""

import os
import signal
import subprocess
import threading
from pathlib import Path

import psycopg
import pytest

from tests.warehouse import servers
from warehouse import database, embedded
from warehouse.embedded import cluster, processes
from warehouse.errors import DatabaseError
from warehouse.settings import Settings


@pytest.fixture
def running(fresh: Settings) -> Settings:
    """An embedded server that runs and holds a table with one committed row."""
    embedded.start(fresh)
    with database.connect_as_administrator(fresh, "postgres") as connection:
        connection.execute("create table kept as select 1 as n")
    return fresh


def kept_rows(settings: Settings) -> list[tuple[int]]:
    with database.connect_as_administrator(settings, "postgres") as connection:
        return connection.execute("select n from kept order by n").fetchall()


def pid_file(settings: Settings) -> Path:
    return cluster.locate(settings.home).pid_file


def test_status_tells_the_truth_right_after_a_kill(running: Settings) -> None:
    servers.kill(running)

    assert not embedded.status(running).is_running


def test_a_killed_server_starts_again(running: Settings) -> None:
    servers.kill(running)

    embedded.start(running)

    assert kept_rows(running) == [(1,)]


def test_an_orphan_that_outlives_a_killed_server_does_not_stop_the_next(running: Settings) -> None:
    data = cluster.locate(running.home).data
    busy = psycopg.connect(database.administrator_dsn(running, "postgres"))
    busy.execute("insert into kept values (2)")  # never committed
    backend = busy.info.backend_pid
    work = threading.Thread(target=spin, args=[busy])
    work.start()
    with database.connect_as_administrator(running, "postgres", autocommit=True) as other:
        servers.wait_until(
            lambda: (
                other.execute(
                    "select true from pg_stat_activity where pid = %s and query ~ 'spin'", [backend]
                ).fetchone()
                is not None
            )
        )
    # A stopped process cannot notice that its postmaster is gone: the worst orphan there is.
    os.kill(backend, signal.SIGSTOP)
    servers.kill(running)
    assert backend in processes.of_cluster(data)
    os.kill(backend, signal.SIGCONT)

    embedded.start(running)

    assert kept_rows(running) == [(1,)]
    assert not servers.is_alive(backend)
    work.join(timeout=30)
    busy.close()


def spin(connection: psycopg.Connection) -> None:
    """Keep a backend busy in a place where it does not look for its postmaster."""
    with pytest.raises(psycopg.OperationalError):
        connection.execute("do $$ begin /* spin */ loop perform 1; end loop; end $$")


def test_an_empty_pid_file_is_no_obstacle(running: Settings) -> None:
    embedded.stop(running)
    pid_file(running).write_text("")

    assert not embedded.status(running).is_running
    embedded.start(running)

    assert kept_rows(running) == [(1,)]


def test_a_pid_file_that_names_a_living_stranger_is_no_obstacle(running: Settings) -> None:
    servers.kill(running)
    lines = pid_file(running).read_text().splitlines()
    account = cluster.locate(running.home).account
    # Under the server's own account: PostgreSQL takes a process of another one for dead.
    stranger = subprocess.Popen(["sleep", "300"], user=account.user, group=account.group, cwd="/")
    try:
        pid_file(running).write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")

        assert not embedded.status(running).is_running
        embedded.start(running)

        assert kept_rows(running) == [(1,)]
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_pid_file_that_names_the_dead_is_no_obstacle(running: Settings) -> None:
    servers.kill(running)
    assert pid_file(running).exists()

    embedded.start(running)

    assert kept_rows(running) == [(1,)]


def test_a_killed_initdb_is_begun_anew(fresh: Settings) -> None:
    directory = cluster.locate(fresh.home).directory
    unfinished = directory / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")

    embedded.start(fresh)

    assert embedded.status(fresh).is_running
    assert not unfinished.exists()


def test_stop_ends_busy_clients_and_orphans(running: Settings) -> None:
    data = cluster.locate(running.home).data
    client = psycopg.connect(database.administrator_dsn(running, "postgres"))
    client.execute("insert into kept values (3)")

    embedded.stop(running)

    assert processes.of_cluster(data) == []
    embedded.start(running)
    assert kept_rows(running) == [(1,)]
    client.close()


def test_a_server_that_cannot_start_says_why_in_one_line(running: Settings) -> None:
    embedded.stop(running)
    configuration = cluster.locate(running.home).data / "postgresql.conf"
    with configuration.open("a") as file:
        file.write("\nno_such_setting = on\n")

    with pytest.raises(DatabaseError, match="no_such_setting") as caught:
        embedded.start(running)

    assert "\n" not in str(caught.value)
    assert str(running.embedded_port) in str(caught.value)
