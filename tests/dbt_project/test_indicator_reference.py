"""SMA and RSI of the mart equal an independent library's, on real SPY bars of 2017 and 2018."""

import csv
import gzip
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.dbt_project.conftest import Project
from tests.dbt_project.reference import REFERENCE, needs_reference

pytestmark = needs_reference

# Of the close for prices and absolute for RSI: the agreement that the design asks for.
PRICE_TOLERANCE = 1e-9
RSI_TOLERANCE = 1e-7


@pytest.fixture(scope="module")
def indicators(new_project: Callable[[], Project]) -> dict[str, tuple[float, ...]]:
    """By date: the close and the two indicators of the mart, None where they are null."""
    project = new_project()
    project.track(
        instrument_id="etf:SPY", symbol="SPY", asset_class="etf", twelve_data_symbol="SPY"
    )
    with (REFERENCE / "indicators/quotes/default.csv").open(encoding="utf-8") as file:
        bars = [
            {"symbol": "SPY", "datetime": bar.pop("date"), "is_final": True, "adjust": "none"} | bar
            for bar in csv.DictReader(file)
        ]
    project.land(
        "twelve_data.time_series_daily", bars, fetched_at=datetime(2019, 1, 2, 22, tzinfo=UTC)
    )
    project.build("+fct_daily_indicators")
    rows = project.query(
        "select session_date::text, split_adjusted_close_price, sma_20, rsi_14"
        " from marts.fct_daily_indicators order by session_date"
    )
    return {str(row[0]): row[1:] for row in rows}  # type: ignore[misc]


def expected(indicator: str) -> dict[str, float]:
    path = REFERENCE / "indicators/expected_values.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return {
            row["date"]: float(row["expected"])
            for row in csv.DictReader(file)
            if row["indicator"] == indicator
        }


def test_every_bar_of_the_reference_has_its_row(
    indicators: dict[str, tuple[float, ...]],
) -> None:
    assert len(indicators) == 502
    assert indicators["2017-01-03"][0] == 212.8


def test_sma_20_equals_the_reference_and_is_null_where_it_is(
    indicators: dict[str, tuple[float, ...]],
) -> None:
    reference = expected("SMA")
    ours = {day: row[1] for day, row in indicators.items() if row[1] is not None}

    assert len(reference) == 483
    assert ours.keys() == reference.keys()
    assert all(
        abs(ours[day] - value) <= PRICE_TOLERANCE * indicators[day][0]
        for day, value in reference.items()
    )


def test_rsi_14_equals_the_reference_and_is_null_where_it_is(
    indicators: dict[str, tuple[float, ...]],
) -> None:
    reference = expected("RSI")
    ours = {day: row[2] for day, row in indicators.items() if row[2] is not None}

    assert len(reference) == 488
    assert ours.keys() == reference.keys()
    assert max(abs(ours[day] - value) for day, value in reference.items()) <= RSI_TOLERANCE
