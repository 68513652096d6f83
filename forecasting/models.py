"""The models: values in, what each says at every one of them out, on one and the same scale.

A model sees the values alone, so it cannot know anything later than the last of them. What it says
at an earlier value rests on the values up to there and on the parameters that fit all of them.
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
    """What a model says 1 to n steps ahead, at every value.

    Attributes:
        said: shape (values, n); the last row is the forecast. NaN where it can say nothing.
        spread: how wide changes are by then, shape (values,); None where they are always alike.
    """

    said: Values
    spread: Values | None = None


Model = Callable[[Values, int, int], Path]


def naive(values: Values, steps: int, season: int) -> Path:  # noqa: ARG001 - one form for all
    """Return the last value."""
    return Path(np.repeat(values[:, None], steps, axis=1))


def seasonal_naive(values: Values, steps: int, season: int) -> Path:
    """Return the value of a season before."""
    positions = np.arange(len(values))[:, None] + 1 - season + np.arange(steps) % season
    return Path(np.where(positions >= 0, values[positions], np.nan))


def drift(values: Values, steps: int, season: int) -> Path:  # noqa: ARG001
    """Return the line through the first and the last value, prolonged."""
    slope = np.full(len(values), np.nan)
    slope[1:] = (values[1:] - values[0]) / np.arange(1, len(values))
    return Path(values[:, None] + slope[:, None] * np.arange(1, steps + 1))


def ewma(values: Values, steps: int, season: int) -> Path:
    """Return the last value with an interval as wide as recent changes: a volatility forecast."""
    squares = np.diff(values) ** 2
    start = [squares[:20].mean() * _EWMA_DECAY]
    variances, _ = signal.lfilter([1 - _EWMA_DECAY], [1, -_EWMA_DECAY], squares, zi=start)
    return Path(naive(values, steps, season).said, np.sqrt(np.append(np.nan, variances)))


def ets(values: Values, steps: int, season: int) -> Path:  # noqa: ARG001
    """Return exponential smoothing with a damped trend and additive errors, by likelihood."""
    model = ETSModel(values, error="add", trend="add", damped_trend=True)
    with warnings.catch_warnings():
        # An optimum at the edge is an answer too: its forecasts are judged like the others.
        warnings.simplefilter("ignore")
        fitted = model.fit(disp=False, maxiter=100)
    levels, trends = np.asarray(fitted.level), np.asarray(fitted.slope)
    damped = np.cumsum(fitted.damping_trend ** np.arange(1, steps + 1))
    return Path(levels[:, None] + trends[:, None] * damped)


def sarimax(values: Values, steps: int, season: int) -> Path:
    """Return SARIMAX: (1,1,1), with a seasonal autoregression where the season is of months."""
    seasonal = (1, 0, 0, season) if season in {4, 12} else (0, 0, 0, 0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SARIMAX(values, order=(1, 1, 1), seasonal_order=seasonal)
        fitted = model.fit(disp=False, maxiter=30, cov_type="none")
    # The state as it is expected after each value, and what is seen of it step by step.
    states = fitted.predicted_state[:, 1:]
    seen, transition = model.ssm["design"][0], model.ssm["transition"]
    said = np.empty((len(values), steps))
    for ahead in range(steps):
        said[:, ahead] = seen @ states
        states = transition @ states
    return Path(said)


MODELS: dict[str, Model] = {
    "naive": naive,
    "seasonal_naive": seasonal_naive,
    "drift": drift,
    "ewma": ewma,
    "ets": ets,
    "sarimax": sarimax,
}
