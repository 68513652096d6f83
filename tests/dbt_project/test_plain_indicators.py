"""The plain definitions equal TA-Lib, but for the beginning of its MACD."""

import numpy as np
import pytest
import talib

from tests.dbt_project.plain_indicators import every_indicator
from tests.dbt_project.test_indicator_definitions import walk

PRICES = {1: 100.0, 2: 1e-9, 3: 1e9}


def compared(seed: int) -> dict[str, np.ndarray]:
    """By column: how far TA-Lib is from the definition, as a part of the close; NaN at neither."""
    bars = walk(seed, 600, PRICES[seed])
    close, high, low = (
        np.array([getattr(bar, name) for bar in bars]) for name in ("close", "high", "low")
    )
    line, signal, histogram = talib.MACD(close, 12, 26, 9)
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    theirs = {
        "sma_20": talib.SMA(close, 20),
        "sma_50": talib.SMA(close, 50),
        "sma_200": talib.SMA(close, 200),
        "ema_12": talib.EMA(close, 12),
        "ema_26": talib.EMA(close, 26),
        "macd_line": line,
        "macd_signal": signal,
        "macd_histogram": histogram,
        "rsi_14": talib.RSI(close, 14) * close / 100,
        "bollinger_upper_20": upper,
        "bollinger_middle_20": middle,
        "bollinger_lower_20": lower,
        "atr_14": talib.ATR(high, low, close, 14),
        "return_1d": talib.ROCP(close, 1) * close,
        "high_252": talib.MAX(high, 252),
        "low_252": talib.MIN(low, 252),
    }
    ours = every_indicator(bars)
    scales = {"rsi_14": close / 100, "return_1d": close}
    found = {}
    for name, values in theirs.items():
        mine = np.array([np.nan if value is None else value for value in ours[name]])
        found[name] = np.abs(mine * scales.get(name, 1.0) - values) / close
    return found


@pytest.mark.parametrize("seed", PRICES)
def test_definitions_equal_talib_and_begin_where_it_does(seed: int) -> None:
    bars = every_indicator(walk(seed, 600, PRICES[seed]))

    for name, apart in compared(seed).items():
        first = next(n for n, value in enumerate(bars[name]) if value is not None)
        if not name.startswith("macd"):
            assert np.isnan(apart[:first]).all(), name
            assert (apart[first:] < 1e-11).all(), name


@pytest.mark.parametrize("seed", PRICES)
def test_macd_of_talib_begins_apart_and_comes_together(seed: int) -> None:
    """TA-Lib seeds the fast average with the closes 15 to 26, not 1 to 12, and shows no line alone.

    At bar 34 its signal is up to 0.8 % of the close from ours, at bar 140 a billionth.
    """
    apart = compared(seed)

    assert np.isnan(apart["macd_line"][:33]).all()
    assert 1e-3 < apart["macd_signal"][33] < 8e-3
    for name in ("macd_line", "macd_signal", "macd_histogram"):
        assert (apart[name][139:] < 1e-9).all(), name
