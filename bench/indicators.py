"""Every indicator of many daily bars: our models, libraries, and leaving the database."""

import io
import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import duckdb
import polars as pl
import psycopg

from bench import peers
from bench.figures import Result
from ingestion import raw_tables
from warehouse import database, profiles, setup
from warehouse.settings import PROJECT_ROOT, Settings

ROWS = 2_500_000
SESSIONS = 5_000
ROUNDS = 3
MOST_WALL_TO_LEAVING = 1.0
MOST_CPU_TO_LEAVING = 1.5
MOST_CPU_TO_NATIVE = 0.2
MOST_SHARE_OF_A_SESSION = 0.02
# Native frames take minutes: they are measured on a part.
NATIVE_PART = 10

_DBT = "import sys; from dbt.cli.main import cli; sys.argv[0] = 'dbt'; cli()"
_TICKS = os.sysconf("SC_CLK_TCK")
_BARS = "intermediate.int_daily_bars_adjusted"
_COLUMNS = (
    "instrument_id", "session_date", "split_adjusted_high_price", "split_adjusted_low_price",
    "split_adjusted_close_price", "split_adjusted_volume", "is_synthetic",
)  # fmt: skip

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Took:
    """Seconds: CPU of client and server together, and wall."""

    cpu: float
    wall: float


class Bench:
    """A warehouse whose adjusted bars are a random walk, the same in every run."""

    def __init__(self, settings: Settings, rows: int) -> None:
        self.settings = settings
        self.instruments = rows // SESSIONS
        self.runs: dict[str, list[Took]] = {}
        setup.set_up(settings)
        raw_tables.create(settings)
        profiles.write(settings)
        tests = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
        self.dbt("build", *tests, "--select", "+fct_daily_indicators")
        self.connection = database.connect(settings, "owner", autocommit=True)
        self.server = _parent(self.connection.info.backend_pid)
        self._fill()

    def dbt(self, *arguments: str) -> float:
        """Run dbt and return the seconds that its models took, without its own start."""
        target = self.settings.home / "bench-target"
        done = subprocess.run(
            [sys.executable, "-c", _DBT, *arguments],
            cwd=PROJECT_ROOT,
            env={
                **os.environ,
                "DBT_PROFILES_DIR": str(self.settings.profiles_directory),
                "DBT_TARGET_PATH": str(target),
                "DBT_LOG_PATH": str(target),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stdout[-4000:])
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        return sum(
            float(one["execution_time"])
            for one in results
            if one["unique_id"].startswith("model.marketflow.fct_daily_indicators")
        )

    @contextmanager
    def measured(self, name: str) -> Iterator[None]:
        """Measure what happens here and in the server."""
        cpu, wall = time.process_time() + self._server_cpu(), time.perf_counter()
        yield
        took = Took(time.process_time() + self._server_cpu() - cpu, time.perf_counter() - wall)
        self._keep(name, took)

    def build(self, name: str, *arguments: str) -> None:
        """Measure a build of the mart by dbt: the server's CPU, and the model's own time."""
        cpu = self._server_cpu()
        wall = self.dbt("run", "--select", "fct_daily_indicators", *arguments)
        self._keep(name, Took(self._server_cpu() - cpu, wall))

    def change(self, statement: str, changes: str) -> None:
        """Change bars, and log it as the models before would have done."""
        self.connection.execute(statement)
        self.connection.execute(
            "insert into intermediate.int_daily_bar_changes"
            " (change_number, instrument_id, changed_from)"
            " select row_number() over () + (select coalesce(max(change_number), 0)"
            f" from intermediate.int_daily_bar_changes), changes.* from ({changes}) as changes"
        )
        self.connection.execute(
            "insert into intermediate.int_model_positions as positions"
            " (model, position, next_position)"
            " select 'int_daily_bars_adjusted', max(change_number), max(change_number)"
            " from intermediate.int_daily_bar_changes"
            " on conflict (model) do update set position = excluded.position"
        )

    def _keep(self, name: str, took: Took) -> None:
        self.runs.setdefault(name, []).append(took)
        _log.info("%s: %.2f s CPU, %.2f s wall", name, took.cpu, took.wall)

    def _server_cpu(self) -> float:
        ticks = 0
        for directory in Path("/proc").iterdir():
            if not directory.name.isdigit():
                continue
            try:
                fields = _stat(int(directory.name))
            except OSError:
                continue
            if int(directory.name) == self.server:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) == self.server:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / _TICKS

    def _fill(self) -> None:
        self.connection.execute("select setseed(0.5)")
        self.connection.execute(f"truncate {_BARS}, intermediate.int_daily_bar_changes")
        self.change(
            f"insert into {_BARS} ({', '.join(_COLUMNS)})"
            " select instrument_id, session_date, close * (1 + random() / 50),"
            " close * (1 - random() / 50), close, floor(random() * 1e6), false from ("
            " select 'equity:S' || lpad(instrument::text, 5, '0') as instrument_id,"
            " date '2004-01-01' + session as session_date,"
            " 100 * exp(sum(0.02 * (random() - 0.5))"
            " over (partition by instrument order by session)) as close"
            f" from generate_series(1, {self.instruments}) as instrument,"
            f" generate_series(1, {SESSIONS}) as session) as walks"
            " order by instrument_id, session_date",
            f"select distinct instrument_id, cast('-infinity' as date) from {_BARS}",
        )
        self.connection.execute(
            # As long as those of companies: the rows of one page are worked off by one process.
            "insert into marts.dim_instruments (instrument_id, symbol, description)"
            " select distinct instrument_id, instrument_id,"
            f" repeat('A company of the benchmark. ', 20) from {_BARS}"
        )
        self.connection.execute("create schema if not exists bench")
        self.connection.execute(f"vacuum analyze {_BARS}")


