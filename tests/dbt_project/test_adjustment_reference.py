"""Adjusted prices of AAPL (1995 to 2018) and GOOG (2014 to 2024) equal their vendor's.

There are 4 splits and 30 dividends in them, and 8,620 sessions.
"""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from tests.dbt_project.conftest import Project
from tests.dbt_project.reference import REFERENCE, needs_reference

pytestmark = needs_reference

VENDOR = {
    "AAPL": REFERENCE / "corporate_actions/av_daily_adjusted_AAPL.csv",
    "GOOG": REFERENCE / "corporate_actions/av2_GOOG_daily_adjusted.csv",
}
SPLITS = {
    ("AAPL", "2000-06-21"): 2,
    ("AAPL", "2005-02-28"): 2,
    ("AAPL", "2014-06-09"): 7,
    ("GOOG", "2022-07-18"): 20,
}
# The vendor rounds what it multiplies: its own formula reproduces its prices to 1.5e-4.
TOLERANCE = 2e-4

Bars = dict[str, dict[str, float]]


def vendor_rows(symbol: str) -> list[dict[str, str]]:
    """Return the vendor's rows, oldest first, with one spelling of their columns."""
    with VENDOR[symbol].open(encoding="utf-8") as file:
        rows = [
            {_spelled(name): text for name, text in row.items()} for row in csv.DictReader(file)
        ]
    dated = [row for row in rows if re.match(r"\d", row["date"])]
    return sorted(dated, key=lambda row: row["date"])


def _spelled(name: str) -> str:
    return {"timestamp": "date"}.get(name, name.lower().replace(" ", "_"))


@pytest.fixture(scope="module")
def bars(new_project: Callable[[], Project]) -> dict[str, Bars]:
    """The bars of the mart by symbol and date."""
    project = new_project()
    for symbol in VENDOR:
        project.track(
            instrument_id=f"equity:{symbol}", symbol=symbol, asset_class="equity", fmp_symbol=symbol
        )
        land(project, symbol)
    project.build("+fct_daily_bars", "+fct_corporate_actions")
    columns = (
        "close_price", "volume", "split_adjusted_close_price", "split_adjusted_volume",
        "total_return_close_price",
    )  # fmt: skip
    found: dict[str, Bars] = {symbol: {} for symbol in VENDOR}
    for name, day, *values in project.query(
        f"select symbol, session_date::text, {', '.join(columns)} from fct_daily_bars order by 1, 2"
    ):
        found[str(name)][str(day)] = dict(zip(columns, values, strict=True))  # type: ignore[arg-type]
    return found


def land(project: Project, symbol: str) -> None:
    """Land what the vendor says as answers of FMP."""
    rows = vendor_rows(symbol)
    fetched_at = datetime(2024, 11, 15, 22, tzinfo=UTC)
    project.land(
        "fmp.eod_prices",
        [
            {"symbol": symbol, "date": row["date"], "price_basis": "as_traded", "is_final": True}
            | {name: row[name] for name in ("open", "high", "low", "close", "volume")}
            for row in rows
        ],
        fetched_at=fetched_at,
    )
    project.land(
        "fmp.splits",
        [
            {
                "symbol": symbol,
                "date": row["date"],
                "numerator": row["split_coefficient"],
                "denominator": "1",
            }
            for row in rows
            if float(row["split_coefficient"]) != 1
        ],
        fetched_at=fetched_at,
    )
    project.land(
        "fmp.dividends",
        [
            {"symbol": symbol, "date": row["date"], "dividend": row["dividend_amount"]}
            for row in rows
            if float(row["dividend_amount"]) != 0
        ],
        fetched_at=fetched_at,
    )


@pytest.mark.parametrize(("symbol", "sessions"), [("AAPL", 5941), ("GOOG", 2679)])
def test_as_traded_prices_are_the_vendors_own(
    bars: dict[str, Bars], symbol: str, sessions: int
) -> None:
    vendor = {row["date"]: float(row["close"]) for row in vendor_rows(symbol)}

    assert len(vendor) == sessions
    assert {day: bar["close_price"] for day, bar in bars[symbol].items()} == vendor


@pytest.mark.parametrize("symbol", VENDOR)
def test_total_return_closes_agree_with_the_vendors_adjusted_closes(
    bars: dict[str, Bars], symbol: str
) -> None:
    vendor = {row["date"]: float(row["adjusted_close"]) for row in vendor_rows(symbol)}

    worst = max(
        abs(bars[symbol][day]["total_return_close_price"] / adjusted - 1)
        for day, adjusted in vendor.items()
    )

    assert worst < TOLERANCE


@pytest.mark.parametrize(("symbol", "day", "ratio"), [(*key, SPLITS[key]) for key in SPLITS])
def test_a_split_leaves_no_jump_in_price_and_none_in_volume(
    bars: dict[str, Bars], symbol: str, day: str, ratio: int
) -> None:
    """No close moved by a fifth on these days, and no volume fivefold, but for the split."""
    before, after = next(
        (earlier, later)
        for (_, earlier), (date, later) in pairwise(bars[symbol].items())
        if date == day
    )

    as_traded = after["close_price"] / before["close_price"]
    adjusted = after["split_adjusted_close_price"] / before["split_adjusted_close_price"]
    volume = after["split_adjusted_volume"] / before["split_adjusted_volume"]
    assert as_traded * ratio == pytest.approx(adjusted)
    assert 0.8 < adjusted < 1.25
    assert after["volume"] / before["volume"] / ratio == pytest.approx(volume)
    assert 0.2 < volume < 5


def test_the_close_before_aapls_split_is_a_seventh(bars: dict[str, Bars]) -> None:
    before, after = bars["AAPL"]["2014-06-06"], bars["AAPL"]["2014-06-09"]

    assert before["close_price"] == 645.57
    assert before["split_adjusted_close_price"] == 645.57 / 7
    assert after["split_adjusted_close_price"] == after["close_price"] == 93.7
    assert before["split_adjusted_volume"] == before["volume"] * 7


def test_early_prices_are_divided_by_all_three_splits(bars: dict[str, Bars]) -> None:
    first = bars["AAPL"][min(bars["AAPL"])]

    assert first["split_adjusted_close_price"] == first["close_price"] / (2 * 2 * 7)
