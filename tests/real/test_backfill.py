"""Sixty sessions by ranges of partitions, by command and at once: the same raw rows and marts."""

from pathlib import Path

import dagster as dg
import pytest

from orchestration import backfill
from orchestration.resources import SettingsSource
from tests.conftest import DatabaseFactory
from tests.real import standin
from tests.real.conftest import NOW, set_up, settings_within
from tests.real.content import content
from warehouse.settings import Settings

# Without coins, whose days are no trading days.
ROWS = (
    "AAPL,Apple,equity,XNYS,USD,AAPL,AAPL,,",
    "IBM,IBM,equity,XNYS,USD,IBM,IBM,,",
    "SPY,SPDR,etf,XNYS,USD,SPY,SPY,,",
    "^IXIC,NASDAQ Composite,index,XNYS,USD,IXIC,^IXIC,,",
)
BARS = ("fmp.eod_prices", "twelve_data.time_series_daily")
# Holding 21, 1 and 38 sessions; weekends lie between, and Thanksgiving within the last.
RANGES = [("2016-10-05", "2016-11-02"), ("2016-11-03", "2016-11-03"), ("2016-11-04", "2016-12-29")]
DAYS = ("--start", "2016-10-05", "--end", "2016-12-29")
RAW_BARS = """
select 'fmp', symbol, date, open, close, volume from raw_fmp.eod_prices
union all
select 'twelve_data', symbol, datetime, open, close, volume
from raw_twelve_data.time_series_daily
"""


def backfill_range(settings: Settings, selection: str, first: str, last: str) -> set[str | None]:
    """Launch a range of partitions in Dagster, and return those that count as done."""
    provider = selection.partition(".")[0]
    (asset,) = [one for one in backfill.build() if one.key == backfill.key_of(provider)]
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [asset],
            resources={"settings": SettingsSource(lambda: settings)},
            instance=instance,
            run_config={"ops": {backfill.op_of(provider): {"config": {"selection": [selection]}}}},
            tags={
                "dagster/asset_partition_range_start": first,
                "dagster/asset_partition_range_end": last,
            },
        )
    materialized = done.asset_materializations_for_node(backfill.op_of(provider))
    return {one.partition for one in materialized}


@pytest.mark.soak
def test_ranges_of_partitions_and_the_command_give_what_one_window_gives(
    tmp_path: Path, new_database: DatabaseFactory
) -> None:
    with standin.running(NOW) as provider:
        at_once, by_command, by_ranges = (
            set_up(tmp_path / name, new_database(name), provider, ROWS)
            for name in ("at_once", "by_command", "by_ranges")
        )
        at_once.run("ingest", *BARS, *DAYS)
        at_once.run("transform")
        by_command.run("backfill", *BARS, *DAYS)
        settings = settings_within(by_ranges, provider)
        done = [backfill_range(settings, one, *days) for one in BARS for days in RANGES]
        by_ranges.run("transform")

    assert [len(some) for some in done] == [21, 1, 38, 21, 1, 38]
    expected, bars = content(at_once), sorted(at_once.query(RAW_BARS, role="transformer"))
    # Four instruments at two providers; Twelve Data gives the day after the window too.
    assert len(bars) == len(set(bars)) == 4 * (60 + 61)
    filled = {name for name, (rows, _) in expected.items() if rows}
    assert {"marts.fct_daily_bars", "marts.fct_daily_indicators", "marts.obt_daily_market"} < filled
    for other in (by_command, by_ranges):
        assert sorted(other.query(RAW_BARS, role="transformer")) == bars
        found = content(other)
        assert {name for name in expected if found[name] != expected[name]} == set()
