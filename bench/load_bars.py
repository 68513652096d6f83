"""A million daily bars into raw, beside COPY of the same rows without any check."""

import gzip
import hashlib
import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.figures import Figures, Result, measure, median
from ingestion import bodies, ledger, raw_tables
from ingestion.appending import append
from ingestion.calendars import Calendars
from ingestion.landing import Landing, Sidecar
from ingestion.ledger import Body
from ingestion.load import load, with_lineage
from ingestion.parsing import ParseContext
from ingestion.request_ids import RequestIds
from ingestion.resources import resource
from warehouse import database, setup
from warehouse.settings import Settings

SYMBOLS = 400
BARS = 2_500
# As many as a load takes at once.
BODIES_AT_ONCE = 100
ROUNDS = 3
MOST_TIMES = 3.0
MOST_MEGABYTES = 600

_FIRST_DAY = date(2014, 1, 1)
_FETCHED_AT = datetime(2024, 7, 3, 21, 30, tzinfo=UTC)
_RESOURCE = resource("fmp", "eod_prices")
_NUMBERS = ("adjOpen", "adjHigh", "adjLow", "adjClose", "volume")

_log = logging.getLogger(__name__)


def run(settings: Settings) -> Result:
    """Land the bars, load them in both ways, in turns, and compare the medians."""
    setup.set_up(settings)
    raw_tables.create(settings)
    _land(settings)
    ways = {
        "load": load_bars,
        "copy of bodies": copy_bodies,
        "append": append_bars,
        "copy of rows": copy_rows,
        "nothing": load_nothing,
    }
    runs: dict[str, list[Figures]] = {name: [] for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            _empty(settings)
            runs[name].append(measure(way, settings))
            _log.info("round %d, %s: %s", number + 1, name, runs[name][-1])
    return _result({name: median(found) for name, found in runs.items()})


def load_bars(settings: Settings) -> Callable[[], None]:
    """Prepare what `marketflow load fmp` does, once its process has begun."""
    _begin(settings)

    def work() -> None:
        summary = load(settings, ["fmp"])
        if summary.rows != SYMBOLS * BARS:
            raise RuntimeError(f"{summary.rows} rows were loaded: {summary.failures}")

    return work


def append_bars(settings: Settings) -> Callable[[], None]:
    """Prepare what a load does with parsed bars, which lie ready in memory."""
    from ingestion import pipelines  # noqa: PLC0415 - what every load begins with

    _begin(settings)
    parsed = list(_parsed(settings))

    def work() -> None:
        rows = 0
        with (
            database.connect(settings, "loader", autocommit=True) as connection,
            pipelines.working_directory(settings.home) as directory,
        ):
            for start in range(0, SYMBOLS, BODIES_AT_ONCE):
                some = [
                    Body(sidecar, _RESOURCE, with_lineage(table, sidecar))
                    for sidecar, table in parsed[start : start + BODIES_AT_ONCE]
                ]
                load_id, new_rows = append(connection, "fmp", some, settings, directory)
                ledger.record(connection, some, load_id=load_id, new_rows=new_rows, already=())
                rows += sum(new_rows.values())
        if rows != SYMBOLS * BARS:
            raise RuntimeError(f"{rows} rows were appended")

    return work


def load_nothing(settings: Settings) -> Callable[[], None]:
    """Prepare what every load begins with: imports, the calendars and their sessions."""
    return lambda: _begin(settings)


def copy_bodies(settings: Settings) -> Callable[[], None]:
    """Prepare a COPY of what the bodies hold: no check, no version, no repeat is looked for."""
    return lambda: _copy(settings, (row for part in _bodies(settings) for row in part))


def copy_rows(settings: Settings) -> Callable[[], None]:
    """Prepare a COPY of the same rows, which lie ready in memory."""
    rows = [row for part in _bodies(settings) for row in part]
    return lambda: _copy(settings, rows)


def _begin(settings: Settings) -> None:
    """Load nothing, since of FRED nothing has landed, and make a pipeline that does not run."""
    from ingestion import pipelines  # noqa: PLC0415 - this import is half of it

    load(settings, ["fred"])
    with pipelines.working_directory(settings.home) as directory:
        pipelines.pipeline_for("fmp", settings, directory)


def _parsed(settings: Settings) -> Iterator[tuple[Sidecar, pa.Table]]:
    landing = Landing(settings.landing_url)
    context = ParseContext("fmp", (), Calendars.around(settings.now()))
    for sidecar in landing.list_committed("fmp"):
        body = landing.read_body(sidecar)
        yield sidecar, bodies.parse(_RESOURCE, body, sidecar, context).table


def _bodies(settings: Settings) -> Iterator[list[Sequence[Any]]]:
    for file in sorted(Path(settings.landing_url).rglob("*.json.gz")):
        rows = json.loads(gzip.decompress(file.read_bytes()))
        lineage = (file.name, "0" * 64, _FETCHED_AT.isoformat(), "0" * 32, False, "0")
        yield [
            (
                row["symbol"],
                row["date"],
                "as_traded",
                *(str(row[name]) for name in _NUMBERS),
                True,
                *lineage,
            )
            for row in rows
        ]


def _copy(settings: Settings, rows: Any) -> None:
    with database.connect(settings, "loader", autocommit=True) as connection:
        connection.execute(f"create temporary table bars (like {_RESOURCE.table})")
        with connection.cursor() as cursor, cursor.copy("copy bars from stdin") as copy:
            for row in rows:
                copy.write_row(row)


def _empty(settings: Settings) -> None:
    with database.connect(settings, "loader", autocommit=True) as connection:
        connection.execute("delete from raw_marketflow.loaded_responses")
        connection.execute(f"truncate {_RESOURCE.table}")


def _land(settings: Settings) -> None:
    """Land one answer of FMP for each symbol, newest bar first, the same in every run."""
    landing = Landing(settings.landing_url)
    request_ids = RequestIds()
    prices = random.Random(7)
    for number in range(SYMBOLS):
        symbol = f"S{number:03d}"
        body = json.dumps(
            [_bar(symbol, day, prices) for day in reversed(range(BARS))], indent=1
        ).encode()
        landing.write(_sidecar(request_ids.next(), symbol, body), body)


def _bar(symbol: str, day: int, prices: random.Random) -> dict[str, Any]:
    close = prices.uniform(10, 500)
    return {
        "symbol": symbol,
        "date": (_FIRST_DAY + timedelta(days=day)).isoformat(),
        "adjOpen": round(close * 1.01, 2),
        "adjHigh": round(close * 1.02, 2),
        "adjLow": round(close * 0.98, 2),
        "adjClose": round(close, 2),
        "volume": prices.randrange(1_000_000, 100_000_000),
    }


def _sidecar(request_id: str, symbol: str, body: bytes) -> Sidecar:
    return Sidecar(
        request_id=request_id,
        run_id="bench",
        source="fmp",
        resource="eod_prices",
        symbols=(symbol,),
        params={"symbol": symbol},
        url="http://127.0.0.1/stable/historical-price-eod/non-split-adjusted",
        method="GET",
        status=200,
        outcome="ok",
        error_class=None,
        fetched_at=_FETCHED_AT,
        requested_at=_FETCHED_AT,
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        is_redacted=False,
        is_synthetic=True,
        content_type="application/json",
    )


def _result(medians: dict[str, Figures]) -> Result:
    ours, appended = medians["load"], medians["append"]
    to_bodies = ours.cpu_seconds / medians["copy of bodies"].cpu_seconds
    to_rows = appended.cpu_seconds / medians["copy of rows"].cpu_seconds
    crossed = ours.cpu_seconds / medians["copy of rows"].cpu_seconds
    named = {
        "from landed answers: `marketflow load`": ours,
        "from landed answers: COPY of what they hold, unchecked": medians["copy of bodies"],
        "from rows in memory: what a load does with parsed bars": appended,
        "from rows in memory: COPY of them, unchecked": medians["copy of rows"],
    }
    lines = [
        f"{SYMBOLS * BARS:,} daily bars in {SYMBOLS} landed answers. CPU is the client's alone;",
        f"each figure is the median of {ROUNDS} runs in turns. To begin is left out of all: a load",
        f"of nothing takes {medians['nothing'].cpu_seconds:.2f} s, most of them imports.",
        "",
        "| | CPU | wall | peak memory |",
        "|---|---|---|---|",
        *(
            f"| {name} | {one.cpu_seconds:.2f} s | {one.wall_seconds:.1f} s | "
            f"{one.peak_megabytes:.0f} MB |"
            for name, one in named.items()
        ),
        "",
        "| CPU of ours to COPY | promised at most | measured |",
        "|---|---|---|",
        f"| both from landed answers | {MOST_TIMES:.0f} | {to_bodies:.1f} |",
        f"| both from rows in memory | {MOST_TIMES:.0f} | {to_rows:.1f} |",
        f"| ours from landed answers, COPY from rows in memory | nothing | {crossed:.1f} |",
        "",
        f"Both of ours are promised to stay under {MOST_MEGABYTES} MB.",
    ]
    peak = max(ours.peak_megabytes, appended.peak_megabytes)
    holds = max(to_bodies, to_rows) <= MOST_TIMES and peak < MOST_MEGABYTES
    return Result("A million bars into raw", lines, holds)
