"""Every finished bar that the stand-in serves stands in the mart once, and no other."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.real import standin
from tests.real.conftest import NOW, Installation

pytestmark = pytest.mark.soak
EQUITY_KINDS = {"equity", "etf"}


def served_bars() -> pd.DataFrame:
    """The finished bars at NOW, from the stand-in's data file rather than its answers.

    A history with a hole of more than 20 days is served from its last beginning on.
    """
    kinds = {x["symbol"]: (x["kind"], standin.house_symbol(x)) for x in standin.instruments()}
    bars = pd.read_parquet(standin.DATA / "daily.parquet")
    bars["symbol"] = bars["symbol"].astype(str)
    bars["session_date"] = pd.to_datetime(bars["date"]).dt.date
    is_equity = bars["symbol"].map(lambda symbol: kinds[symbol][0] in EQUITY_KINDS)
    bars = bars[is_equity & (bars["session_date"] <= date.fromisoformat(NOW[:10]))]
    bars = bars.sort_values(["symbol", "session_date"])
    days = pd.to_datetime(bars["session_date"])
    begins_era = days.groupby(bars["symbol"]).diff() > pd.Timedelta(days=20)
    era = begins_era.groupby(bars["symbol"]).cumsum()
    last_era = era.groupby(bars["symbol"]).transform("max")
    bars = bars[era == last_era].copy()
    bars["symbol"] = bars["symbol"].map(lambda symbol: kinds[symbol][1])
    return bars


def test_each_finished_bar_is_in_the_mart_once_with_its_close(equities: Installation) -> None:
    expected = served_bars().set_index(["symbol", "session_date"])["close"]
    found = pd.DataFrame(
        equities.query(
            "select symbol, session_date, close_price from marts.fct_daily_bars"
            " join marts.dim_instruments using (instrument_id, symbol)"
            " where asset_class in ('equity', 'etf')"
        ),
        columns=["symbol", "session_date", "close_price"],
    ).set_index(["symbol", "session_date"])["close_price"]

    assert len(expected) > 360_000
    assert found.index.is_unique
    assert set(expected.index) - set(found.index) == set()
    assert set(found.index) - set(expected.index) == set()
    aligned = found.reindex(expected.index).to_numpy(dtype=float)
    # Twelve Data prints five decimals.
    printed = [float(f"{close:.5f}") for close in expected]
    np.testing.assert_array_equal(aligned, printed)


def test_bars_lie_on_sessions_of_their_own_calendar(equities: Installation) -> None:
    rows = equities.query(
        "select asset_class, calendar, count(*), count(sessions.session_date)"
        " from marts.fct_daily_bars as bars"
        " join marts.dim_instruments as instruments using (instrument_id)"
        " left join marts.dim_sessions as sessions using (calendar, session_date)"
        " group by 1, 2"
    )

    calendars = {str(row[0]): row[1] for row in rows}
    assert calendars["equity"] == calendars["etf"] == calendars["index"] == "XNYS"
    assert calendars["crypto"] == "24/7"
    assert all(bars == on_session for _, _, bars, on_session in rows)


def test_a_second_run_adds_no_row_and_changes_no_mart(equities: Installation) -> None:
    raw_before = equities.raw_rows()
    marts_before = mart_contents(equities)

    equities.run("ingest", expect=3)
    equities.run("transform")

    assert sum(raw_before[name] for name in raw_before if "marketflow" not in name) > 400_000
    grown = {
        name: (raw_before[name], rows)
        for name, rows in equities.raw_rows().items()
        if rows != raw_before[name] and name not in LOG_TABLES
    }
    assert grown == {}
    assert mart_contents(equities) == marts_before


LOG_TABLES = {
    f"raw_marketflow.{name}"
    for name in ("pipeline_runs", "check_results", "api_calls", "loaded_responses", "skips")
}


def mart_contents(installation: Installation) -> dict[str, tuple[object, ...]]:
    """A count and an order-free fingerprint of the rows of every mart."""
    names = installation.query(
        "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    )
    assert len(names) >= 10
    return {
        str(name): installation.query(
            "select count(*), sum(('x' || md5(line::text))::bit(60)::bigint)"
            f" from marts.{name} as line"
        )[0]
        for (name,) in names
    }
