"""The indicators by their definitions, in plain Python: each value from its whole window anew."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, sqrt

Series = list[float | None]


@dataclass(frozen=True)
class Bar:
    """A daily bar."""

    high: float
    low: float
    close: float
    volume: float | None


def every_indicator(bars: Sequence[Bar]) -> dict[str, Series]:
    """Return each column of the mart, by its name, a value or None for each bar."""
    closes: Series = [bar.close for bar in bars]
    changes: Series = [None, *(new.close - old.close for old, new in pairwise(bars))]
    ema_12, ema_26 = smoothed(closes, 12, 2 / 13), smoothed(closes, 26, 2 / 27)
    line = together(ema_12, ema_26, lambda fast, slow: fast - slow)
    signal = smoothed(line, 9, 2 / 10)
    gains = smoothed([None if x is None else max(x, 0.0) for x in changes], 14, 1 / 14)
    losses = smoothed([None if x is None else max(-x, 0.0) for x in changes], 14, 1 / 14)
    middle = over(closes, 20, mean)
    deviation = over(closes, 20, lambda window: spread(window, len(window)))
    returns: Series = [None, *(new.close / old.close - 1 for old, new in pairwise(bars))]
    upper = together(middle, deviation, lambda mid, dev: mid + 2 * dev)
    lower = together(middle, deviation, lambda mid, dev: mid - 2 * dev)
    return {
        "sma_20": middle,
        "sma_50": over(closes, 50, mean),
        "sma_200": over(closes, 200, mean),
        "ema_12": ema_12,
        "ema_26": ema_26,
        "macd_line": line,
        "macd_signal": signal,
        "macd_histogram": together(line, signal, lambda one, other: one - other),
        "rsi_14": together(gains, losses, relative_strength),
        "bollinger_middle_20": middle,
        "bollinger_upper_20": upper,
        "bollinger_lower_20": lower,
        "bollinger_position_20": [
            None if low is None or high is None or high == low else (bar.close - low) / (high - low)
            for bar, low, high in zip(bars, lower, upper, strict=True)
        ],
        "atr_14": smoothed(true_ranges(bars), 14, 1 / 14),
        "vwap_20": [vwap(bars[n - 19 : n + 1]) if n >= 19 else None for n in range(len(bars))],
        "volatility_20": over(returns, 20, lambda window: spread(window, len(window) - 1)),
        "return_1d": returns,
        "high_252": over([bar.high for bar in bars], 252, max),
        "low_252": over([bar.low for bar in bars], 252, min),
    }


def over(values: Series, length: int, measure: Callable[[list[float]], float]) -> Series:
    """Measure each window of `length` values that are all there."""
    found: Series = []
    for end in range(1, len(values) + 1):
        window = [value for value in values[max(0, end - length) : end] if value is not None]
        found.append(measure(window) if len(window) == length else None)
    return found


def smoothed(values: Series, length: int, weight: float) -> Series:
    """The mean of the first `length` values, then a step of `weight` towards each new one."""
    found: Series = []
    seed: list[float] = []
    average = 0.0
    for value in values:
        if value is not None and len(seed) < length:
            seed.append(value)
            average = fsum(seed) / length
        elif value is not None:
            average = weight * value + (1 - weight) * average
        found.append(average if len(seed) == length else None)
    return found


def together(one: Series, other: Series, combine: Callable[[float, float], float | None]) -> Series:
    return [
        None if left is None or right is None else combine(left, right)
        for left, right in zip(one, other, strict=True)
    ]


def mean(window: list[float]) -> float:
    return fsum(window) / len(window)


def spread(window: list[float], divisor: int) -> float:
    """A standard deviation; of equal values it is exactly nothing."""
    if len(set(window)) == 1:
        return 0.0
    middle = mean(window)
    return sqrt(fsum((value - middle) ** 2 for value in window) / divisor)


def relative_strength(gain: float, loss: float) -> float | None:
    if gain == loss == 0:
        return None
    return 100.0 if loss == 0 else 100 - 100 / (1 + gain / loss)


def true_ranges(bars: Sequence[Bar]) -> Series:
    return [
        None,
        *(max(new.high, old.close) - min(new.low, old.close) for old, new in pairwise(bars)),
    ]


def vwap(bars: Sequence[Bar]) -> float | None:
    volumes = [bar.volume for bar in bars if bar.volume is not None]
    if len(volumes) < len(bars) or not any(volumes):
        return None
    turnover = fsum((b.high + b.low + b.close) / 3 * (b.volume or 0.0) for b in bars)
    return turnover / fsum(volumes)
