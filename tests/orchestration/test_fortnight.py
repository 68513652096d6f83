"""Two weeks of schedules and alerts on a clock set forward, and what goes wrong in them."""

import sys
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ingestion import reference
from ingestion.sandbox.faults import Fault
from ingestion.sandbox.server import Sandbox
from marketflow import readiness
from orchestration import ingestion_assets
from orchestration.resources import SettingsSource
from tests.dashboards.browsing import CHROMIUM
from tests.orchestration import pictures
from tests.orchestration.fortnight import ASKED, World, ingest_and_build
from tests.warehouse import servers
from warehouse import database, embedded
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

# dagster-dbt calls what Dagster itself deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:AssetExecutionContext:DeprecationWarning")

# Without coins: they trade at weekends, when only hourly rounds ask.
UNIVERSE = """\
symbol,name,asset_class,calendar,currency,twelve_data_symbol,fmp_symbol,coingecko_id,fred_series_id
AAPL,Apple,equity,XNYS,USD,AAPL,AAPL,,
SPY,SPDR S&P 500,etf,XNYS,USD,SPY,SPY,,
UNRATE,Unemployment rate,macro,,,,,,UNRATE
"""
# What is asked is asked once, and histories begin soon before.
PLANS = """\
[http]
attempts = 1
[twelve_data.resources.time_series_daily]
history_start = 2025-01-02
[fmp.resources.eod_prices]
history_start = 2025-01-02
"""
INSTANCE = "telemetry: {enabled: false}\nnux: {enabled: false}\n"
OUT_OF_REACH = "http://127.0.0.1:1/stable"

BEGIN = datetime(2025, 3, 3, tzinfo=UTC)
END = BEGIN + timedelta(days=14)
SESSIONS = [f"2025-03-{day:02}" for day in (3, 4, 5, 6, 7, 10, 11, 12, 13, 14)]

BARS_OF_DAYS = ("twelve_data.time_series_daily", "fmp.eod_prices")
# As the mart, of what a look asks for.
FRESHNESS = """
create view ops.fct_freshness as
select source, 'XNYS' as calendar, max(fetched_at) as last_fetched_at
from raw_marketflow.loaded_responses
where status in ('loaded', 'empty')
group by source
"""
VERSIONS = """
select 'fmp' as source, symbol, left(date, 10) as day, count(*)
from raw_fmp.eod_prices
group by symbol, day
union all
select 'twelve_data', symbol, left(datetime, 10), count(*)
from raw_twelve_data.time_series_daily
group by 2, 3
order by source, symbol, day
"""

NEWEST = "select max(session_date)::text from marts.fct_daily_bars"
BUILDS = "select 1 from raw_marketflow.pipeline_runs where job = 'dbt build'"
BARS = """
select symbol, session_date::text, close_price, split_adjusted_close_price
from marts.fct_daily_bars
where session_date >= '2025-03-03'
order by symbol, session_date
"""
CORRECTIONS = """
select distinct symbol, session_date::text
from marts.fct_daily_bar_revisions
where cause = 'correction'
"""
GAPS = """
select symbol, session_date, cause
from ops.fct_data_gaps
where session_date >= '2025-03-03' and cause not in ('holiday', 'not_yet_due')
"""
TOLD = [
    ("03-05 22", "told", "failure", "fmp"),
    ("03-06 00", "told", "stale", "fmp"),
    ("03-06 22", "over", "failure", "fmp"),
    ("03-06 22", "over", "stale", "fmp"),
    # Killed while it loaded, and at once begun again.
    ("03-07 22", "told", "failure", "fmp"),
    ("03-07 22", "over", "failure", "fmp"),
]

