"""Forecasts of one series from an origin, on the scale on which its changes are alike."""

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from forecasting.intervals import margin
from forecasting.models import MODELS
from forecasting.scoring import naive_scale
from forecasting.series import Known, Series, as_known


@dataclass(frozen=True)
class Forecast:
    """One forecast of one model for one horizon, in the unit of the series.

    Attributes:
        model: its name in `MODELS`.
        origin_date: day of the newest value that was known.
        origin_value: that value.
        horizon: due days ahead.
        target_date: the day that is forecast.
        point: the median.
        lower: lower end of the 95 % interval.
        upper: upper end.
        naive_scale: mean absolute error of the naive forecast in the history; divides MASE.
    """

    model: str
    origin_date: date
    origin_value: float
    horizon: int
    target_date: date
    point: float
    lower: float
    upper: float
    naive_scale: float


def forecast_from(series: Series, instant: datetime) -> list[Forecast]:
    """Return what every model says with what was known at an instant.

    A model that fails on the series, or whose numbers are not finite, is left out.

    Raises:
        Unsuitable: nothing honest can be said.
    """
    known = as_known(series, instant)
    return [
        forecast
        for model in MODELS
        for forecast in _of_model(series, known, model)
        if np.isfinite([forecast.point, forecast.lower, forecast.upper]).all()
    ]


def _of_model(series: Series, known: Known, model: str) -> list[Forecast]:
    # What is positive moves in proportion: prices, and most of what is counted.
    is_positive = bool((known.values > 0).all())
    scaled = np.log(known.values) if is_positive else known.values
    due = [one for one in series.horizons if known.position + one < len(series.calendar)]
    try:
        path = MODELS[model](scaled, max(series.horizons), series.season)
        margins = np.array([margin(scaled, path, horizon) for horizon in due])
    except (ValueError, ArithmeticError, np.linalg.LinAlgError, IndexError):
        return []
    back = np.exp if is_positive else np.asarray
    middle = path.said[-1, [horizon - 1 for horizon in due]]
    # An interval far beyond any number is no forecast, and is left out above.
    with np.errstate(over="ignore", invalid="ignore"):
        points, lowers, uppers = back(middle), back(middle - margins), back(middle + margins)
    return [
        Forecast(
            model=model,
            origin_date=series.calendar[known.position],
            origin_value=float(known.values[-1]),
            horizon=horizon,
            target_date=series.calendar[known.position + horizon],
            point=float(points[place]),
            lower=float(lowers[place]),
            upper=float(uppers[place]),
            naive_scale=naive_scale(known.values, horizon),
        )
        for place, horizon in enumerate(due)
    ]
