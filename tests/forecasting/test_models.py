"""The models against numbers worked by hand, and the interval against a known process."""

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

from forecasting import intervals, models, scoring, yield_curve
from forecasting.errors import Unsuitable


def test_simple_models_equal_a_hand_computation() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0, 5.0, 7.0])

    naive = models.naive(values, 2, 2)
    assert naive.said.tolist() == [[value, value] for value in values]
    assert naive.spread is None

    seasonal = models.seasonal_naive(values, 3, 2)
    assert np.isnan(seasonal.said[0]).sum() == 2
    assert seasonal.said[2].tolist() == [2, 4, 2]
    assert seasonal.said[5].tolist() == [5, 7, 5]

    drift = models.drift(values, 2, 2)  # slopes: none, 1, 3/2, 2/3, 1, 6/5
    assert np.isnan(drift.said[0]).all()
    assert drift.said[2].tolist() == [5.5, 7]
    assert drift.said[5] == pytest.approx([8.2, 9.4])


def test_ewma_is_the_recursion_of_riskmetrics() -> None:
    values = np.random.default_rng(3).normal(size=100).cumsum()
    squares = np.diff(values) ** 2
    variance, expected = squares[:20].mean(), []
    for square in squares:
        variance = 0.94 * variance + 0.06 * square
        expected.append(variance)

    path = models.ewma(values, 5, 5)

    assert path.spread is not None
    assert path.spread[1:] ** 2 == pytest.approx(np.array(expected))
    assert (path.said == values[:, None]).all()


def test_ets_says_what_statsmodels_forecasts() -> None:
    values = np.random.default_rng(4).normal(size=150).cumsum()
    fitted = ETSModel(values, error="add", trend="add", damped_trend=True).fit(disp=False)

    said = models.ets(values, 6, 5).said

    assert said.shape == (150, 6)
    assert said[-1] == pytest.approx(fitted.forecast(6), rel=1e-6)


@pytest.mark.parametrize("season", [5, 12])
def test_sarimax_says_at_a_past_value_what_its_parameters_forecast_there(season: int) -> None:
    values = np.random.default_rng(6).normal(size=150).cumsum()
    seasonal = (1, 0, 0, 12) if season == 12 else (0, 0, 0, 0)
    fitted = SARIMAX(values, order=(1, 1, 1), seasonal_order=seasonal).fit(
        disp=False, maxiter=30, cov_type="none"
    )

    said = models.sarimax(values, 6, season).said

    assert said[-1] == pytest.approx(fitted.forecast(6))
    assert said[99] == pytest.approx(fitted.apply(values[:100]).forecast(6))


@pytest.mark.parametrize("model", ["naive", "seasonal_naive", "drift", "ewma"])
def test_what_is_said_at_a_value_changes_with_no_later_one(model: str) -> None:
    values = np.random.default_rng(7).normal(size=120).cumsum()
    cut = models.MODELS[model](values[:80], 5, 5).said

    assert np.array_equal(models.MODELS[model](values, 5, 5).said[:80], cut, equal_nan=True)


@pytest.mark.parametrize("model", ["ets", "sarimax"])
def test_a_trend_is_followed(model: str) -> None:
    noise = np.random.default_rng(5).normal(size=200) * 0.1
    told = models.MODELS[model](np.arange(200) + noise, 5, 5)

    assert told.said[-1] == pytest.approx(np.arange(200, 205), abs=0.6)


def test_a_margin_is_the_quantile_of_past_errors_of_the_same_horizon() -> None:
    # Steps of 1, 2, ... 100 after 30 that nobody judges by: the errors of one step are these.
    values = np.concatenate([np.zeros(31), np.arange(1.0, 101).cumsum()])
    path = models.naive(values, 20, 5)

    # 0.95 x (1 + 1/100) = 0.9595 of 100 errors: the 96th.
    assert intervals.margin(values, path, 1) == 96
    # 81 errors of 20 steps are four stretches, which have no such quantile.
    errors = np.array([np.arange(first, first + 20).sum() for first in range(1, 82)])
    student = 2.763  # two-sided 95 %, 4.05 degrees of freedom
    assert intervals.margin(values, path, 20) == pytest.approx(
        student * np.sqrt(np.mean(errors**2)), rel=1e-3
    )


def test_a_margin_is_as_wide_as_changes_are_by_now() -> None:
    values = np.random.default_rng(8).normal(size=300).cumsum()
    calm = models.Path(models.naive(values, 1, 5).said, np.ones(300))
    stirred = models.Path(calm.said, np.append(np.ones(299), 3.0))

    assert intervals.margin(values, stirred, 1) == 3 * intervals.margin(values, calm, 1) > 0


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