Messages = tuple[str, list[dict[str, str]]]


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The clock of a world, which restores ours in the end."""
    monkeypatch.setenv("MARKETFLOW_NOW", BEGIN.isoformat())
    file = tmp_path / "now"
    file.write_text(BEGIN.isoformat(), encoding="utf-8")
    return file


@pytest.fixture
def files(tmp_path: Path, told: Messages) -> dict[str, Path]:
    """The files that settings name, by the variable."""
    shipped = (PROJECT_ROOT / "orchestration/alerts.yml").read_text(encoding="utf-8")
    texts = {
        "MARKETFLOW_UNIVERSE": UNIVERSE,
        "MARKETFLOW_PLANS": PLANS,
        "MARKETFLOW_ALERTS": shipped.replace("urls: []", f"urls: ['{told[0]}']"),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: tmp_path / name for name in texts}


@pytest.fixture
def installation(
    tmp_path: Path,
    clock: Path,
    files: dict[str, Path],
    watch: servers.Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[World]:
    """One with an embedded server of its own, all of it in the environment: a run is killed."""
    sandbox = Sandbox(load_settings(None, frozen_now=f"@{clock}"), 0)
    sandbox.start()
    (tmp_path / "dagster.yaml").write_text(INSTANCE, encoding="utf-8")
    for name, value in {
        **files,
        "MARKETFLOW_HOME": tmp_path / "home",
        "MARKETFLOW_POSTGRES_PORT": servers.free_port(),
        "MARKETFLOW_INTRADAY_INTERVALS": "1h",
        "MARKETFLOW_RETRY_SECONDS": 0,
        "DBT_PROFILES_DIR": tmp_path / "profiles",
        "DAGSTER_HOME": tmp_path,
        **{f"{name.upper()}_BASE_URL": sandbox.base_urls[name] for name in ASKED},
        **{f"{name.upper()}_PLAN": "unlimited" for name in ASKED},
    }.items():
        monkeypatch.setenv(name, str(value))
    settings = load_settings(None)
    watch.over(settings)
    embedded.start(settings)
    readiness.ensure_ready(settings)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        world = World(settings, clock, instance, ingest_and_build, sandbox)
        yield world
    world.sandbox.stop()
    servers.remove(settings)


def what_goes_wrong(world: World, at: datetime) -> None:
    """One provider is out for a day; a run and PostgreSQL are killed; the past is restated."""
    match f"{at:%m-%d %H}":
        case "03-05 00":
            world.changed["fmp_base_url"] = OUT_OF_REACH
        case "03-06 00":
            world.changed.clear()
        case "03-07 22":
            world.kill_a_run()
            world.look(at)
        case "03-10 12":
            servers.kill(world.load())
        case "03-11 00":
            world.misbehave(Fault.LATE_REVISION)
        case "03-13 14":
            world.misbehave(Fault.SPLIT_LANDING)


@pytest.mark.soak
@pytest.mark.timeout(2400)
def test_a_fortnight_needs_nobody(
    installation: World, told: Messages, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = installation
    shown: list[str] = []

    def build(world: World) -> bool:
        went_well = ingest_and_build(world)
        shown.extend(day for (day,) in rows(world, NEWEST))
        return went_well

    world.work = build
    # Everything that was before.
    assert world.work(world)

    world.live(BEGIN, END, lambda at: what_goes_wrong(world, at))

    runs, needed = len(world.outcomes), world.runs_that_needed_a_person
    with capsys.disabled():
        sys.stdout.write(f"\n{needed} of {runs} runs needed a person ({needed / runs:.0%})\n")
    assert needed == 0
    assert world.told == TOLD
    assert len(told[1]) == len({(at, is_over) for at, is_over, *_ in TOLD})
    assert rows(world, "select 1 from raw_marketflow.alerts where recovered_at is null") == []
    # PostgreSQL was dead from noon to the run of the evening, which started it.
    assert world.blind_looks == 9
    check_the_marts(world)
    # Each run brought its day, and built once.
    assert shown[1:] == SESSIONS
    assert len(rows(world, BUILDS)) == len(shown)
    assert rows(world, "select 1 from raw_marketflow.pipeline_runs where ended_at is null") == []
    (_,) = world.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.FAILURE]))
    finished = world.instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.SUCCESS]))
    assert (len(finished), world.instance.get_runs_count()) == (len(shown), len(shown) + 1)
    if CHROMIUM is not None:
        assert pictures.take(finished[0].run_id, tmp_path / "web.log") == []


def check_the_marts(world: World) -> None:
    """Every bar is there once, as the sandbox has it, with what happened to it."""
    bars = rows(world, BARS)
    assert [(symbol, day) for symbol, day, *_ in bars] == [
        (symbol, day) for symbol in ("AAPL", "SPY") for day in SESSIONS
    ]
    apple = {day: (close, adjusted) for symbol, day, close, adjusted in bars if symbol == "AAPL"}
    assert all(adjusted == pytest.approx(close / 2) for close, adjusted in list(apple.values())[:8])
    assert all(adjusted == close for close, adjusted in list(apple.values())[8:])
    assert rows(world, CORRECTIONS) == [("AAPL", "2025-03-06")]
    assert rows(world, GAPS) == []


def rows(world: World, query: str) -> list[tuple[Any, ...]]:
    """What a query finds in the warehouse of a world."""
    with database.connect(world.load(), "owner") as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.fixture
def small_installation(
    warehouse_settings: Settings, clock: Path, files: dict[str, Path]
) -> Iterator[World]:
    """One without dbt: what it would build of freshness is a view here too."""
    sandbox = Sandbox(load_settings(None, frozen_now=f"@{clock}"), 0)
    sandbox.start()
    settings = load_settings(
        None,
        home_dir=warehouse_settings.home,
        database_url=warehouse_settings.database_url,
        universe_file=files["MARKETFLOW_UNIVERSE"],
        plans_file=files["MARKETFLOW_PLANS"],
        alerts_file=files["MARKETFLOW_ALERTS"],
        retry_seconds=0,
        **{f"{name}_base_url": sandbox.base_urls[name] for name in ASKED},
        **{f"{name}_plan": "unlimited" for name in ASKED},
    )
    reference.sync(settings)
    with database.connect(settings, "transformer") as connection:
        connection.execute(FRESHNESS)
    with dg.DagsterInstance.ephemeral() as instance:
        world = World(settings, clock, instance, fetch_daily_bars, sandbox)
        yield world
    world.sandbox.stop()


def fetch_daily_bars(world: World) -> bool:
    """Run the steps of the providers, as far as daily bars go."""
    steps = ingestion_assets.build(defaultdict(str), world.settings)
    done = dg.materialize(
        steps,
        selection=[dg.AssetKey(one.split(".")) for one in BARS_OF_DAYS],
        resources={"settings": SettingsSource(world.load)},
        instance=world.instance,
        raise_on_error=False,
    )
    return done.success


def test_days_with_a_provider_out_for_one_need_nobody(
    small_installation: World, told: Messages
) -> None:
    world = small_installation

    def happen(at: datetime) -> None:
        match f"{at:%m-%d %H}":
            case "03-07 00":
                assert world.work(world)
            case "03-10 00":
                world.changed["fmp_base_url"] = OUT_OF_REACH
            case "03-11 00":
                world.changed.clear()
                world.misbehave(Fault.LATE_REVISION)

    # From Friday to Tuesday.
    world.live(BEGIN + timedelta(days=4), BEGIN + timedelta(days=9), happen, hours_between_looks=3)

    with database.connect(world.load(), "owner") as connection:
        versions = connection.execute(VERSIONS).fetchall()
    assert world.told == [
        ("03-10 21", "told", "failure", "fmp"),
        ("03-11 00", "told", "stale", "fmp"),
        ("03-11 21", "over", "failure", "fmp"),
        ("03-11 21", "over", "stale", "fmp"),
    ]
    assert len(told[1]) == 3
    assert (world.outcomes, world.runs_that_needed_a_person) == ([True] * 3, 0)
    # The close of Thursday was corrected on Tuesday, and nothing came twice.
    assert {(symbol, day): count for *_, symbol, day, count in versions if count > 1} == {
        ("AAPL", "2025-03-06"): 2
    }
    for source in ("fmp", "twelve_data"):
        for symbol in ("AAPL", "SPY"):
            days = [day for one, name, day, _ in versions if (one, name) == (source, symbol)]
            assert days[-6:] == SESSIONS[1:7]