def run(settings: Settings, rows: int = ROWS, rounds: int = ROUNDS) -> Result:
    """Measure all ways in turns and compare the medians."""
    bench = Bench(settings, rows)
    for number in range(rounds):
        bench.build("full", "--full-refresh")
        # What autovacuum would do at some moment, so that it falls into no measurement.
        bench.connection.execute("vacuum analyze marts.fct_daily_indicators")
        for sessions in (1, 5):
            _append(bench, sessions)
            bench.build(f"{sessions} new")
        _revise(bench)
        bench.build("revised")
        _leave(bench)
        _in_memory(bench)
        if number == 0:
            _native(bench)
    return _result(bench, rows, rounds)


def _append(bench: Bench, sessions: int) -> None:
    bench.change(
        f"insert into {_BARS} ({', '.join(_COLUMNS)})"
        " select instrument_id, session_date + added, split_adjusted_high_price,"
        " split_adjusted_low_price, split_adjusted_close_price, split_adjusted_volume, false"
        f" from {_BARS}, generate_series(1, {sessions}) as added"
        f" where session_date = (select max(session_date) from {_BARS})",
        f"select instrument_id, max(session_date) - {sessions - 1} from {_BARS} group by 1",
    )


def _revise(bench: Bench) -> None:
    """Correct the close of one bar, a year ago, of ten instruments."""
    revised = (
        f"instrument_id in (select instrument_id from marts.dim_instruments"
        f" where instrument_id like '%0') and session_date ="
        f" (select max(session_date) - 365 from {_BARS})"
    )
    ten = f"select instrument_id, session_date from {_BARS} where {revised} order by 1 limit 10"
    bench.change(
        f"update {_BARS} set split_adjusted_close_price = split_adjusted_close_price * 1.001"
        f" where (instrument_id, session_date) in ({ten})",
        ten,
    )


def _leave(bench: Bench) -> None:
    """Read from PostgreSQL, compute in polars, write back with the mart's key and index."""
    with bench.measured("leaving"):
        bars = _read(bench.connection)
        columns = _mart_columns(bench.connection)
        out = io.BytesIO()
        peers.in_polars(bars).select(columns).write_csv(out, include_header=False)
        bench.connection.execute("drop table if exists bench.indicators")
        bench.connection.execute("create table bench.indicators (like marts.fct_daily_indicators)")
        statement = "copy bench.indicators from stdin (format csv)"
        with bench.connection.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write(out.getbuffer())
        _key(bench, "indicators")


def _key(bench: Bench, table: str) -> None:
    bench.connection.execute(
        f"alter table bench.{table} add primary key (instrument_id, session_date)"
    )
    bench.connection.execute(f"create index on bench.{table} (session_date)")
    bench.connection.execute(f"analyze bench.{table}")


