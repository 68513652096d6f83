"""Faults leave no trace behind raw either: staging and marts are as if they had never been."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
import requests

from ingestion.extract import extract
from ingestion.load import load
from tests.conftest import DatabaseFactory
from tests.ingestion.markets import Sleeper
from tests.real import standin
from tests.real.conftest import NOW, Installation, set_up, settings_within
from tests.real.content import content
from tests.real.standin import StandIn

ROWS = (
    "AAPL,Apple,equity,XNYS,USD,AAPL,AAPL,,",
    "IBM,IBM,equity,XNYS,USD,IBM,IBM,,",
    "SPY,SPDR,etf,XNYS,USD,SPY,SPY,,",
    "^IXIC,NASDAQ Composite,index,XNYS,USD,IXIC,^IXIC,,",
    "BTC/USD,Bitcoin,crypto,24/7,USD,BTC/USD,BTCUSD,bitcoin,",
    "GDP,Gross domestic product,macro,,,,,,GDP",
    "DGS10,Ten years,macro,,,,,,DGS10",
)
FAULTS = [
    *("http503@0.2#1", "reset@0.2#2", "truncate@0.2#3", "html@0.2#4", "soft429@0.2#5", "empty"),
    *("cut@0.2#6", "http500@0.2#7", "http429@0.2#8", "http502@0.2#9", "page_shift"),
    *("bad_tick,field=close", "bad_tick,field=adjClose", "nan,field=close", "shuffle"),
    *("nan,field=adjClose", "str_to_num,field=close", "col_add,field=surprise"),
    *("num_to_str,field=adjClose", "dup_rows,rows=3", "col_drop,field=volume"),
    "late_revision,date=2016-12-20,field=close,factor=1.01",
]
START = date(2016, 10, 1)
EVER = date(1776, 7, 4)
# A history keeps what was wrong: bars, actions and vintages are staged with every version.
HISTORIES = {
    "marts.fct_daily_bar_revisions",
    *("staging.stg_twelve_data__time_series_daily", "staging.stg_fmp__eod_prices"),
    *("staging.stg_fmp__splits", "staging.stg_fmp__dividends"),
    *("staging.stg_coingecko__market_chart", "staging.stg_fred__observation_versions"),
}


@dataclass(frozen=True)
class Ingesting:
    """An installation on a provider, whose waits are not waited for."""

    installation: Installation
    provider: StandIn

    def run(self, fault: str, *, selection: tuple[str, ...] = (), start: date = START) -> list[str]:
        """Extract and load a window while a fault is on; return what extract says of failures."""
        answer = requests.post(
            f"{self.provider.base}/_admin/faults", data=fault and f"*/*:{fault}", timeout=10
        )
        answer.raise_for_status()
        settings = settings_within(self.installation, self.provider)
        summary = extract(settings, selection, start=start, timer=Sleeper().timer)
        assert load(settings).failures == []
        return [str(failure.error) for failure in summary.failures]


def ingested(
    directory: Path, database_url: str, provider: StandIn, faults: list[str]
) -> Installation:
    """An installation that fetched its window once for each fault and then without any."""
    installation = set_up(directory, database_url, provider, ROWS)
    ingesting = Ingesting(installation, provider)
    failed = [fault for fault in faults if ingesting.run(fault)]
    assert bool(failed) == bool(faults)
    ingesting.run("")
    # Vintages are asked for since the last time, unless a start goes back further.
    ingesting.run("", selection=("fred.observations",), start=EVER)
    installation.run("transform")
    return installation


@pytest.mark.soak
def test_staging_and_marts_equal_those_of_a_run_without_faults(
    tmp_path: Path, new_database: DatabaseFactory
) -> None:
    with standin.running(NOW) as provider:
        calm = ingested(tmp_path / "calm", new_database("calm"), provider, [])
        stormy = ingested(tmp_path / "stormy", new_database("stormy"), provider, FAULTS)

    expected, found = content(calm), content(stormy)

    relations = set(expected) - HISTORIES
    filled = {name for name in relations if expected[name][0]}
    assert {"marts.fct_daily_bars", "marts.fct_daily_indicators", "marts.obt_daily_market"} < filled
    assert {"marts.fct_macro_observations"} < filled
    assert len(filled) > 20
    assert {name for name in relations if expected[name] != found[name]} == set()
