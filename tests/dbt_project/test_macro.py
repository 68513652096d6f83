"""What is worked out of macro vintages, against pandas over the same raw rows."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from tests.dbt_project.conftest import Project, Row

FOREVER = "9999-12-31"
FETCHED_AT = datetime(2024, 12, 2, 18, tzinfo=UTC)
MODELS = ("+fct_macro_features", "+fct_macro_statistics", "+fct_macro_correlations")


def vintage(series: str, day: date, known: date, until: str, value: str) -> Row:
    return {
        "series_id": series,
        "date": str(day),
        "realtime_start": str(known),
        "realtime_end": until,
        "value": value,
    }


def raw_vintages() -> list[Row]:
    """PRICES monthly and revised a month later, OUTPUT quarterly, YIELD on weekdays with gaps."""
    random = np.random.default_rng(7)
    rows = []
    for month in pd.date_range("2022-01-01", "2024-10-01", freq="MS"):
        value = 100 + float(random.normal(0, 3)) + len(rows) / 4
        first, second = month + pd.DateOffset(days=42), month + pd.DateOffset(days=73)
        is_revised = second <= pd.Timestamp("2024-12-01") and month.month != 3
        rows.append(
            vintage(
                "PRICES",
                month.date(),
                first.date(),
                str((second - pd.DateOffset(days=1)).date()) if is_revised else FOREVER,
                f"{value:.3f}",
            )
        )
        if is_revised:
            rows.append(
                vintage("PRICES", month.date(), second.date(), FOREVER, f"{value + 0.5:.3f}")
            )
    for quarter in pd.date_range("2021-01-01", "2024-07-01", freq="QS"):
        known = quarter + pd.DateOffset(days=119)
        value = 20_000 + float(random.normal(0, 300))
        rows.append(vintage("OUTPUT", quarter.date(), known.date(), FOREVER, f"{value:.1f}"))
    for day in pd.bdate_range("2022-06-01", "2024-11-29"):
        known = day + pd.offsets.BDay(1)
        is_holiday = (day.month, day.day) in {(1, 1), (7, 4), (12, 25)}
        value = "." if is_holiday else f"{4 + float(random.normal(0, 0.4)):.2f}"
        rows.append(vintage("YIELD", day.date(), known.date(), FOREVER, value))
    return rows


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    made = new_project()
    made.now = FETCHED_AT.isoformat()
    made.track(instrument_id="equity:A", symbol="AAPL", asset_class="equity", fmp_symbol="A")
    for series in ("PRICES", "OUTPUT", "YIELD"):
        made.track(
            instrument_id=f"macro:{series}",
            symbol=series,
            asset_class="macro",
            fred_series_id=series,
            calendar=None,
        )
    made.land("fred.observations", raw_vintages(), fetched_at=FETCHED_AT)
    made.land(
        "fmp.eod_prices",
        [
            {"symbol": "A", "date": str(day.date()), "price_basis": "as_traded"}
            | {"open": close, "high": close, "low": close, "close": close}
            | {"volume": "1", "is_final": True}
            for day, close in closes().items()
        ],
        fetched_at=FETCHED_AT,
    )
    made.build(*MODELS, "+macro_as_of")
    return made


def closes() -> dict[pd.Timestamp, str]:
    """Two bars a month, on days that were sessions, the second being the month's last."""
    random = np.random.default_rng(8)
    days = pd.bdate_range("2022-01-03", "2024-11-29")
    ends = [day for day, after in pairwise(days) if day.month != after.month]
    # Good Friday.
    sessions = [day for day in [*days[10::21], *ends] if str(day.date()) != "2024-03-29"]
    return {day: f"{100 + float(random.normal(0, 5)):.2f}" for day in sorted(set(sessions))}


