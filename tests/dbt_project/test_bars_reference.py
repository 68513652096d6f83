"""Bars of real markets: those within the day beside the vendor's own and pandas', and coins'."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from bench import peers
from tests.dbt_project.conftest import FETCHED_AT, Project, Row
from tests.dbt_project.reference import REFERENCE, needs_reference

pytestmark = needs_reference

NEW_YORK = "America/New_York"
# The symbols whose minutes and quarters the vendor takes from one feed, and those of them of which
# the reference has no bar: a bar of theirs that comes to it is compared too.
ONE_FEED = ["AMZN", "GLD", "JPM", "MSFT", "MU", "SPY", "V", "XLP"]
ABSENT = {"AMZN", "MU", "V"}
HALF_DAYS = {date(2025, 11, 28), date(2025, 12, 24)}
DAYS_AROUND_DST = {date(2008, 3, 7), date(2008, 3, 10)}
PRICES = ["open", "high", "low", "close"]
KEY = ["symbol", "start"]
# What is built from bars within the day.
WITHIN_THE_DAY = [
    "int_intraday_bar_versions_unioned+,+fct_intraday_bars",
    "int_intraday_bar_versions_unioned+,+fct_daily_aggregates",
    "int_intraday_bar_versions_unioned+,+fct_intraday_indicators",
]
UNITLESS = {"rsi_14", "bollinger_position_20", "volatility_20", "return_1bar"}
COINS = {"BTC/USD": "btc", "ETH/USD": "eth", "SOL/USD": "sol"}


def reference(name: str) -> pd.DataFrame:
    """Bars with `start`, their first instant, in New York."""
    bars = pd.read_parquet(REFERENCE / f"intraday/{name}.parquet")
    bars["start"] = bars["datetime"].dt.tz_localize(NEW_YORK)
    return bars.drop(columns="datetime")


def minutes() -> pd.DataFrame:
    """A week of minutes, which the vendor labels by their end."""
    bars = reference("us_1min_20190211_15")
    bars["start"] -= pd.Timedelta("1min")
    return bars[bars["symbol"].isin(ONE_FEED)]


def minutes_around_dst() -> pd.DataFrame:
    """SHY on the Friday before and the Monday after the clocks of 2008 went forward."""
    bars = reference("lean_minute_trade")
    return bars[(bars["symbol"] == "SHY") & bars["start"].dt.date.isin(DAYS_AROUND_DST)]


def fives() -> pd.DataFrame:
    """Two months of bars of five minutes, stray ones before and after hours included."""
    return reference("us_5min_8sym_2025-11_2025-12")


def coin_points(name: str) -> pd.DataFrame:
    """Daily points of a coin in dollars, at 00:00 UTC, as CoinGecko has them."""
    points = pd.read_csv(REFERENCE / f"coingecko/{name}-usd-max.csv")
    points["at"] = pd.to_datetime(points["snapped_at"].str.removesuffix(" UTC"), utc=True)
    return points


def aggregated(bars: pd.DataFrame, width: str) -> pd.DataFrame:
    """What pandas makes of finer bars: wider ones that begin at half past nine or, later, at the
    close, with the phase of the day that they lie in."""
    bars = bars.sort_values(KEY).copy()
    midnight = bars["start"].dt.normalize()
    close = np.where(bars["start"].dt.date.isin(HALF_DAYS), 13 * 60, 16 * 60)
    minute = (bars["start"] - midnight) // pd.Timedelta("1min")
    bars["phase"] = np.select(
        [minute < 570, minute < close], ["pre_market", "regular"], "post_market"
    )
    step = int(pd.Timedelta(width) / pd.Timedelta("1min"))
    origin = np.where(bars["phase"] == "post_market", close, 570)
    bars["start"] = midnight + pd.to_timedelta(origin + (minute - origin) // step * step, "min")
    bars["amount"] = (bars["high"] + bars["low"] + bars["close"]) / 3 * bars["volume"]
    grouped = bars.groupby([*KEY, "phase"]).agg(
        open=("open", "first"),
        high=("high", "max"),
        low=("low", "min"),
        close=("close", "last"),
        volume=("volume", "sum"),
        amount=("amount", "sum"),
        bar_count=("open", "size"),
    )
    grouped["vwap"] = grouped.pop("amount") / grouped["volume"].replace(0, np.nan)
    return in_utc(grouped.reset_index())


def in_utc(bars: pd.DataFrame) -> pd.DataFrame:
    bars["start"] = bars["start"].dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    return bars.set_index(KEY).sort_index()


def as_raw(bars: pd.DataFrame, stamp: Callable[[Any], Row]) -> list[Row]:
    return [
        {"symbol": bar.symbol, "is_final": True, **stamp(bar.start)}
        | {name: str(getattr(bar, name)) for name in [*PRICES, "volume"]}
        for bar in bars.itertuples()
    ]


def of_twelve_data(start: Any) -> Row:
    return {"interval": "1min", "datetime": f"{start.tz_convert(UTC):%F %T}"}


def of_fmp(start: Any) -> Row:
    return {"interval": "5min", "date": f"{start:%F %T}", "utc_offset": f"{start:%z}"}


def chart(name: str) -> list[Row]:
    """A daily chart: what the reference has, and the point of "now" that ends such an answer."""
    points = coin_points(name)
    now = {"at": points["at"].iloc[-1] + pd.Timedelta("14:39:54"), "price": 1.0}
    return [
        {
            "coin_id": name,
            "vs_currency": "usd",
            "interval": "daily",
            "timestamp_ms": str(int(point.at.timestamp() * 1000)),
            "price": str(point.price),
            "market_cap": None if pd.isna(point.market_cap) else str(point.market_cap),
            "total_volume": None if pd.isna(point.total_volume) else str(point.total_volume),
        }
        for point in pd.concat([points, pd.DataFrame([now])]).itertuples()
    ]


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """Minutes of Twelve Data and bars of five minutes of FMP, as these providers label them."""
    made = new_project()
    every_minute = pd.concat([minutes(), minutes_around_dst()])
    for symbol in sorted({*every_minute["symbol"], *fives()["symbol"]}):
        made.track(
            instrument_id=f"equity:{symbol}",
            symbol=symbol,
            asset_class="equity",
            twelve_data_symbol=symbol,
            fmp_symbol=symbol,
        )
    made.land("twelve_data.time_series_intraday", as_raw(every_minute, of_twelve_data))
    made.land("fmp.intraday_prices", as_raw(fives(), of_fmp))
    daily = pd.read_parquet(REFERENCE / "intraday/us_daily.parquet")
    made.land(
        "twelve_data.time_series_daily",
        [
            {"symbol": bar.symbol, "datetime": bar.datetime, "is_final": True}
            | {name: str(getattr(bar, name)) for name in [*PRICES, "volume"]}
            for bar in daily[daily["symbol"].isin(ONE_FEED)].itertuples()
            if bar.datetime >= "2019-02-11"
        ],
    )
    for symbol, name in COINS.items():
        made.track(
            instrument_id=f"crypto:{symbol}",
            symbol=symbol,
            asset_class="crypto",
            calendar="24/7",
            coingecko_id=name,
        )
        made.land("coingecko.market_chart", chart(name))
    made.build("+fct_intraday_bars", "+fct_daily_aggregates", "+fct_intraday_indicators")
    return made


def built(project: Project, interval: str, condition: str = "true") -> pd.DataFrame:
    """Bars of the mart that no provider delivered."""
    rows = project.query(
        "select symbol, bar_start_at, open_price, high_price, low_price, close_price, volume,"
        " bar_count, vwap, session_phase, is_complete, bar_end_at - bar_start_at, session_date"
        f" from fct_intraday_bars where bar_interval = '{interval}' and not is_delivered"
        f" and {condition}"
    )
    columns = [*KEY, *PRICES, "volume", "bar_count", "vwap", "phase", "is_complete", "width", "day"]
    return in_utc(pd.DataFrame(rows, columns=columns))


def assert_same(found: pd.DataFrame, expected: pd.DataFrame, columns: list[str]) -> None:
    pd.testing.assert_frame_equal(
        found[columns], expected[columns], check_dtype=False, check_exact=True
    )


def test_quarters_of_minutes_equal_the_vendors_own(project: Project) -> None:
    vendor = reference("us_15min_20190104_0215")
    vendor["start"] -= pd.Timedelta("15min")
    vendor = vendor[vendor["symbol"].isin(ONE_FEED) & (vendor["start"] >= "2019-02-11")]

    found = built(project, "15min", "session_date between '2019-02-11' and '2019-02-15'")

    assert set(ONE_FEED) - set(vendor["symbol"]) == ABSENT
    assert len(vendor) == 5 * 5 * 26
    assert_same(found, in_utc(vendor), [*PRICES, "volume"])


@pytest.mark.parametrize("width", ["15min", "1h"])
def test_wider_bars_equal_those_of_pandas_on_half_days_and_after_hours_too(
    project: Project, width: str
) -> None:
    expected = aggregated(fives(), width)

    found = built(project, width, "session_date >= '2025-11-01'")

    assert len(expected) > {"15min": 8 * 41 * 25, "1h": 8 * 41 * 6}[width]
    assert set(expected["phase"]) == {"pre_market", "regular", "post_market"}
    assert_same(found, expected, [*PRICES, "volume", "bar_count", "phase"])
    np.testing.assert_allclose(found["vwap"], expected["vwap"], rtol=1e-12)
    regular = found[found["phase"] == "regular"]
    assert regular["is_complete"].all()


def test_a_half_day_has_42_bars_of_five_minutes_and_14_whole_quarters(project: Project) -> None:
    rows = project.query(
        "select bar_interval, session_date, count(distinct symbol), count(*), sum(bar_count)"
        " from fct_intraday_bars where session_phase = 'regular' and is_complete"
        " and session_date in ('2025-11-28', '2025-12-24', '2025-12-23')"
        " group by bar_interval, session_date order by 1, 2"
    )

    assert [(row[0], row[1].isoformat()[5:], row[2], row[3], row[4]) for row in rows] == [  # type: ignore[attr-defined]
        ("15min", "11-28", 8, 8 * 14, 8 * 42),
        ("15min", "12-23", 8, 8 * 26, 8 * 78),
        ("15min", "12-24", 8, 8 * 14, 8 * 42),
        ("1h", "11-28", 8, 8 * 4, 8 * 42),
        ("1h", "12-23", 8, 8 * 7, 8 * 78),
        ("1h", "12-24", 8, 8 * 4, 8 * 42),
        ("5min", "11-28", 8, 8 * 42, 8 * 42),
        ("5min", "12-23", 8, 8 * 78, 8 * 78),
        ("5min", "12-24", 8, 8 * 42, 8 * 42),
    ]


def test_sessions_begin_at_half_past_nine_before_and_after_the_clocks_change(
    project: Project,
) -> None:
    expected = aggregated(minutes_around_dst(), "15min")

    found = built(project, "15min", "symbol = 'SHY'")

    assert_same(found, expected, [*PRICES, "volume", "bar_count", "phase"])
    regular = found[found["phase"] == "regular"].reset_index()
    firsts: dict[Any, Any] = regular.groupby("day")["start"].min().to_dict()
    assert firsts == {
        date(2008, 3, 7): datetime(2008, 3, 7, 14, 30, tzinfo=UTC),
        date(2008, 3, 10): datetime(2008, 3, 10, 13, 30, tzinfo=UTC),
    }
    assert {start.time() for start in regular["start"].dt.tz_convert(NEW_YORK)} == {
        time(hour, minute)
        for hour in range(9, 16)
        for minute in (0, 15, 30, 45)
        if (hour, minute) >= (9, 30)
    }


def test_a_session_adds_up_its_own_bars_and_is_compared_with_the_daily_bar(
    project: Project,
) -> None:
    bars = minutes()
    bars["day"] = bars["start"].dt.date
    bars["amount"] = (bars["high"] + bars["low"] + bars["close"]) / 3 * bars["volume"]
    expected = (
        bars.sort_values("start")
        .groupby(["symbol", "day"])
        .agg(
            open=("open", "first"),
            high=("high", "max"),
            low=("low", "min"),
            close=("close", "last"),
            volume=("volume", "sum"),
            amount=("amount", "sum"),
            bar_count=("open", "size"),
        )
    )
    expected["vwap"] = expected["amount"] / expected["volume"]
    expected["is_complete"] = expected["bar_count"] == 390
    rows = project.query(
        "select symbol, session_date, open_price, high_price, low_price, close_price, volume,"
        " session_vwap, bar_count, is_complete, close_difference, volume_share, disagreements,"
        " agrees_with_daily_bar from fct_daily_aggregates"
        " where session_date between '2019-02-11' and '2019-02-15'"
    )
    columns = ["symbol", "day", *PRICES, "volume", "vwap", "bar_count", "is_complete"]
    compared = ["close_difference", "volume_share", "disagreements", "agrees"]
    found = pd.DataFrame(rows, columns=[*columns, *compared])
    found = found.set_index(["symbol", "day"]).sort_index()

    assert len(expected) == 5 * 5
    assert_same(found, expected, [*PRICES, "volume", "bar_count", "is_complete"])
    np.testing.assert_allclose(found["vwap"], expected["vwap"], rtol=1e-12)
    assert found["close_difference"].notna().all()
    assert found["volume_share"].between(0.7, 1).all()
    assert found["agrees"].notna().all()
    # The daily low of XLP on that day is 0.6 % below that of every minute.
    assert {
        (str(symbol), day.isoformat(), str(row.disagreements))
        for (symbol, day), row in found.iterrows()
        if not row.agrees
    } == {("XLP", "2019-02-15", "low")}


def test_indicators_of_quarters_equal_polars_and_only_session_vwap_begins_anew(
    project: Project,
) -> None:
    # The mart has older bars of the other symbols, from which its windows go on.
    young = sorted({*fives()["symbol"]} - {*ONE_FEED})
    quarters = aggregated(fives(), "15min").reset_index()
    quarters = quarters[(quarters["phase"] == "regular") & quarters["symbol"].isin(young)]
    typical = (quarters["high"] + quarters["low"] + quarters["close"]) / 3
    quarters["amount"] = typical * quarters["volume"]
    quarters["day"] = quarters["start"].dt.tz_convert(NEW_YORK).dt.date
    so_far = quarters.groupby(["symbol", "day"])[["amount", "volume"]].cumsum()
    quarters["session_vwap"] = so_far["amount"] / so_far["volume"]
    columns = [
        *("sma_20", "sma_50", "sma_200", "ema_12", "ema_26"),
        *("macd_line", "macd_signal", "macd_histogram", "rsi_14", "atr_14"),
        *("bollinger_middle_20", "bollinger_upper_20", "bollinger_lower_20"),
        *("bollinger_position_20", "vwap_20", "session_vwap", "volatility_20", "return_1bar"),
        *("high_252", "low_252"),
    ]
    bars = quarters[[*KEY, "high", "low", "close", "volume", "session_vwap"]]
    of_polars = peers.in_polars(
        pl.from_pandas(bars.rename(columns={"symbol": "instrument_id", "start": "session_date"}))
    ).rename({"session_date": "start", "return_1d": "return_1bar"})
    expected = in_utc(of_polars.select(*KEY, "close", *columns).to_pandas())

    rows = project.query(
        f"select symbol, bar_start_at, {', '.join(columns)} from fct_intraday_indicators"
        f" where symbol = any(array{young})"
    )
    found = in_utc(pd.DataFrame(rows, columns=[*KEY, *columns]))

    assert len(young) >= 4
    assert len(found) == len(expected) > len(young) * 40 * 25
    for column in columns:
        ours, theirs = found[column].astype(float), expected[column].astype(float)
        assert ours.notna().sum() > 0.7 * len(ours), column
        assert (ours.isna() == theirs.isna()).all(), column
        scale = 1.0 if column in UNITLESS else expected["close"]
        tolerance = 1e-7 if column == "rsi_14" else 1e-9
        assert ((ours - theirs).abs() / scale).max() <= tolerance, column


@pytest.mark.parametrize(
    ("symbol", "missing_days"), [("BTC/USD", 6), ("ETH/USD", 3), ("SOL/USD", 0)]
)
def test_the_point_at_midnight_closes_the_day_before_and_now_is_no_bar(
    project: Project, symbol: str, missing_days: int
) -> None:
    points = coin_points(COINS[symbol])
    at_midnight = points[points["at"] == points["at"].dt.normalize()]
    expected = [
        (at.date() - timedelta(days=1), price)
        for at, price in zip(at_midnight["at"], at_midnight["price"], strict=True)
    ]

    found = project.query(
        "select session_date, close_price from fct_daily_bars"
        f" where symbol = '{symbol}' order by session_date"
    )

    assert len(expected) > 1700
    assert found == expected
    # Days without a point, or with one at another time of the day alone, are not made up.
    assert (expected[-1][0] - expected[0][0]).days + 1 - len(found) == missing_days


def fingerprint(project: Project) -> list[tuple[object, ...]]:
    """A count and an order-free hash of the rows of each mart."""
    return project.query(
        " union all ".join(
            f"select '{mart}', count(*), sum(('x' || md5(line::text))::bit(60)::bigint)"
            f" from {mart} as line"
            for mart in ("fct_intraday_bars", "fct_daily_aggregates", "fct_intraday_indicators")
        )
    )


def places(project: Project) -> dict[tuple[object, ...], object]:
    """Where the rows of a session lie on disk: elsewhere, once they are written anew."""
    rows = project.query(
        "select symbol, session_date::text, array_agg(ctid::text order by ctid)"
        " from fct_intraday_bars group by symbol, session_date"
    )
    return {row[:2]: row[2] for row in rows}


@pytest.mark.soak
def test_new_and_late_bars_cost_their_sessions_alone_and_equal_a_full_refresh(
    project: Project,
) -> None:
    places_before, before = places(project), fingerprint(project)
    bars = minutes().set_index(KEY)
    corrected = bars.loc[[("JPM", pd.Timestamp("2019-02-14 10:05", tz=NEW_YORK))]].reset_index()
    corrected["high"] = 250.0
    impossible = bars.loc[[("XLP", pd.Timestamp("2019-02-15 15:59", tz=NEW_YORK))]].reset_index()
    impossible["low"] = impossible["high"] + 1
    tomorrow = fives()
    tomorrow = tomorrow[
        (tomorrow["symbol"] == "XOM") & (tomorrow["start"].dt.date == date(2025, 12, 31))
    ].copy()
    tomorrow["start"] += pd.Timedelta("2D")
    later = FETCHED_AT + timedelta(hours=1)
    revised = pd.concat([corrected, impossible])
    project.land(
        "twelve_data.time_series_intraday", as_raw(revised, of_twelve_data), fetched_at=later
    )
    project.land("fmp.intraday_prices", as_raw(tomorrow, of_fmp), fetched_at=later)

    project.build(*WITHIN_THE_DAY)

    moved = {
        session for session, place in places(project).items() if places_before.get(session) != place
    }
    assert moved == {
        ("JPM", "2019-02-14"),
        ("JPM", "2019-02-15"),
        *(("JPM", day) for symbol, day in places_before if symbol == "JPM" and str(day) > "2025"),
        ("XLP", "2019-02-15"),
        ("XOM", "2026-01-02"),
    }
    assert project.query(
        "select bar_interval, high_price from fct_intraday_bars where symbol = 'JPM'"
        " and bar_start_at <= '2019-02-14 15:05Z' and bar_end_at > '2019-02-14 15:05Z'"
        " order by bar_end_at - bar_start_at"
    ) == [("1min", 250.0), ("5min", 250.0), ("15min", 250.0), ("1h", 250.0)]
    assert project.query(
        "select max(bar_start_at) from fct_intraday_bars"
        " where symbol = 'XLP' and bar_interval = '1min'"
    ) == [(datetime(2019, 2, 15, 20, 58, tzinfo=UTC),)]
    assert project.query(
        "select bar_count, is_complete from fct_daily_aggregates"
        " where symbol = 'XOM' and session_date = '2026-01-02'"
    ) == [(78, True)]
    after = fingerprint(project)
    assert after != before

    project.dbt("run", "--full-refresh", "--select", *WITHIN_THE_DAY)

    assert fingerprint(project) == after
