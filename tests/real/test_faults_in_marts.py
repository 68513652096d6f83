"""Faults leave no trace behind raw either: staging and marts are as if they had never been."""

from pathlib import Path

import pytest
import requests

from tests.conftest import DatabaseFactory
from tests.real import standin
from tests.real.conftest import NOW, Installation, install
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
    *("http503@0.2#1", "reset@0.2#2", "truncate@0.2#3", "html@0.2#4", "soft429@0.2#5"),
    *("bad_tick,field=close", "bad_tick,field=adjClose", "nan,field=close", "shuffle"),
    *("num_to_str,field=adjClose", "dup_rows,rows=3", "col_drop,field=volume"),
    "late_revision,date=2016-12-20,field=close,factor=1.01",
]
# When and in which answer a value came differs from run to run; that it came does not.
LINEAGE = {
    *("request_id", "response_id", "fetched_at", "first_fetched_at", "final_version_count"),
    *("known_from", "is_known_from_assumed", "dlt_load_id", "snapshot_at", "as_of", "age_seconds"),
}

Content = dict[str, tuple[object, ...]]


def ingested(
    directory: Path, database_url: str, provider: StandIn, faults: list[str]
) -> Installation:
    """An installation that fetched its window once for each fault and then without any."""
    directory.mkdir()
    file = directory / "universe.csv"
    file.write_text("\n".join((",".join(standin.UNIVERSE_COLUMNS), *ROWS)) + "\n")
    installation = install(
        directory,
        database_url,
        provider.environment | {"MARKETFLOW_NOW": NOW, "MARKETFLOW_UNIVERSE": str(file)},
    )
    installation.run("db", "setup")
    for fault in faults:
        set_fault(provider, f"*/*:{fault}")
        installation.run("ingest", "--start", "2016-10-01", expect=None)
    set_fault(provider, "")
    # The stand-in has no bars within the day of one of them: done in part.
    installation.run("ingest", "--start", "2016-10-01", expect=3)
    # Vintages are asked for since the last time, unless a start goes back further.
    installation.run("ingest", "fred", "--start", "1776-07-04")
    installation.run("transform")
    return installation


def set_fault(provider: StandIn, spec: str) -> None:
    answer = requests.post(f"{provider.base}/_admin/faults", data=spec, timeout=10)
    answer.raise_for_status()


def content(installation: Installation) -> Content:
    """Count and order-free fingerprint of each relation of staging and marts, lineage aside."""
    columns = installation.query(
        "select table_schema || '.' || table_name, string_agg(quote_ident(column_name), ', ')"
        " from information_schema.columns"
        " where table_schema in ('staging', 'marts') and table_name not like 'stg_marketflow%'"
        f" and not column_name = any('{{{','.join(LINEAGE)}}}') group by 1",
        role="transformer",
    )
    return {
        str(relation): installation.query(
            "select count(*), sum(('x' || md5(line::text))::bit(60)::bigint)"
            f" from (select {names} from {relation}) as line",
            role="transformer",
        )[0]
        for relation, names in columns
    }


@pytest.mark.soak
def test_staging_and_marts_equal_those_of_a_run_without_faults(
    tmp_path: Path, new_database: DatabaseFactory
) -> None:
    with standin.running(NOW) as provider:
        calm = ingested(tmp_path / "calm", new_database("calm"), provider, [])
        stormy = ingested(tmp_path / "stormy", new_database("stormy"), provider, FAULTS)

    expected, found = content(calm), content(stormy)

    filled = {name for name, (rows, _) in expected.items() if rows}
    assert {"marts.fct_daily_bars", "marts.fct_daily_indicators", "marts.obt_daily_market"} < filled
    assert {"marts.fct_macro_observations", "marts.fct_intraday_bars"} < filled
    assert len(filled) > 25
    assert {name for name in expected if expected[name] != found[name]} == set()
