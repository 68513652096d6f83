"""Runs that are killed anywhere, and runs at the same time: no row is lost, none is doubled."""

import random
import shutil
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ingestion import raw_tables
from ingestion.job import Window
from ingestion.resources import resources
from ingestion.sandbox import Sandbox
from tests.conftest import DatabaseFactory
from tests.ingestion.killable import Moment, finish, start
from tests.rounds import rounds
from warehouse import database, setup
from warehouse.settings import PROVIDERS, Settings, load_settings

NOW = "2024-07-03T21:30:00Z"
UNIVERSE = """\
symbol,name,asset_class,calendar,currency,twelve_data_symbol,fmp_symbol,coingecko_id,fred_series_id
AAPL,Apple Inc.,equity,XNYS,USD,AAPL,AAPL,,
MSFT,Microsoft,equity,XNYS,USD,MSFT,MSFT,,
GDP,Gross domestic product,macro,,,,,,GDP
"""
SELECTION = ("twelve_data.time_series_daily", "fmp.eod_prices", "fmp.splits", "fred")
BACKFILL = Window(date(2024, 5, 1))

Rows = Counter[tuple[object, ...]]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    settings = load_settings(None, home_dir=tmp_path_factory.mktemp("sandbox"), frozen_now=NOW)
    sandbox = Sandbox(settings, 0)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def database_url(new_database: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A warehouse for all rounds, each of which begins by emptying it."""
    url = new_database("kills")
    setup.set_up(load_settings(None, home_dir=tmp_path_factory.mktemp("set_up"), database_url=url))
    return url


@pytest.fixture
def settings(tmp_path: Path, database_url: str, sandbox: Sandbox) -> Settings:
    return _settings(tmp_path, database_url, sandbox)


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, sandbox: Sandbox
) -> Rows:
    """What raw holds after one run that nothing disturbs."""
    settings = _settings(tmp_path_factory.mktemp("undisturbed"), database_url, sandbox)
    assert finish(start(settings, "ingest", SELECTION, BACKFILL)) == [0]
    found = raw_rows(settings)
    tables = {row[0] for row in found}
    assert {"raw_twelve_data.time_series_daily", "raw_fmp.eod_prices"} < tables
    assert {"raw_fred.series", "raw_fred.observations"} < tables
    assert sum(found.values()) == len(found) > 200
    return found


def _settings(directory: Path, database_url: str, sandbox: Sandbox) -> Settings:
    """Settings of a new home on the emptied warehouse."""
    file = directory / "universe.csv"
    file.write_text(UNIVERSE, encoding="utf-8")
    settings = load_settings(
        None,
        home_dir=directory / "home",
        database_url=database_url,
        universe_file=file,
        frozen_now=NOW,
        **{f"{name}_base_url": url for name, url in sandbox.base_urls.items()},
        **{f"{name}_plan": "unlimited" for name in PROVIDERS},
    )
    raw_tables.create(settings)
    with database.connect(settings, "owner") as connection:
        connection.execute("truncate raw_marketflow.loaded_responses")
    with database.connect(settings, "loader") as connection:
        for resource in resources():
            connection.execute(f"truncate {resource.table}")
    return settings


def raw_rows(settings: Settings) -> Rows:
    """Return how often each row stands in raw: its table, key and values, not where it is from."""
    found: Rows = Counter()
    with database.connect(settings, "loader") as connection:
        for resource in resources():
            columns = ", ".join(f'"{name}"' for name in resource.column_names)
            for row in connection.execute(f"select {columns} from {resource.table}"):
                found[resource.table, *row] += 1
    return found


# How often an undisturbed run comes to each place at least.
ENTRIES = {"request": 7, "landing": 7, "normalise": 3, "staging": 4, "commit": 3}


@pytest.mark.parametrize("seed", rounds(short=5, long=200))
def test_a_run_killed_at_a_random_moment_loses_and_doubles_nothing(
    settings: Settings, undisturbed: Rows, seed: int
) -> None:
    chance = random.Random(seed)
    place = list(ENTRIES)[seed % len(ENTRIES)]
    moment = Moment(place, chance.randint(1, ENTRIES[place]), chance.uniform(0.0001, 0.03))
    killed = start(settings, "ingest", SELECTION, BACKFILL, die_at=moment)
    assert finish(killed) == [-signal.SIGKILL]

    assert finish(start(settings, "ingest", SELECTION, BACKFILL)) == [0]

    assert raw_rows(settings) == undisturbed


@pytest.mark.parametrize("keeps_directory", [True, False], ids=["kept", "deleted"])
@pytest.mark.parametrize("seed", rounds(short=1, long=20))
def test_a_kill_between_the_commit_and_the_note_of_dlt_heals_by_itself(
    settings: Settings, undisturbed: Rows, seed: int, keeps_directory: bool
) -> None:
    moment = Moment("staging", entry=1 + seed % ENTRIES["staging"], after="done")
    killed = start(settings, "ingest", SELECTION, BACKFILL, die_at=moment)
    assert finish(killed) == [-signal.SIGKILL]
    assert raw_rows(settings)
    if not keeps_directory:
        shutil.rmtree(settings.home / "dlt")

    assert finish(start(settings, "ingest", SELECTION, BACKFILL)) == [0]

    assert raw_rows(settings) == undisturbed
    assert list((settings.home / "dlt").iterdir()) == []


@pytest.mark.parametrize("windows", [(BACKFILL, Window()), (BACKFILL, BACKFILL)])
@pytest.mark.parametrize("seed", rounds(short=1, long=50))
def test_two_runs_at_once_lose_and_double_nothing(
    settings: Settings, undisturbed: Rows, seed: int, windows: tuple[Window, Window]
) -> None:
    first, second = random.Random(seed).sample(windows, 2)

    both = [start(settings, "ingest", SELECTION, window) for window in (first, second)]

    assert finish(*both) == [0, 0]
    found = raw_rows(settings)
    assert max(found.values()) == 1
    assert undisturbed.keys() <= found.keys()
    days = {str(row[2])[:10] for row in undisturbed if row[0] == "raw_fmp.eod_prices"}
    assert len(days) > 40
