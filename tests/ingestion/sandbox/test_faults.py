"""The faults that the sandbox offers: each is met as a real provider's is, and leaves no trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from ingestion.errors import ProviderError
from ingestion.extract import extract
from ingestion.job import load_only
from ingestion.sandbox.faults import Fault, named
from ingestion.sandbox.server import Sandbox
from tests.ingestion.landings import raw_rows
from tests.ingestion.markets import Sleeper
from warehouse.errors import UsageError
from warehouse.settings import PROVIDERS, Settings, load_settings

NOW = "2024-07-03T21:30:00Z"
UNIVERSE = """\
symbol,name,asset_class,calendar,currency,twelve_data_symbol,fmp_symbol,coingecko_id,fred_series_id
AAPL,Apple Inc.,equity,XNYS,USD,AAPL,AAPL,,
MSFT,Microsoft,equity,XNYS,USD,MSFT,MSFT,,
BTC/USD,Bitcoin,crypto,24/7,USD,BTC/USD,BTCUSD,bitcoin,
GDP,Gross domestic product,macro,,,,,,GDP
"""
SPOILING = (Fault.HARD_429, Fault.SOFT_429, Fault.UNAVAILABLE, Fault.TRUNCATED)
SELECTION = ("twelve_data.time_series_daily", "fmp.eod_prices", "fmp.splits", "fred", "coingecko")

Closes = dict[tuple[str, str], str]


@contextmanager
def running(fault: Fault | None = None) -> Iterator[Sandbox]:
    sandbox = Sandbox(load_settings(None, frozen_now=NOW), 0, fault=fault)
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


def settings_of(directory: Path, sandbox: Sandbox, database: Settings | None = None) -> Settings:
    directory.mkdir(exist_ok=True)
    file = directory / "universe.csv"
    file.write_text(UNIVERSE, encoding="utf-8")
    return load_settings(
        None,
        home_dir=directory / "home",
        universe_file=file,
        frozen_now=NOW,
        database_url=None if database is None else database.database_url,
        **{f"{name}_base_url": url for name, url in sandbox.base_urls.items()},
        **{f"{name}_plan": "unlimited" for name in PROVIDERS},
    )


def landed(settings: Settings) -> tuple[set[tuple[str, ...]], set[str]]:
    """Fetch, and return every answer with data and the classes of the others."""
    from ingestion.landing import Landing  # noqa: PLC0415

    summary = extract(settings, SELECTION, start=date(2024, 6, 1), timer=Sleeper().timer)
    assert all(isinstance(failure.error, ProviderError) for failure in summary.failures)
    found, errors = set(), set()
    for one in Landing(settings.landing_url).list_committed():
        if one.error_class is None:
            found.add((one.source, one.resource, *one.symbols, one.sha256))
        else:
            errors.add(one.error_class)
    return found, errors


@pytest.mark.parametrize("fault", SPOILING)
def test_a_spoilt_answer_is_asked_for_again(tmp_path: Path, fault: Fault) -> None:
    with running() as sandbox:
        undisturbed, none = landed(settings_of(tmp_path / "without", sandbox))
    with running(fault) as sandbox:
        disturbed, errors = landed(settings_of(tmp_path / "with", sandbox))

    assert len(undisturbed) > 6
    assert none == set()
    is_limit = fault in {Fault.HARD_429, Fault.SOFT_429}
    assert errors == {"RateLimited" if is_limit else "ProviderFault"}
    assert disturbed == undisturbed


def loaded(settings: Settings) -> None:
    extract(settings, SELECTION[:3], start=date(2024, 6, 1), timer=Sleeper().timer)
    assert load_only(settings, ["fmp", "twelve_data"]).failures == []


def newest_closes(settings: Settings) -> Closes:
    return {
        (row["symbol"], row["date"]): row["close"]
        for row in raw_rows(settings, "fmp", "eod_prices")
    }


def test_a_late_revision_is_one_new_version(warehouse_settings: Settings, tmp_path: Path) -> None:
    with running() as sandbox:
        loaded(settings_of(tmp_path, sandbox, warehouse_settings))
    before = newest_closes(warehouse_settings)
    with running(Fault.LATE_REVISION) as sandbox:
        loaded(settings_of(tmp_path, sandbox, warehouse_settings))
    after = newest_closes(warehouse_settings)

    assert len(before) > 60
    # 3 July 2024 has closed; two sessions before it is 1 July.
    assert {key for key in after if after[key] != before[key]} == {("AAPL", "2024-07-01")}
    ratio = float(after["AAPL", "2024-07-01"]) / float(before["AAPL", "2024-07-01"])
    assert ratio == pytest.approx(1.01, abs=1e-4)


def test_a_split_that_lands_halves_the_price_and_is_listed(
    warehouse_settings: Settings, tmp_path: Path
) -> None:
    with running() as sandbox:
        loaded(settings_of(tmp_path, sandbox, warehouse_settings))
    before = newest_closes(warehouse_settings)
    with running(Fault.SPLIT_LANDING) as sandbox:
        loaded(settings_of(tmp_path, sandbox, warehouse_settings))
    after = newest_closes(warehouse_settings)

    splits = raw_rows(warehouse_settings, "fmp", "splits")
    assert [
        (row["symbol"], row["date"], row["numerator"], row["denominator"])
        for row in splits
        if row["date"] == "2024-07-03"
    ] == [("AAPL", "2024-07-03", "2", "1")]
    # As traded: the past stays, the day of the split is at half the price.
    assert {key for key in after if after[key] != before[key]} == {("AAPL", "2024-07-03")}
    halved = float(after["AAPL", "2024-07-03"]) / float(before["AAPL", "2024-07-03"])
    assert halved == pytest.approx(0.5, abs=1e-4)


def test_an_unknown_fault_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="there is no fault 'snow': the faults are 429, soft-429"):
        named("snow")
