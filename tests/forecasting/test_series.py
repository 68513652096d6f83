"""What cannot be forecast gets a named reason, and stops nothing else."""

from dataclasses import replace

import pytest

from forecasting.many import forecast_many, forecast_one
from forecasting.series import Series
from tests.forecasting.histories import instant, of_values, walk

WAVE = [100.0 + at % 7 for at in range(100)]


def _gappy() -> Series:
    series = of_values(WAVE)
    return replace(series, versions=[v for at, v in enumerate(series.versions) if at % 7])


@pytest.mark.parametrize(
    ("series", "known_at", "reason"),
    [
        (of_values(WAVE[:59]), 58, "short"),
        (of_values([]), 0, "short"),
        (of_values([*WAVE[:40], *[3.0] * 60]), 99, "flat"),
        (_gappy(), 99, "gappy"),
        (of_values([*WAVE[:99], float("nan")]), 99, "not_finite"),
        (of_values(WAVE), 111, "ended"),
    ],
)
def test_an_unsuitable_series_gets_a_named_reason(
    series: Series, known_at: int, reason: str
) -> None:
    outcome = forecast_one(series, instant(known_at))

    assert outcome.reason == reason
    assert outcome.sentence
    assert outcome.forecasts == ()


def test_one_bad_series_never_stops_the_rest() -> None:
    broken = replace(walk(150, seed=2), horizons=())
    short = replace(walk(150, seed=4), versions=walk(150, seed=4).versions[110:])
    series = [walk(150, seed=1), broken, short, walk(150, seed=3)]

    outcomes = list(forecast_many(series, instant(149), workers=2))

    assert [one.subject_id for one in outcomes] == [one.subject_id for one in series]
    assert [one.reason for one in outcomes] == [None, "failed", "short", None]
    assert outcomes[0] == forecast_one(series[0], instant(149))


def test_horizons_count_on_the_calendar() -> None:
    series = walk(100)
    without_weekends = replace(
        series,
        calendar=[day for day in series.calendar if day.weekday() < 5],
        versions=[v for v in series.versions if v.day.weekday() < 5],
    )
    # 2020-04-08, a Wednesday, is the 99th day: a session later is Thursday, five are a week.
    outcome = forecast_one(without_weekends, instant(98))

    targets = {one.horizon: str(one.target_date) for one in outcome.forecasts}
    assert targets == {1: "2020-04-09", 5: "2020-04-15", 20: "2020-05-06"}
