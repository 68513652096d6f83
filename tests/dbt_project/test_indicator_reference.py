"""Indicators of the mart equal an independent library's, on real SPY bars of 2017 and 2018."""

import csv
import gzip
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.dbt_project.conftest import Project
from tests.dbt_project.reference import REFERENCE, needs_reference

pytestmark = needs_reference

# The agreement that the design asks for: of the close for prices, absolute for the others.
PRICE, RSI, RATIO = 1e-9, 1e-7, 1e-9
# Indicator and field of the reference, column of the mart, how many values, how close.
COLUMNS = [
    ("SMA", "sma", "sma_20", 483, PRICE),
    ("RSI", "rsi", "rsi_14", 488, RSI),
    ("MACD", "fastEma", "ema_12", 491, PRICE),
    ("MACD", "slowEma", "ema_26", 477, PRICE),
    ("MACD", "macd", "macd_line", 477, PRICE),
    ("MACD", "signal", "macd_signal", 469, PRICE),
    ("MACD", "histogram", "macd_histogram", 469, PRICE),
    ("BollingerBands", "sma", "bollinger_middle_20", 483, PRICE),
    ("BollingerBands", "upperBand", "bollinger_upper_20", 483, PRICE),
    ("BollingerBands", "lowerBand", "bollinger_lower_20", 483, PRICE),
    ("BollingerBands", "percentB", "bollinger_position_20", 483, RATIO),
    ("ATR", "atr", "atr_14", 488, PRICE),
]


# What the reference has besides, put together from the macros and the parts of the mart.
OTHERS = [
    ("EMA", "ema", "ema_20", 483, PRICE),
    ("TR", "tr", "true_range", 501, PRICE),
    ("ATR", "tr", "true_range", 501, PRICE),
    ("ATR", "atrp", "atr_pct", 488, RATIO),
    ("BollingerBands", "width", "width", 483, RATIO),
    ("BollingerBands", "zScore", "z_score", 483, RATIO),
    ("VWAP", "vwap", "anchored_vwap", 502, PRICE),
]
OTHERS_IN_SQL = """
select
    session_date::text,
    changes.split_adjusted_close_price,
    {{ exponential_moving_average('changes.split_adjusted_close_price', 20,
                                  seen='changes.bar_number') }} as ema_20,
    changes.true_range,
    100 * mart.atr_14 / changes.split_adjusted_close_price as atr_pct,
    (mart.bollinger_upper_20 - mart.bollinger_lower_20) / mart.bollinger_middle_20 as width,
    4 * (mart.bollinger_position_20 - 0.5) as z_score,
    sum(
        (bars.split_adjusted_high_price + bars.split_adjusted_low_price
         + bars.split_adjusted_close_price) / 3 * bars.split_adjusted_volume
    ) over bars_so_far / sum(bars.split_adjusted_volume) over bars_so_far as anchored_vwap
from {{ ref('int_daily_changes_measured') }} as changes
inner join {{ ref('fct_daily_indicators') }} as mart using (instrument_id, session_date)
inner join {{ ref('int_daily_bars_adjusted') }} as bars using (instrument_id, session_date)
window bars_so_far as (
    partition by instrument_id order by session_date
    rows between unbounded preceding and current row
)
"""


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """The bars of the reference, and the mart built from them."""
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
    return project


@pytest.fixture(scope="module")
def indicators(project: Project) -> dict[str, dict[str, float | None]]:
    """By column, by date: the values of the mart, None where they are null."""
    names = ["split_adjusted_close_price", *(column for _, _, column, _, _ in COLUMNS)]
    rows = project.query(
        f"select session_date::text, {', '.join(names)}"
        " from marts.fct_daily_indicators order by session_date"
    )
    return {
        name: {str(row[0]): row[number] for row in rows}  # type: ignore[misc]
        for number, name in enumerate(names, start=1)
    }


@pytest.fixture(scope="module")
def others(project: Project) -> dict[str, dict[str, float | None]]:
    """The same of what is no column of the mart."""
    inline = ("--full-refresh", "--inline", OTHERS_IN_SQL)
    statement = project.dbt("--quiet", "compile", *inline)
    names = ["split_adjusted_close_price", *(column for _, _, column, _, _ in OTHERS)]
    rows = project.query(statement, role="transformer")
    return {
        name: {str(row[0]): row[number] for row in rows}  # type: ignore[misc]
        for number, name in enumerate(dict.fromkeys(names), start=1)
    }


def expected(indicator: str, field: str) -> dict[str, float]:
    path = REFERENCE / "indicators/expected_values.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return {
            row["date"]: float(row["expected"])
            for row in csv.DictReader(file)
            if (row["indicator"], row["field"]) == (indicator, field)
        }


def test_every_bar_of_the_reference_has_its_row(
    indicators: dict[str, dict[str, float | None]],
) -> None:
    closes = indicators["split_adjusted_close_price"]

    assert len(closes) == 502
    assert closes["2017-01-03"] == 212.8


@pytest.mark.parametrize("compared", COLUMNS, ids=lambda compared: compared[2])
def test_a_column_equals_the_reference_and_is_null_where_it_is(
    indicators: dict[str, dict[str, float | None]],
    compared: tuple[str, str, str, int, float],
) -> None:
    compare(indicators, compared)


@pytest.mark.parametrize("compared", OTHERS, ids=lambda compared: "-".join(compared[:2]))
def test_what_the_macros_make_equals_the_reference(
    others: dict[str, dict[str, float | None]], compared: tuple[str, str, str, int, float]
) -> None:
    compare(others, compared)


def compare(
    found: dict[str, dict[str, float | None]], compared: tuple[str, str, str, int, float]
) -> None:
    indicator, field, column, count, tolerance = compared
    reference = expected(indicator, field)
    closes = found["split_adjusted_close_price"]
    ours = {day: value for day, value in found[column].items() if value is not None}

    assert len(reference) == count
    assert ours.keys() == reference.keys()
    scale = {day: closes[day] or 0.0 if tolerance is PRICE else 1.0 for day in reference}
    assert all(abs(ours[day] - value) <= tolerance * scale[day] for day, value in reference.items())