def _in_memory(bench: Bench) -> None:
    bars = _read(bench.connection)
    with bench.measured("polars"):
        peers.in_polars(bars)
    frame = bars.to_pandas()
    with bench.measured("pandas"):
        peers.in_pandas(frame)
    series = peers.as_series(bars)
    with bench.measured("talib"):
        peers.in_talib(series)
    memory = duckdb.connect()
    memory.register("bars", bars.to_arrow())
    memory.execute("create table kept as select * from bars")
    with bench.measured("duckdb"):
        memory.execute(peers.DUCKDB.replace("from bars", "from kept")).to_arrow_table()


def native_frames(instruments: str) -> str:
    """Return the plain way in SQL, with native frames: every column of the mart.

    Args:
        instruments: a condition on instrument_id.
    """
    bars = (
        "select instrument_id, session_date, is_synthetic, split_adjusted_high_price as high,"
        " split_adjusted_low_price as low, split_adjusted_close_price as close,"
        f" split_adjusted_volume as volume from {_BARS} where {instruments}"
    )
    return peers.NATIVE.replace("from bars", f"from ({bars}) as bars")


def _native(bench: Bench) -> None:
    """Compute with native frames into a table with the mart's key and index."""
    last = max(bench.instruments // NATIVE_PART, 1)
    with bench.measured("native"):
        bench.connection.execute("drop table if exists bench.native")
        bench.connection.execute(
            "create table bench.native as" + native_frames(f"instrument_id <= 'equity:S{last:05d}'")
        )
        _key(bench, "native")


def _read(connection: psycopg.Connection) -> pl.DataFrame:
    statement = (
        "copy (select instrument_id, session_date, split_adjusted_high_price as high,"
        " split_adjusted_low_price as low, split_adjusted_close_price as close,"
        f" split_adjusted_volume as volume from {_BARS} order by 1, 2)"
        " to stdout (format csv, header)"
    )
    into = io.BytesIO()
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for data in copy:
            into.write(data)
    into.seek(0)
    return pl.read_csv(into, schema_overrides={"session_date": pl.Date, "volume": pl.Float64})


def _mart_columns(connection: psycopg.Connection) -> list[str]:
    names = connection.execute("select * from marts.fct_daily_indicators limit 0").description
    return [column.name for column in names or ()]


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _result(bench: Bench, rows: int, rounds: int) -> Result:
    medians = {
        name: Took(median(one.cpu for one in runs), median(one.wall for one in runs))
        for name, runs in bench.runs.items()
    }
    full, leaving, native = medians["full"], medians["leaving"], medians["native"]
    native = Took(native.cpu * NATIVE_PART, native.wall * NATIVE_PART)
    named = {
        "`fct_daily_indicators`, full refresh": full,
        "the same, 1 new session for every instrument": medians["1 new"],
        "the same, 5 new sessions": medians["5 new"],
        "the same, a bar of a year ago revised in 10 instruments": medians["revised"],
        "PostgreSQL -> polars -> PostgreSQL, with the key, the index and statistics": leaving,
        "native frames in SQL, as complete (from a tenth of the rows)": native,
        "polars, in memory alone": medians["polars"],
        "pandas, in memory alone, seeded otherwise": medians["pandas"],
        "TA-Lib, in memory alone, no VWAP": medians["talib"],
        "DuckDB, in memory alone, no EMA, RSI, ATR": medians["duckdb"],
    }
    checks: list[tuple[str, float, float]] = [
        ("wall to leaving the database", full.wall / leaving.wall, MOST_WALL_TO_LEAVING),
        ("CPU to leaving the database", full.cpu / leaving.cpu, MOST_CPU_TO_LEAVING),
        ("CPU to native frames", full.cpu / native.cpu, MOST_CPU_TO_NATIVE),
        (
            "CPU of a new session to a full refresh",
            medians["1 new"].cpu / full.cpu,
            MOST_SHARE_OF_A_SESSION,
        ),
    ]
    lines = [
        f"{rows:,} daily bars of {bench.instruments} instruments. CPU is client and server",
        f"together, without dbt's own start; each figure is the median of {rounds} runs in turns.",
        "",
        "| | CPU | CPU to a full refresh | wall |",
        "|---|---|---|---|",
        *(
            f"| {name} | {one.cpu:.2f} s | {one.cpu / full.cpu:.3f} | {one.wall:.2f} s |"
            for name, one in named.items()
        ),
        "",
        "| promised at most | | measured |",
        "|---|---|---|",
        *(f"| {name} | {most} | {found:.3f} |" for name, found, most in checks),
        "",
    ]
    return Result("Every indicator", lines, all(found <= most for _, found, most in checks))
