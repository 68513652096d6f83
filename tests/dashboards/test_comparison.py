from datetime import date

import pandas as pd
import pytest

from dashboards import comparison

DAYS = [date(2025, 1, day) for day in (1, 2, 3, 6)]
CLOSES = pd.DataFrame(
    [
        ("BTC/USD", DAYS[0], 50.0),
        *(("BTC/USD", day, close) for day, close in zip(DAYS[1:], (40.0, 50.0, 20.0), strict=True)),
        *(("AAPL", day, close) for day, close in zip(DAYS[1:], (10.0, 11.0, 12.1), strict=True)),
    ],
    columns=["symbol", "session_date", "close"],
)


def test_all_begin_on_the_first_session_that_they_share() -> None:
    common = comparison.common_closes(CLOSES, "close")

    assert list(common.index) == DAYS[1:]
    assert common["BTC/USD"].tolist() == [40.0, 50.0, 20.0]


def test_instruments_without_a_common_session_have_no_line() -> None:
    apart = pd.DataFrame(
        [("A", DAYS[0], 1.0), ("B", DAYS[1], 1.0)], columns=["symbol", "session_date", "close"]
    )

    assert comparison.common_closes(apart, "close").empty


def test_rebased_lines_begin_at_100() -> None:
    lines = comparison.rebased(comparison.common_closes(CLOSES, "close"))

    assert lines["AAPL"].tolist() == pytest.approx([100.0, 110.0, 121.0])
    assert lines["BTC/USD"].tolist() == pytest.approx([100.0, 125.0, 50.0])


def test_normalised_lines_have_mean_0_and_deviation_1() -> None:
    lines = comparison.normalised(comparison.common_closes(CLOSES, "close"))

    # 10, 11 and 12.1 lie -31, -1 and 32 thirtieths from their mean; their deviation is 1.050397.
    assert lines["AAPL"].tolist() == pytest.approx([-0.983755, -0.031734, 1.015489], abs=1e-6)


def test_return_volatility_and_drawdown_by_hand() -> None:
    table = comparison.performance(comparison.common_closes(CLOSES, "close")).set_index("symbol")

    # AAPL: +10 % twice. BTC/USD: +25 %, then -60 %: mean -17.5 %, deviation 42.5 x sqrt(2).
    assert table.loc["AAPL"].tolist() == pytest.approx([21.0, 0.0, 0.0, 3], abs=1e-9)
    assert table.loc["BTC/USD"].tolist() == pytest.approx([-50.0, 60.104076, -60.0, 3])