@pytest.fixture(scope="module")
def vintages() -> pd.DataFrame:
    frame = pd.DataFrame(raw_vintages())
    frame["value"] = pd.to_numeric(frame["value"].replace(".", None))
    for column in ("date", "realtime_start"):
        frame[column] = pd.to_datetime(frame[column])
    frame["realtime_end"] = pd.to_datetime(frame["realtime_end"].replace(FOREVER, "2099-01-01"))
    return frame


def latest(vintages: pd.DataFrame, series: str) -> "pd.Series[float]":
    rows = vintages[(vintages["series_id"] == series) & (vintages["realtime_end"].dt.year == 2099)]
    return rows.dropna(subset="value").set_index("date")["value"].sort_index()


def frame_of(project: Project, columns: str, rest: str) -> pd.DataFrame:
    return pd.DataFrame(project.query(f"select {columns} {rest}"), columns=columns.split(", "))


@pytest.mark.parametrize(("series", "year"), [("PRICES", 12), ("OUTPUT", 4)])
def test_features_equal_what_pandas_makes_of_the_newest_values(
    project: Project, vintages: pd.DataFrame, series: str, year: int
) -> None:
    values = latest(vintages, series)
    columns = "date, value, change, pct_change_1y, z_score, index_100, age_days, is_carried_forward"

    found = frame_of(
        project, columns, f"from fct_macro_features where series_id = '{series}' order by date"
    )

    days = pd.DatetimeIndex(found["date"])
    expected = pd.DataFrame(
        {
            "value": values,
            "change": values.diff(),
            "pct_change_1y": values.pct_change(year) * 100,
            "z_score": (values - values.mean()) / values.std(),
            "index_100": values / values.iloc[0] * 100,
        }
    ).reindex(days, method="ffill")
    assert list(days) == list(pd.date_range(values.index[0], "2024-12-02"))
    for name in expected:
        actual = found[name].astype(float)
        assert actual.notna().sum() > 300
        np.testing.assert_allclose(actual, expected[name], rtol=1e-9, atol=1e-9)
    ages = (days - values.index[values.index.searchsorted(days, side="right") - 1]).days
    assert list(found["age_days"]) == list(ages)
    assert list(found["is_carried_forward"]) == [age > 0 for age in ages]


def test_a_day_without_a_value_carries_the_one_before_and_says_so(
    project: Project, vintages: pd.DataFrame
) -> None:
    [(value, is_carried, age)] = project.query(
        "select value, is_carried_forward, age_days from fct_macro_features"
        " where series_id = 'YIELD' and date = date '2024-07-04'"
    )

    assert value == latest(vintages, "YIELD")[pd.Timestamp("2024-07-03")]
    assert (is_carried, age) == (True, 1)


def test_the_known_value_of_a_day_is_the_newest_that_was_out(
    project: Project, vintages: pd.DataFrame
) -> None:
    found = frame_of(
        project,
        "date, known_value, known_observation_date",
        "from fct_macro_features where series_id = 'PRICES' order by date",
    )

    rows = vintages[vintages["series_id"] == "PRICES"]
    for day, value, observed in found.itertuples(index=False):
        at = pd.Timestamp(day)
        out = rows[(rows["realtime_start"] <= at) & (rows["realtime_end"] >= at)]
        if out.empty:
            assert pd.isna(value)
            continue
        newest = out.sort_values("date").iloc[-1]
        assert (value, pd.Timestamp(observed)) == (newest["value"], newest["date"]), day
    assert found["known_value"].notna().sum() > 900


@pytest.mark.parametrize("day", ["2022-02-12", "2022-03-15", "2023-06-30", "2024-12-02"])
def test_macro_as_of_is_what_the_raw_rows_say_was_current(
    project: Project, vintages: pd.DataFrame, day: str
) -> None:
    at = pd.Timestamp(day)
    current = vintages[(vintages["realtime_start"] <= at) & (vintages["realtime_end"] >= at)]

    found = project.query(
        "select series_id, observation_date, value from macro_as_of(date '"
        f"{day}') order by series_id, observation_date"
    )

    expected = current.sort_values(["series_id", "date"])
    assert len(found) > 0
    assert [(series, pd.Timestamp(str(date))) for series, date, _ in found] == list(
        expected[["series_id", "date"]].itertuples(index=False, name=None)
    )
    np.testing.assert_array_equal(
        np.array([value for *_, value in found], dtype=float), expected["value"]
    )


