"""The REST API under load: a hundred requests a second of the usual mix over 2.5 million bars."""

import asyncio
import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import httpx
from psycopg.sql import SQL, Composable, Composed, Identifier, Literal

from api.queries.catalog import Mart
from api.queries.endpoints import ENDPOINTS, SCOPES
from api.services import tokens
from bench.figures import Result
from warehouse import database, setup
from warehouse.embedded import ports
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

_log = logging.getLogger(__name__)

INSTRUMENTS = 500
SESSIONS = 5000
REQUESTS_A_SECOND = 100
SECONDS = 600
_WARM_UP_SECONDS = 10
_FIRST_DATE = date(2005, 1, 3)
_LONG = ("fct_daily_bars", "fct_daily_indicators")
_MOST_MILLISECONDS = {50: 20.0, 95: 100.0, 99: 200.0}
_MOST_GROWTH = 0.1
# Answers are kept for five minutes: until then memory grows with them.
_FULL_AFTER_SECONDS = 300
_KEPT, _READ = "kept, or not sent again", "read from the mart"


@dataclass
class Found:
    """What a load met.

    Attributes:
        times: milliseconds of each answer, by where it came from.
        memory: megabytes of the workers, second by second.
    """

    times: dict[str, list[float]] = field(default_factory=lambda: {_KEPT: [], _READ: []})
    statuses: set[int] = field(default_factory=set)
    memory: list[float] = field(default_factory=list)


