"""Every fault of the independent stand-in: once it is over, raw is as if it had never been."""

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from ingestion import raw_tables
from ingestion.errors import ProviderError
from ingestion.extract import extract
from ingestion.load import load
from ingestion.resources import resources
from ingestion.shapes import Resource
from tests.conftest import DatabaseFactory
from tests.ingestion.markets import Sleeper
from tests.real import standin
from tests.real.standin import StandIn
from warehouse import database, setup
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.skipif(
    not standin.SHARED.is_dir(), reason="../shared (the stand-in) is not here"
)
NOW = "2016-12-30T21:30:00Z"
ROWS = (
    "AAPL,Apple,equity,XNYS,USD,AAPL,AAPL,,",
    "SPY,SPDR,etf,XNYS,USD,SPY,SPY,,",
    "BTC/USD,Bitcoin,crypto,24/7,USD,BTC/USD,BTCUSD,bitcoin,",
    "GDP,Gross domestic product,macro,,,,,,GDP",
)
SELECTION = ("twelve_data.time_series_daily", "fmp.eod_prices", "fmp.splits", "fred.observations")
START = date(2016, 12, 1)

# No answer comes, or none that could be taken for data.
UNANSWERED = [
    *("http500", "http502", "http503", "http429", "soft429", "reset", "truncate", "cut"),
    *("html", "empty", "slow,delay=0.01", "timeout,delay=0.01"),
]
# What comes is well formed and wrong.
WRONG = [
    *("nan,field=close", "nan,field=adjClose", "col_drop,field=volume", "col_add,field=surprise"),
    *("num_to_str,field=adjClose", "str_to_num,field=close", "dup_rows,rows=3", "shuffle"),
    *("bad_tick,field=close", "bad_tick,field=adjClose", "page_shift"),
    "late_revision,date=2016-12-20,field=close,factor=1.01",
    "split_landing,symbol=AAPL,date=2016-12-20,numerator=2,denominator=1",
]

# Vintages are asked for since the last time: what is wrong with older ones heals on request.
EVER = date(1776, 7, 4)

Current = dict[tuple[str, ...], tuple[object, ...]]


def short(faults: list[str], *chosen: str) -> list[Any]:
    """Return faults as parameters: the chosen ones for `make test`, the others for `make soak`."""
    return [
        fault if fault in chosen else pytest.param(fault, marks=pytest.mark.soak)
        for fault in faults
    ]


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standin.running(NOW) as running:
        yield running


@pytest.fixture(scope="module")
def database_url(new_database: DatabaseFactory, tmp_path_factory: pytest.TempPathFactory) -> str:
    url = new_database("faults")
    setup.set_up(load_settings(None, home_dir=tmp_path_factory.mktemp("set_up"), database_url=url))
    return url


@pytest.fixture
def settings(tmp_path: Path, database_url: str, provider: StandIn) -> Settings:
    return _settings(tmp_path, database_url, provider)


@pytest.fixture(scope="module")
def faultless(
    tmp_path_factory: pytest.TempPathFactory, database_url: str, provider: StandIn
) -> Current:
    """The newest version of every row of a run without a fault."""
    settings = _settings(tmp_path_factory.mktemp("faultless"), database_url, provider)
    assert run(settings) == []
    found = current(settings)
    tables = {key[0] for key in found}
    assert {"raw_twelve_data.time_series_daily", "raw_fmp.eod_prices"} <= tables
    assert "raw_fred.observations" in tables
    assert len(found) > 100
    return found


def _settings(directory: Path, database_url: str, provider: StandIn) -> Settings:
    """Settings of a new home on the emptied warehouse, and a provider without faults."""
    set_fault(provider, "")
    file = directory / "universe.csv"
    file.write_text("\n".join((",".join(standin.UNIVERSE_COLUMNS), *ROWS)) + "\n")
    settings = load_settings(
        None,
        home_dir=directory / "home",
        database_url=database_url,
        universe_file=file,
        frozen_now=NOW,
        **{name.lower(): value for name, value in provider.environment.items()},
    )
    raw_tables.create(settings)
    with database.connect(settings, "owner") as connection:
        connection.execute("truncate raw_marketflow.loaded_responses")
    with database.connect(settings, "loader") as connection:
        for resource in resources():
            connection.execute(f"truncate {resource.table}")
    return settings


