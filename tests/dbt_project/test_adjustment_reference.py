"""Adjusted prices of AAPL, 1995 to 2018, equal its vendor's, through 3 splits and 28 dividends."""

import csv
import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.dbt_project.conftest import Project
from tests.dbt_project.reference import REFERENCE, needs_reference

pytestmark = needs_reference

VENDOR = REFERENCE / "corporate_actions/av_daily_adjusted_AAPL.csv"
# The vendor rounds what it multiplies: its own formula reproduces its prices to 1.5e-4.
TOLERANCE = 2e-4

Bars = dict[str, dict[str, float]]


def vendor_rows() -> list[dict[str, str]]:
    with VENDOR.open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if re.match(r"\d", row["timestamp"])]


@pytest.fixture(scope="module")
def bars(new_project: Callable[[], Project]) -> Bars:
    """The bars of the mart by date."""
    project = new_project()
    project.track(
        instrument_id="equity:AAPL", symbol="AAPL", asset_class="equity", fmp_symbol="AAPL"
    )
    rows = vendor_rows()
    fetched_at = datetime(2018, 8, 6, 22, tzinfo=UTC)
    project.land(
        "fmp.eod_prices",
        [
            {
                "symbol": "AAPL",
                "date": row["timestamp"],
                "price_basis": "as_traded",
                "is_final": True,
                **{name: row[name] for name in ("open", "high", "low", "close", "volume")},
            }
            for row in rows
        ],
        fetched_at=fetched_at,
    )
    project.land(
        "fmp.splits",
        [
            {
                "symbol": "AAPL",
                "date": row["timestamp"],
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
            {"symbol": "AAPL", "date": row["timestamp"], "dividend": row["dividend_amount"]}
            for row in rows
            if float(row["dividend_amount"]) != 0
        ],
        fetched_at=fetched_at,
    )
    project.build("+fct_daily_bars", "+fct_corporate_actions")
    columns = (
        "close_price", "volume", "split_adjusted_close_price", "split_adjusted_volume",
        "total_return_close_price",
    )  # fmt: skip
    found = project.query(f"select session_date::text, {', '.join(columns)} from fct_daily_bars")
    return {str(row[0]): dict(zip(columns, row[1:], strict=True)) for row in found}  # type: ignore[arg-type]


def test_as_traded_prices_are_the_vendors_own(bars: Bars) -> None:
    vendor = {row["timestamp"]: float(row["close"]) for row in vendor_rows()}

    assert len(vendor) > 5900
    assert {day: bar["close_price"] for day, bar in bars.items()} == vendor


def test_total_return_closes_agree_with_the_vendors_adjusted_closes(bars: Bars) -> None:
    vendor = {row["timestamp"]: float(row["adjusted_close"]) for row in vendor_rows()}

    worst = max(
        abs(bars[day]["total_return_close_price"] / adjusted - 1)
        for day, adjusted in vendor.items()
    )

    assert worst < TOLERANCE


def test_a_split_leaves_no_jump_in_price_and_none_in_volume(bars: Bars) -> None:
    before, after = bars["2014-06-06"], bars["2014-06-09"]

    assert before["close_price"] == 645.57
    assert before["split_adjusted_close_price"] == 645.57 / 7
    assert after["split_adjusted_close_price"] == after["close_price"] == 93.7
    assert before["split_adjusted_volume"] == before["volume"] * 7


def test_early_prices_are_divided_by_all_three_splits(bars: Bars) -> None:
    first = bars[min(bars)]

    assert first["split_adjusted_close_price"] == first["close_price"] / (2 * 2 * 7)
