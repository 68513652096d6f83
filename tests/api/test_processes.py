"""The processes that serve: restarts of the database, Redis, limits over workers, the end."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from psycopg.sql import SQL

from api.problems import Unavailable
from api.queries.pool import Pool
from api.services import shared_store
from tests.api import catalog_market
from tests.api.conftest import KEY, OPEN, changed, client, serving, token
from tests.conftest import SettingsFactory
from tests.warehouse import servers
from warehouse import database, embedded, setup
from warehouse.settings import PROJECT_ROOT, Settings

PATH = "/v1/latest_prices"
REDIS = shutil.which("redis-server")
NEEDS_REDIS = pytest.mark.skipif(REDIS is None, reason="redis-server is not installed")


@contextmanager
def redis_server(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Debian's redis-server on a port, keeping nothing."""
    assert REDIS is not None
    process = subprocess.Popen(
        [REDIS, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        servers.wait_until(lambda: _is_redis(port))
        yield process
    finally:
        process.kill()
        process.wait()


def _is_redis(port: int) -> bool:
    """A port is taken a moment before anybody answers there."""
    with suppress(redis.RedisError), redis.Redis(port=port, socket_timeout=5) as server:
        return bool(server.ping())
    return False


@contextmanager
def command(settings: Settings, **environment: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`marketflow api` of these settings in a process of its own, once it answers."""
    port = servers.free_port()
    assert settings.database_url is not None
    process = subprocess.Popen(
        [sys.executable, "-m", "marketflow", "api"],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "MARKETFLOW_DATABASE_URL": settings.database_url.get_secret_value(),
            "MARKETFLOW_HOME": str(settings.home),
            "MARKETFLOW_API_PORT": str(port),
            "MARKETFLOW_API_KEYS": KEY,
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        servers.wait_until(lambda: process.poll() is not None or _answers(address), seconds=60)
        yield address, process
    finally:
        process.kill()
        process.communicate()


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health").status_code == 200
    except httpx.TransportError:
        return False


def test_limits_are_exact_over_several_workers_and_the_end_is_graceful(
    market: Settings, tmp_path: Path
) -> None:
    settings = changed(market, home_dir=tmp_path / "home")
    at_once = 8
    statuses: Counter[int] = Counter()
    lock = threading.Lock()
    bearer = {"Authorization": f"Bearer {token()}"}

    def ask(address: str) -> None:
        for _ in range(25):
            status, _ = _ask(address, PATH, **bearer)
            with lock:
                statuses[status] += 1

    with command(settings, MARKETFLOW_API_WORKERS="2", MARKETFLOW_API_TOKEN_LIMIT="60") as (
        address,
        process,
    ):
        servers.wait_until(lambda: len(_workers(settings, address)) == 2, seconds=60)
        _wait_for_most_of_a_minute()
        askers = [threading.Thread(target=ask, args=(address,)) for _ in range(at_once)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        refused, headers = _ask(address, PATH, **bearer)
        os.kill(process.pid, signal.SIGTERM)
        code = process.wait(timeout=20)
        said = process.stdout.read() if process.stdout else ""

    lines = _log(settings)
    access = [line for line in lines if line["logger"] == "api.access" and line["route"] == PATH]
    processes = {line["process"] for line in access}
    assert statuses == {200: 60, 429: 25 * at_once - 60}
    assert refused == 429
    assert 0 < int(headers["retry-after"]) <= 60
    assert (headers["ratelimit-limit"], headers["ratelimit-remaining"]) == ("60", "0")
    assert code in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    assert len(processes) == 2
    assert len(access) == 25 * at_once + 1
    assert len({line["request_id"] for line in access}) == len(access)
    assert {line["subject"] for line in access} == {"tester"}
    assert all(line["milliseconds"] >= 0 and line["address"] == "127.0.0.1" for line in access)
    everything = json.dumps(lines) + said
    assert not any(secret in everything for secret in (KEY, "Bearer", "eyJ", "select "))


def _workers(settings: Settings, address: str) -> set[int]:
    """The processes that have answered, after one more question."""
    _ask(address, "/health")
    return {line["process"] for line in _log(settings) if line["logger"] == "api.access"}


def _log(settings: Settings) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in (settings.home / "logs").glob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _ask(address: str, path: str, **headers: str) -> tuple[int, Message]:
    """Ask on a connection of its own, so that every worker gets some; status and headers."""
    connection = HTTPConnection(address.removeprefix("http://"), timeout=30)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.headers
    finally:
        connection.close()


def _wait_for_most_of_a_minute() -> None:
    """Wait unless enough of the minute is left: in other processes limits count by the clock."""
    servers.wait_until(lambda: time.time() % 60 < 52, seconds=60)


@pytest.fixture
def own_server(
    settings_for: SettingsFactory, tmp_path: Path, watch: servers.Watch
) -> Iterator[Settings]:
    """Settings of a market on a PostgreSQL of its own, which a test may stop."""
    settings = settings_for(tmp_path, embedded_port=servers.free_port(), **OPEN)
    watch.over(settings)
    embedded.start(settings)
    setup.set_up(settings)
    with database.connect(settings, "transformer") as connection:
        catalog_market.create(connection)
    yield settings
    servers.remove(settings)


def test_a_restart_of_postgresql_is_503_meanwhile_and_recovery_within_5_seconds(
    own_server: Settings,
) -> None:
    """Twelve clients ask on while the server is stopped, and once more while it is killed."""
    done = threading.Event()
    seen: list[tuple[float, int, str | None]] = []
    recoveries = []

    def ask(address: str, number: int) -> None:
        with client(address) as opened:
            asked = {"order": ("asc", "desc")[number % 2]}
            while not done.is_set():
                # Another limit each time, so that most answers are not kept ones.
                answer = opened.get(PATH, params={"limit": len(seen) % 900 + 1, **asked})
                after = answer.headers.get("retry-after")
                seen.append((time.monotonic(), answer.status_code, after))

    def wait_for(status: int, since: float) -> float:
        """Wait for an answer after an instant, and return when it came."""

        def found() -> list[float]:
            return [at for at, one, _ in seen[-5000:] if at > since and one == status]

        servers.wait_until(lambda: bool(found()))
        return min(found())

    with serving(own_server) as address:
        askers = [threading.Thread(target=ask, args=(address, n)) for n in range(12)]
        for asker in askers:
            asker.start()
        try:
            servers.wait_until(lambda: len(seen) > 50)
            for end in (embedded.stop, servers.kill):
                begin = time.monotonic()
                end(own_server)
                wait_for(503, since=begin)
                embedded.start(own_server)
                back = time.monotonic()
                first = wait_for(200, since=back)
                recoveries.append((back, first, wait_for(200, since=first + 1)))
        finally:
            done.set()
            for asker in askers:
                asker.join()
        with database.connect(own_server, "owner") as connection:
            row = connection.execute(
                "select count(*) from pg_stat_activity where usename = 'marketflow_reader'"
            ).fetchone()

    assert {status for _, status, _ in seen} == {200, 503}
    assert {after for _, status, after in seen if status == 503} == {"2"}
    for back, first, end_ in recoveries:
        assert first - back < 5
        assert {status for at, status, _ in seen if first + 0.5 < at < end_} == {200}
    assert row is not None
    assert 0 < row[0] <= 8


def test_no_connection_is_leaked(market: Settings) -> None:
    def count() -> int:
        with database.connect(market, "owner") as connection:
            found = connection.execute(
                "select count(*) from pg_stat_activity"
                " where usename = 'marketflow_reader' and datname = current_database()"
            ).fetchone()
        return int(found[0]) if found else 0

    before = count()
    with serving(market) as address, client(address) as opened:
        for number in range(60):
            opened.get(
                "/v1/daily_bars",
                params={"limit": number % 5, "symbol": ("AAPL", "NOPE")[number % 2]},
            )
        during = count()

    assert 1 <= during - before <= 8
    servers.wait_until(lambda: count() == before)


def test_too_many_questions_at_once_wait_and_are_then_sent_away(
    market: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.queries.pool._LONGEST_WAIT_SECONDS", 0.05)
    pool = Pool(market, size=0)

    with pytest.raises(Unavailable, match="too many questions at once"):
        pool.read(SQL("select 1"), [], "nothing")


def test_a_query_that_takes_too_long_is_given_up(
    market: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.queries.pool.LONGEST_QUERY_MS", 100)
    pool = Pool(market)

    with pytest.raises(Unavailable, match="took too long"):
        pool.read(SQL("select pg_sleep(20)"), [], "nothing")

    assert pool.read(SQL("select 1"), [], "nothing") == [(1,)]
    pool.close()


@NEEDS_REDIS
def test_redis_keeps_answers_for_all_and_its_death_breaks_nothing(
    market: Settings, tmp_path: Path
) -> None:
    port = servers.free_port()
    settings = changed(market, redis_url=f"redis://127.0.0.1:{port}/0", home_dir=tmp_path)
    params = {"limit": 50}
    with (
        redis_server(port) as process,
        serving(settings) as one,
        serving(settings) as other,
        client(one) as first,
        client(other) as second,
    ):
        told = first.get("/v1/daily_bars", params=params)
        kept_before = _kept(second)
        shared = second.get("/v1/daily_bars", params=params)
        kept_after = _kept(second)
        process.kill()
        process.wait()
        begin = time.monotonic()
        dead = [first.get("/v1/daily_bars", params=params | {"limit": n}) for n in range(1, 30)]
        seconds = time.monotonic() - begin

    assert shared.content == told.content
    assert kept_after == kept_before + 1
    assert {answer.status_code for answer in dead} == {200}
    assert seconds < 20


@NEEDS_REDIS
def test_limits_are_exact_over_machines_that_share_a_redis(
    market: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine an answer may take longer, and each would count alone.
    monkeypatch.setattr(shared_store, "_REDIS_SECONDS", 10)
    port = servers.free_port()
    shared = {"redis_url": f"redis://127.0.0.1:{port}/0", "api_token_limit": 10}
    here = changed(market, home_dir=tmp_path / "here", **shared)
    there = changed(market, home_dir=tmp_path / "there", **shared)
    with (
        redis_server(port),
        serving(here) as one,
        serving(there) as other,
        client(one) as first,
        client(other) as second,
    ):
        statuses = [(first, second)[n % 2].get(PATH).status_code for n in range(16)]

    assert Counter(statuses) == {200: 10, 429: 6}


def test_a_redis_that_never_was_slows_and_never_breaks(market: Settings, tmp_path: Path) -> None:
    nobody = f"redis://127.0.0.1:{servers.free_port()}/0"
    settings = changed(market, redis_url=nobody, home_dir=tmp_path, api_token_limit=5)
    with serving(settings) as address, client(address) as opened:
        statuses = [opened.get(PATH).status_code for _ in range(8)]

    assert statuses == [200] * 5 + [429] * 3


def _kept(opened: httpx.Client) -> float:
    name = 'marketflow_api_kept_answers_total{route="/v1/daily_bars"} '
    lines = opened.get("/metrics").text.splitlines()
    return next((float(line.removeprefix(name)) for line in lines if line.startswith(name)), 0.0)