@pytest.mark.parametrize("series", ["PRICES", "OUTPUT", "YIELD"])
def test_statistics_equal_numpy(project: Project, vintages: pd.DataFrame, series: str) -> None:
    values = latest(vintages, series)
    found = {
        str(name): rest
        for name, *rest in project.query(
            "select window_name, observation_count, mean, variance, standard_deviation"
            f" from fct_macro_statistics where series_id = '{series}'"
        )
    }

    windows = {"1y": 1, "3y": 3, "all": 99}
    whole = {"1y", "all"} | ({"3y"} if series == "OUTPUT" else set())
    for name, years in windows.items():
        part = values[values.index > values.index[-1] - pd.DateOffset(years=years)]
        count, mean, variance, deviation = found[name]
        assert count == len(part)
        if name in whole:
            np.testing.assert_allclose(mean, np.mean(part), rtol=1e-12)
            np.testing.assert_allclose(variance, np.var(part, ddof=1), rtol=1e-9)
            np.testing.assert_allclose(deviation, np.std(part, ddof=1), rtol=1e-9)
        else:
            assert (mean, variance, deviation) == (None, None, None)


def correlation(project: Project, series: str, other: str, window: str) -> tuple[object, ...]:
    [row] = project.query(
        "select period, observation_count, correlation, change_correlation"
        " from fct_macro_correlations where series_id = '"
        f"{series}' and other_id = '{other}' and window_name = '{window}'"
    )
    return row


@pytest.mark.parametrize(
    ("series", "other", "period"),
    [("OUTPUT", "PRICES", "quarter"), ("PRICES", "YIELD", "month")],
)
def test_two_series_are_correlated_at_the_pace_of_the_slower(
    project: Project, vintages: pd.DataFrame, series: str, other: str, period: str
) -> None:
    frequency = {"quarter": "QS", "month": "MS"}[period]
    both = pd.concat(
        [latest(vintages, name).resample(frequency).mean() for name in (series, other)], axis=1
    ).dropna()

    found = correlation(project, series, other, "all")

    levels, changes = np.corrcoef(both.T)[0, 1], np.corrcoef(both.diff().dropna().T)[0, 1]
    assert found[:2] == (period, len(both))
    np.testing.assert_allclose(np.array(found[2:], dtype=float), [levels, changes], rtol=1e-9)


def test_a_price_meets_only_what_was_known_on_its_day(
    project: Project, vintages: pd.DataFrame
) -> None:
    prices = pd.Series({day: float(close) for day, close in closes().items()})
    month_ends = prices.groupby(prices.index.to_period("M")).tail(1)
    known = {}
    for day in month_ends.index:
        out = vintages[
            (vintages["series_id"] == "PRICES")
            & (vintages["realtime_start"] <= day)
            & (vintages["realtime_end"] >= day)
        ]
        if not out.empty:
            known[day] = out.sort_values("date").iloc[-1]["value"]
    both = pd.DataFrame({"known": pd.Series(known), "price": month_ends}).dropna()

    found = correlation(project, "PRICES", "equity:A", "all")

    changes = pd.DataFrame({"known": both["known"].diff(), "price": both["price"].pct_change()})
    expected = [np.corrcoef(both.T)[0, 1], np.corrcoef(changes.dropna().T)[0, 1]]
    assert found[:2] == ("month", len(both))
    assert len(both) > 30
    np.testing.assert_allclose(np.array(found[2:], dtype=float), expected, rtol=1e-9)
