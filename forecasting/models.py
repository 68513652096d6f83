"""The models: values in, a path with its standard errors out, on one and the same scale.

A model sees the values alone, so it cannot know anything later than the last of them.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import signal
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasting.series import Values

VERSION = "1"
_EWMA_DECAY = 0.94  # RiskMetrics (1996), daily


@dataclass(frozen=True)
class Path:
    """Forecasts for 1 to n steps ahead.

    Attributes:
        point: the middle of the forecast distribution, shape (n,).
        sigma: its standard deviation, shape (n,).
    """

    point: Values
    sigma: Values


Model = Callable[[Values, int, int], Path]


def naive(values: Values, steps: int, season: int) -> Path:  # noqa: ARG001 - one form for all
    """Return the last value; errors grow with the square root of time."""
    sigma = np.sqrt(np.mean(np.diff(values) ** 2))
    return Path(np.full(steps, values[-1]), sigma * np.sqrt(np.arange(1, steps + 1)))


def seasonal_naive(values: Values, steps: int, season: int) -> Path:
    """Return the value of a season before."""
    ahead = np.arange(steps)
    sigma = np.sqrt(np.mean((values[season:] - values[:-season]) ** 2))
    return Path(values[len(values) - season + ahead % season], sigma * np.sqrt(1 + ahead // season))


def drift(values: Values, steps: int, season: int) -> Path:  # noqa: ARG001
    """Return the line through the first and the last value, prolonged."""
    changes = np.diff(values)
    slope, count, ahead = changes.mean(), len(changes), np.arange(1, steps + 1)
    sigma = changes.std(ddof=1)
    return Path(values[-1] + slope * ahead, sigma * np.sqrt(ahead * (1 + ahead / count)))


def ewma(values: Values, steps: int, season: int) -> Path:  # noqa: ARG001
    """Return the last value with an interval as wide as recent changes: a volatility forecast."""
    squares = np.diff(values) ** 2
    start = [squares[:20].mean() * _EWMA_DECAY]
    variances, _ = signal.lfilter([1 - _EWMA_DECAY], [1, -_EWMA_DECAY], squares, zi=start)
    ahead = np.arange(1, steps + 1)
    return Path(np.full(steps, values[-1]), np.sqrt(variances[-1] * ahead))


def ets(values: Values, steps: int, season: int) -> Path:  # noqa: ARG001
    """Return exponential smoothing with a damped trend and additive errors, by likelihood."""
    model = ETSModel(values, error="add", trend="add", damped_trend=True)
    with warnings.catch_warnings():
        # An optimum at the edge is an answer too: its forecasts are judged like the others.
        warnings.simplefilter("ignore")
        fitted = model.fit(disp=False, maxiter=100)
    level_gain = fitted.smoothing_level
    trend_gain, damping = fitted.smoothing_trend, fitted.damping_trend
    return Path(
        np.asarray(fitted.forecast(steps)),
        np.sqrt(fitted.mse * _ets_growth(level_gain, trend_gain, damping, steps)),
    )


def sarimax(values: Values, steps: int, season: int) -> Path:
    """Return SARIMAX: (1,1,1), with a seasonal autoregression where the season is of months."""
    seasonal = (1, 0, 0, season) if season in {4, 12} else (0, 0, 0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SARIMAX(values, order=(1, 1, 1), seasonal_order=seasonal)
        fitted = model.fit(disp=False, maxiter=30, cov_type="none")
    forecast = fitted.get_forecast(steps)
    return Path(np.asarray(forecast.predicted_mean), np.asarray(forecast.se_mean))


MODELS: dict[str, Model] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "drift": drift,
    "ewma": ewma,
    "ets": ets,
    "sarimax": sarimax,
}


def _ets_growth(level_gain: float, trend_gain: float, damping: float, steps: int) -> Values:
    """Return how the variance grows with the horizon.

    Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), section 8.7: what
    an error of one step does to the forecast j steps later, squared and summed.
    """
    later = np.arange(1, steps)
    effect = level_gain + trend_gain * np.cumsum(damping**later)
    return np.concatenate(([1.0], 1 + np.cumsum(effect**2)))