def set_fault(provider: StandIn, spec: str) -> None:
    answer = requests.post(f"{provider.base}/_admin/faults", data=spec, timeout=10)
    answer.raise_for_status()


def run(settings: Settings, **options: Any) -> list[Exception]:
    """Extract and load, and return the failures of extract; load must have none."""
    summary = extract(settings, SELECTION, start=START, timer=Sleeper().timer, **options)
    assert load(settings).failures == []
    return [failure.error for failure in summary.failures]


def current(settings: Settings) -> Current:
    """Return the newest version of each row, by its table and key; 1, 1.0 and "1" are the same."""
    found: Current = {}
    with database.connect(settings, "loader") as connection:
        for resource in resources():
            keys = ", ".join(f'"{name}"' for name in resource.natural_key)
            rows = connection.execute(
                f"select distinct on ({keys}) {_columns(resource)} from {resource.table}"
                f" order by {keys}, fetched_at desc, request_id desc"
            )
            width = len(resource.natural_key)
            for row in rows:
                found[resource.table, *row[:width]] = tuple(map(_plain, row[width:]))
    return found


def _plain(value: Any) -> object:
    try:
        return Decimal(value)
    except (ArithmeticError, TypeError, ValueError):
        return value


def _columns(resource: Resource) -> str:
    values = [name for name in resource.column_names if name not in resource.natural_key]
    return ", ".join(f'"{name}"' for name in (*resource.natural_key, *values))


@pytest.mark.parametrize("fault", short(UNANSWERED, "soft429", "cut"))
def test_a_fault_is_named_or_waited_out_and_leaves_no_trace(
    settings: Settings, provider: StandIn, faultless: Current, fault: str
) -> None:
    set_fault(provider, f"*/*:{fault}")
    failures = run(settings)
    during = current(settings)
    set_fault(provider, "")

    assert all(isinstance(failure, ProviderError) for failure in failures)
    # Nothing that came in spite of it is wrong.
    assert during.items() <= faultless.items()
    assert failures or during == faultless
    assert run(settings) == []
    assert current(settings) == faultless


@pytest.mark.parametrize("fault", short(WRONG, "bad_tick,field=close", "nan,field=adjClose"))
def test_wrong_values_are_gone_once_the_window_is_fetched_again(
    settings: Settings, provider: StandIn, faultless: Current, fault: str
) -> None:
    set_fault(provider, f"*/*:{fault}")
    failures = run(settings)
    during = current(settings)
    set_fault(provider, "")

    assert all(isinstance(failure, ProviderError) for failure in failures)
    assert during
    # The split has its own row, which a provider that takes it back cannot take out of raw.
    assert run(settings) == []
    assert (
        extract(settings, ["fred.observations"], start=EVER, timer=Sleeper().timer).failures == []
    )
    assert load(settings).failures == []
    after = current(settings)
    extra = {key for key in after.keys() - faultless.keys() if key[0] != "raw_fmp.splits"}
    assert extra == set()
    assert {key: after[key] for key in faultless} == faultless


def test_three_runs_reach_equality_while_a_fifth_of_all_requests_fails(
    settings: Settings, provider: StandIn, faultless: Current
) -> None:
    kinds = ("http503", "reset", "truncate", "cut", "soft429")
    spec = ";".join(f"*/*:{kind}@0.04#{seed}" for seed, kind in enumerate(kinds, start=1))
    set_fault(provider, spec)

    for _ in range(3):
        run(settings)

    stats = requests.get(f"{provider.base}/_admin/stats", timeout=10).json()
    assert json.dumps(stats) != "{}"
    assert current(settings) == faultless