def run(settings: Settings, seconds: int = SECONDS) -> Result:
    """Return the times of requests and the memory of the workers.

    Args:
        settings: of a server that runs, on which a database is made.
        seconds: how long the load lasts.
    """
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = _with_own_database(settings)
    _fill(settings)
    with _serving(settings) as (address, processes, token):
        _log.info("asking %d times a second for %d seconds", REQUESTS_A_SECOND, seconds)
        asyncio.run(_load(address, token, _WARM_UP_SECONDS, []))
        found = asyncio.run(_load(address, token, seconds, processes()))
    is_fast = all(
        _percentile(times, part) <= most
        for times in found.times.values()
        for part, most in _MOST_MILLISECONDS.items()
    )
    full, end = found.memory[min(_FULL_AFTER_SECONDS, len(found.memory) // 2)], found.memory[-1]
    is_flat = end <= full * (1 + _MOST_GROWTH)
    count = sum(map(len, found.times.values()))
    statuses = ", ".join(map(str, sorted(found.statuses)))
    promised = ", ".join(f"p{part} {most:.0f} ms" for part, most in _MOST_MILLISECONDS.items())
    return Result(
        f"The REST API: {REQUESTS_A_SECOND} requests a second over "
        f"{INSTRUMENTS * SESSIONS / 1e6:.1f} million bars",
        [
            "Two workers, the load generator and PostgreSQL share the machine. The mix: prices,",
            "bars, indicators, instruments, movers; half of it asked before, a fifth with an ETag.",
            "",
            f"- {count:,} answers in {seconds} s, of status {statuses}; promised: {promised}.",
            *(f"- {_shown(kind, times)}" for kind, times in found.times.items()),
            f"- Memory of the workers: {found.memory[0]:.0f} MB at the start, {full:.0f} MB once",
            "  answers were kept as long as they ever are (or at half the time),",
            f"  {end:.0f} MB at the end. Minute by minute: {_by_minute(found.memory)}.",
            "",
        ],
        is_fast and is_flat and found.statuses <= {200, 304},
    )


def _shown(kind: str, times: Sequence[float]) -> str:
    percentiles = ", ".join(f"p{part} {_percentile(times, part):.1f} ms" for part in (50, 95, 99))
    return f"{len(times):,} {kind}: {percentiles}."


def _with_own_database(settings: Settings) -> Settings:
    """Return the settings of a database that no other benchmark has filled."""
    with database.connect_as_administrator(settings, "postgres", autocommit=True) as connection:
        connection.execute("create database bench_api")
    return load_settings(
        None,
        home_dir=settings.home_dir,
        profiles_location=settings.profiles_location,
        database_url=database.administrator_dsn(settings, "bench_api"),
    )


def _fill(settings: Settings) -> None:
    _log.info("filling %d bars", INSTRUMENTS * SESSIONS)
    setup.set_up(settings)
    marts = {endpoint.mart: endpoint.table for endpoint in ENDPOINTS}
    with database.connect(settings, "transformer", autocommit=True) as connection:
        for mart in marts.values():
            columns = SQL(", ").join(
                SQL("{} {}").format(Identifier(one.name), SQL(one.data_type))
                for one in mart.columns.values()
            )
            relation = Identifier(mart.schema, mart.name)
            connection.execute(SQL("create table {} ({})").format(relation, columns))
            count = SESSIONS if mart.name in _LONG else 1
            if mart.name in (*_LONG, "dim_instruments", "fct_latest_prices"):
                connection.execute(_rows(mart, count))
            key = SQL(", ").join(map(Identifier, mart.key))
            connection.execute(SQL("alter table {} add primary key ({})").format(relation, key))
            connection.execute(SQL("analyze {}").format(relation))


def _rows(mart: Mart, sessions: int) -> Composed:
    """Return the statement that fills a mart: instruments x sessions."""
    by_name: dict[str, Composable] = {
        "instrument_id": SQL("'equity:S' || instrument"),
        "symbol": SQL("'S' || instrument"),
        "session_date": SQL("{} + session").format(Literal(_FIRST_DATE)),
    }
    by_type: dict[str, Composable] = {
        "text": SQL("'text'"),
        "double precision": SQL("100 + 50 * sin(instrument + session / 20.0)"),
        "boolean": SQL("true"),
        "date": Literal(_FIRST_DATE),
        "timestamptz": SQL("timestamptz '2026-01-01Z'"),
        "bigint": SQL("session"),
        "integer": SQL("session"),
    }
    values = SQL(", ").join(
        by_name.get(one.name, by_type[one.data_type]) for one in mart.columns.values()
    )
    return SQL(
        "insert into {} select {} from generate_series(1, {}) as instrument,"
        " generate_series(0, {}) as session"
    ).format(Identifier(mart.schema, mart.name), values, INSTRUMENTS, sessions - 1)


@contextmanager
def _serving(settings: Settings) -> Iterator[tuple[str, Callable[[], list[int]], str]]:
    port = ports.next_free(8800) or 8800
    process = subprocess.Popen(
        [sys.executable, "-m", "marketflow", "api"],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "MARKETFLOW_HOME": str(settings.home),
            "MARKETFLOW_DATABASE_URL": database.administrator_dsn(settings),
            "MARKETFLOW_API_PORT": str(port),
            "MARKETFLOW_API_WORKERS": "2",
            "MARKETFLOW_API_TOKEN_LIMIT": "1000000",
            "MARKETFLOW_API_ADDRESS_LIMIT": "1000000",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while ports.is_free(port):
            time.sleep(0.1)
        token = tokens.load_keys(settings).issue("bench", list(SCOPES), 86_400)
        yield f"http://127.0.0.1:{port}", lambda: _children(process.pid), token
    finally:
        process.terminate()
        process.wait(timeout=30)


async def _load(address: str, token: str, seconds: int, processes: list[int]) -> Found:
    """Ask at a steady rate, whether or not the answers keep up, and return what came."""
    chance = random.Random(seconds)
    found = Found()
    tags: dict[str, str] = {}
    headers = {"Authorization": f"Bearer {token}"}
    limits = httpx.Limits(max_connections=200)

    async with httpx.AsyncClient(
        base_url=address, headers=headers, limits=limits, timeout=60
    ) as client:

        async def ask(path: str) -> None:
            known = tags.get(path) if chance.random() < 0.2 else None
            given = {"If-None-Match": known} if known else {}
            begin = time.perf_counter()
            answer = await client.get(path, headers=given)
            milliseconds = 1000 * (time.perf_counter() - begin)
            is_kept = answer.status_code == 304 or "; hit" in answer.headers["cache-status"]
            found.times[_KEPT if is_kept else _READ].append(milliseconds)
            found.statuses.add(answer.status_code)
            tags[path] = answer.headers.get("etag", "")

        begin = time.perf_counter()
        tasks = []
        for number in range(seconds * REQUESTS_A_SECOND):
            wait = begin + number / REQUESTS_A_SECOND - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            if number % REQUESTS_A_SECOND == 0:
                found.memory.append(_megabytes(processes))
            tasks.append(asyncio.create_task(ask(_question(chance))))
        await asyncio.gather(*tasks)
        found.memory.append(_megabytes(processes))
    return found


def _question(chance: random.Random) -> str:
    """Return one question of the usual mix; half of them are asked again and again."""
    is_common = chance.random() < 0.5
    symbol = f"S{chance.randrange(1, 11 if is_common else INSTRUMENTS + 1)}"
    day = _FIRST_DATE + timedelta(days=0 if is_common else chance.randrange(SESSIONS - 300))
    return chance.choice(
        [
            f"/v1/latest_prices?symbol={symbol}",
            f"/v1/instruments/{symbol}",
            "/v1/movers?limit=20",
            f"/v1/daily_bars?symbol={symbol}&start={day}&adjustment=split&limit=250",
            f"/v1/daily_bars?symbol={symbol}&order=desc&limit=1",
            f"/v1/daily_indicators?symbol={symbol}&start={day}&limit=100",
        ]
    )


def _by_minute(memory: Sequence[float]) -> str:
    return ", ".join(f"{megabytes:.0f}" for megabytes in memory[::60])


def _percentile(times: Sequence[float], part: int) -> float:
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, len(ordered) * part // 100)]


def _children(parent: int) -> list[int]:
    """Return a process and those that it started."""
    children = [
        int(path.name)
        for path in Path("/proc").iterdir()
        if path.name.isdigit() and _parent(path) == parent
    ]
    return [parent, *children]


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


def _megabytes(processes: list[int]) -> float:
    pages = [int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in processes]
    return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 2**20
