"""The models against numbers worked by hand, and the interval against a known process."""

import numpy as np
import pytest

from forecasting import models, scoring, yield_curve
from forecasting.errors import Unsuitable


def test_simple_models_equal_a_hand_computation() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 7.0])  # changes 1, 2, -1, 2, 2

    naive = models.naive(values, 4, 2)
    assert naive.point == pytest.approx([7, 7, 7, 7])
    assert naive.sigma**2 == pytest.approx(np.array([1, 2, 3, 4]) * 14 / 5)

    seasonal = models.seasonal_naive(values, 3, 2)  # changes over two: 3, 1, 1, 4
    assert seasonal.point == pytest.approx([5, 7, 5])
    assert seasonal.sigma**2 == pytest.approx([27 / 4, 27 / 4, 2 * 27 / 4])

    drift = models.drift(values, 2, 2)  # mean 6/5, variance (14 - 36/5) / 4 = 1.7
    assert drift.point == pytest.approx([8.2, 9.4])
    assert drift.sigma**2 == pytest.approx([1.7 * 6 / 5, 1.7 * 2 * 7 / 5])


def test_ewma_is_the_recursion_of_riskmetrics() -> None:
    values = np.random.default_rng(3).normal(size=100).cumsum()
    squares = np.diff(values) ** 2
    variance = squares[:20].mean()
    for square in squares:
        variance = 0.94 * variance + 0.06 * square

    assert models.ewma(values, 5, 5).sigma ** 2 == pytest.approx(variance * np.arange(1, 6))


def test_ets_variance_equals_simulated_paths() -> None:
    level_gain, trend_gain, damping = 0.6, 0.2, 0.9
    errors = np.random.default_rng(4).normal(size=(200_000, 6))
    level, trend, ends = np.zeros(200_000), np.zeros(200_000), []
    for step in range(6):
        ends.append(level + damping * trend + errors[:, step])
        level = level + damping * trend + level_gain * errors[:, step]
        trend = damping * trend + trend_gain * errors[:, step]

    growth = models._ets_growth(level_gain, trend_gain, damping, 6)

    assert growth == pytest.approx(np.var(ends, axis=1), rel=0.02)


@pytest.mark.parametrize("model", ["ets", "sarimax"])
def test_a_trend_is_followed(model: str) -> None:
    noise = np.random.default_rng(5).normal(size=200) * 0.1
    told = models.MODELS[model](np.arange(200) + noise, 5, 5)

    assert told.point == pytest.approx(np.arange(200, 205), abs=0.6)
    assert (np.diff(told.sigma) >= 0).all()


def test_scores_equal_a_hand_computation() -> None:
    history = np.array([1.0, 2.0, 4.0, 3.0])

    assert scoring.naive_scale(history, 1) == pytest.approx(4 / 3)
    assert scoring.naive_scale(history, 2) == pytest.approx(2)
    assert scoring.interval_score(5.0, 4.0, 7.0) == 3
    assert scoring.interval_score(3.5, 4.0, 7.0) == pytest.approx(3 + 40 * 0.5)
    assert scoring.interval_score(7.5, 4.0, 7.0) == pytest.approx(3 + 40 * 0.5)


def test_nelson_siegel_finds_the_curve_that_made_the_yields() -> None:
    months = [1, 3, 6, 12, 24, 36, 60, 84, 120, 240, 360]
    scaled = np.array(months) / 20.0
    loading = (1 - np.exp(-scaled)) / scaled
    yields = 4.5 - 2.0 * loading + 1.5 * (loading - np.exp(-scaled))

    found = yield_curve.fit(months, list(yields))

    assert (found.level, found.slope, found.curvature, found.decay_months) == pytest.approx(
        (4.5, -2.0, 1.5, 20.0), abs=1e-4
    )
    assert found.rmse < 1e-6


def test_residuals_and_curve_add_up_to_the_yields() -> None:
    months, yields = [1.0, 6.0, 12.0, 24.0, 60.0, 120.0], [5.3, 5.1, 4.8, 4.3, 4.1, 4.2]
    found = yield_curve.fit(months, yields)
    parameters = (found.level, found.slope, found.curvature, found.decay_months)

    again = yield_curve.curve(np.array(months), *parameters) + found.residuals
    assert again == pytest.approx(yields)
    assert found.rmse == pytest.approx(np.sqrt(np.mean(np.square(found.residuals))))


def test_a_curve_of_few_tenors_is_not_fitted() -> None:
    with pytest.raises(Unsuitable, match="5 tenors") as refused:
        yield_curve.fit([1, 3, 6, 12, 24], [4.0, 4.1, 4.2, 4.3, 4.4])
    assert refused.value.reason == "few_tenors"
