"""The choice of a model for a series: what would have been said at past origins, and came true."""

from collections import defaultdict
from datetime import datetime

import numpy as np

from forecasting.errors import Unsuitable
from forecasting.forecasts import Forecast, forecast_from
from forecasting.scoring import interval_score
from forecasting.series import Series, Version

ORIGINS = 8
_AS_GOOD = 1.05


def choose(series: Series, instant: datetime) -> str:
    """Return the model that did best at past origins, naive where nothing is to be told.

    Each origin sees what was known then, and the first version of the truth judges it, if that
    too was known at `instant`. Of the models whose mean scaled error is within 5 % of the least,
    the one with the least interval score is chosen: so the middle decides, then the width.
    """
    truths = _first_versions(series, instant)
    errors: dict[str, list[float]] = defaultdict(list)
    widths: dict[str, list[float]] = defaultdict(list)
    for origin in _origins(series, truths):
        try:
            made = forecast_from(series, origin)
        except Unsuitable:
            continue
        for forecast in made:
            _judge(forecast, truths, errors, widths)
    whole = max((len(scores) for scores in errors.values()), default=0)
    means = {model: np.mean(scores) for model, scores in errors.items() if len(scores) == whole}
    if not means:
        return "naive"
    best = min(means.values())
    good = [model for model, mean in means.items() if mean <= best * _AS_GOOD]
    return min(good, key=lambda model: float(np.mean(widths[model])))


def _first_versions(series: Series, instant: datetime) -> dict[object, Version]:
    known = [version for version in series.versions if version.known_from <= instant]
    newest_first = sorted(known, key=lambda version: version.known_from, reverse=True)
    return {version.day: version for version in newest_first}


def _origins(series: Series, truths: dict[object, Version]) -> list[datetime]:
    """Return the last instants whose forecasts can be judged, `spacing` due days apart."""
    judged = [day for day in series.calendar if day in truths]
    newest = len(judged) - 1 - max(series.horizons)
    picked = range(newest, max(newest - ORIGINS * series.spacing, 0), -series.spacing)
    return [truths[judged[position]].known_from for position in picked]


def _judge(
    forecast: Forecast,
    truths: dict[object, Version],
    errors: dict[str, list[float]],
    widths: dict[str, list[float]],
) -> None:
    truth = truths.get(forecast.target_date)
    if truth is None or forecast.naive_scale == 0:
        return
    score = interval_score(truth.value, forecast.lower, forecast.upper)
    errors[forecast.model].append(abs(forecast.point - truth.value) / forecast.naive_scale)
    widths[forecast.model].append(score / forecast.naive_scale)
