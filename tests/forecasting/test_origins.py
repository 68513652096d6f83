"""A forecast uses nothing that was known later than its origin."""

import pytest

from forecasting.forecasts import forecast_from
from forecasting.many import forecast_one
from tests.forecasting.histories import instant, poisoned_after, walk


def test_a_poisoned_future_changes_no_forecast_and_no_choice() -> None:
    series = walk(330)
    outcome = forecast_one(series, instant(280))

    assert len(outcome.forecasts) == 6 * 3
    assert outcome.chosen is not None
    assert outcome == forecast_one(poisoned_after(series, instant(280)), instant(280))


def test_a_correction_is_used_from_the_instant_on_at_which_it_was_known() -> None:
    series = poisoned_after(walk(330), instant(280))

    before = forecast_from(series, instant(280))[0]
    after = forecast_from(series, instant(281))[0]

    assert before.origin_value > 0
    assert after.origin_value == 1e6


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_poisoned_future_changes_nothing_at_250_origins() -> None:
    series = walk(700)
    compared = 0
    for position in range(400, 650):
        told = forecast_one(series, instant(position))
        assert told == forecast_one(poisoned_after(series, instant(position)), instant(position))
        compared += len(told.forecasts)

    assert compared >= 250 * 15
