"""Each figure of each page against a query of its own: what is drawn is what the marts hold."""

from collections.abc import Sequence
from typing import Any

import psycopg
import pytest

from tests.dashboards.conftest import OpenPage
from tests.dashboards.drawn import cells, figure, lines, numbers, trace
from warehouse.settings import Settings

ALL_OVERLAYS = ["EMA 12", "EMA 26", "Bollinger", "VWAP"]
ALL_PANELS = ["Volume", "MACD", "RSI 14", "Volatility", "ATR", "Returns", "Drawdown"]
# The trace and the column of the mart.
OF_INDICATORS = {
    "EMA 12": "ema_12",
    "EMA 26": "ema_26",
    "Bollinger upper 20, 2": "bollinger_upper_20",
    "Bollinger lower 20, 2": "bollinger_lower_20",
    "VWAP 20": "vwap_20",
    "MACD histogram": "macd_histogram",
    "MACD 12, 26": "macd_line",
    "MACD signal 9": "macd_signal",
    "RSI 14": "rsi_14",
    "Volatility 20 (per session, fraction)": "volatility_20",
    "ATR 14 (in the unit of the price)": "atr_14",
    "Return": "return_1d",
}


def rows(reader: psycopg.Connection, statement: str) -> list[tuple[Any, ...]]:
    return reader.execute(statement.encode()).fetchall()


def column(reader: psycopg.Connection, statement: str) -> list[Any]:
    found = [value for (value,) in rows(reader, statement)]
    assert found, statement
    return found


def near(values: Sequence[float | None]) -> Any:
    assert any(value is not None for value in values)
    return pytest.approx(values, rel=1e-12, nan_ok=True)


def test_every_panel_of_an_instrument_is_a_column_of_the_marts(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    app = open_page(
        market_settings,
        "instrument",
        query={
            "symbol": "AAPL",
            "range": "Max",
            "averages": ALL_OVERLAYS,
            "panels": ALL_PANELS,
        },
    )

    drawn = {each["name"]: each for each in figure(app)["data"]}
    for name, indicator in OF_INDICATORS.items():
        expected = column(
            market_reader,
            f"select {indicator} from marts.fct_daily_indicators where symbol = 'AAPL' "
            "order by session_date",
        )
        assert len([value for value in expected if value is not None]) > 200, indicator
        assert numbers(drawn[name]["y"]) == expected, name
    assert numbers(drawn["Volume"]["y"]) == column(
        market_reader,
        "select split_adjusted_volume from marts.fct_daily_bars where symbol = 'AAPL' "
        "order by session_date",
    )
    drawdowns = column(
        market_reader,
        "select drawdown from marts.fct_return_statistics where symbol = 'AAPL' "
        "and window_sessions = 252 order by session_date",
    )
    fallen = numbers(drawn["Drawdown from the high of 252 sessions (fraction)"]["y"])
    assert fallen == [None] * (len(fallen) - len(drawdowns)) + drawdowns
    days = column(
        market_reader,
        "select cast(session_date as text) from marts.fct_daily_bars where symbol = 'AAPL' "
        "order by session_date",
    )
    assert {
        tuple(str(day)[:10] for day in each["x"]) for each in drawn.values() if "y" in each
    } <= {
        tuple(days),
        tuple(str(day)[:10] for day in drawn["Corporate actions"]["x"]),
    }


def test_bars_within_the_day_are_those_of_the_mart(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    app = open_page(
        market_settings,
        "instrument",
        query={"symbol": "AAPL", "bars": "15 min", "averages": ["VWAP"], "panels": ["Volume"]},
    )

    for name, part, measure in (
        ("AAPL", "open", "open_price"),
        ("AAPL", "high", "high_price"),
        ("AAPL", "low", "low_price"),
        ("AAPL", "close", "close_price"),
        ("VWAP of the bar", "y", "vwap"),
        ("Volume", "y", "volume"),
    ):
        expected = column(
            market_reader,
            f"select {measure} from marts.fct_intraday_bars where symbol = 'AAPL' "
            "and bar_interval = '15min' order by bar_start_at",
        )
        assert numbers(trace(app, name)[part]) == expected, measure


def test_weekly_volumes_are_sums_of_the_sessions(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    app = open_page(
        market_settings, "instrument", query={"symbol": "MSFT", "bars": "Weekly", "range": "Max"}
    )

    assert numbers(trace(app, "Volume")["y"]) == near(
        column(
            market_reader,
            "select sum(split_adjusted_volume) from marts.fct_daily_bars where symbol = 'MSFT' "
            "group by extract(isoyear from session_date), extract(week from session_date) "
            "order by min(session_date)",
        )
    )


@pytest.mark.parametrize(
    ("view", "expression"),
    [
        ("Price", "close"),
        ("Normalised", "(close - avg(close) over ()) / stddev_samp(close) over ()"),
    ],
)
def test_compared_closes_are_shown_in_price_and_normalised(
    market_settings: Settings,
    market_reader: psycopg.Connection,
    open_page: OpenPage,
    view: str,
    expression: str,
) -> None:
    app = open_page(
        market_settings,
        "compare",
        query={
            "symbols": ["MSFT", "AAPL"],
            "range": "6M",
            "view": view,
            "prices": "Total return",
        },
    )

    for symbol in ("AAPL", "MSFT"):
        expected = column(
            market_reader,
            f"select {expression} from (select session_date, total_return_close_price as close "
            f"from marts.fct_daily_bars where symbol = '{symbol}' "
            "and session_date >= date '2025-06-27' - 183) as bars order by session_date",
        )
        assert len(expected) > 100
        assert lines(app)[symbol] == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_what_each_did_is_worked_out_of_the_closes(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    expected = rows(
        market_reader,
        """
        with moves as (
            select
                symbol, session_date, split_adjusted_close_price as close,
                split_adjusted_close_price / lag(split_adjusted_close_price) over dates - 1
                    as move,
                split_adjusted_close_price / max(split_adjusted_close_price) over dates - 1 as fall
            from marts.fct_daily_bars
            where symbol in ('AAPL', 'MSFT') and session_date >= date '2025-06-27' - 366
            window dates as (partition by symbol order by session_date)
        )
        select
            symbol,
            100 * ((array_agg(close order by session_date desc))[1]
                / (array_agg(close order by session_date))[1] - 1),
            100 * stddev_samp(move), 100 * min(fall), count(*)
        from moves group by symbol order by symbol
        """,
    )

    shown = (
        open_page(market_settings, "compare", query={"symbols": ["AAPL", "MSFT"]})
        .dataframe[0]
        .value
    )

    assert len(expected) == 2
    for row, (symbol, *measures) in zip(shown.itertuples(index=False), expected, strict=True):
        assert row.symbol == symbol
        assert list(row)[1:] == pytest.approx(measures, rel=1e-9)


def test_the_correlations_of_indicators_are_those_of_the_mart_with_their_dots(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    pairs = rows(
        market_reader,
        "select series_id, other_id, change_correlation from marts.fct_macro_correlations "
        "where window_name = '10y'",
    )
    dots = {
        series: column(
            market_reader,
            f"select value from marts.fct_macro_latest where series_id = '{series}' "
            "order by observation_date",
        )
        for series in ("UNRATE", "CPIAUCSL")
    }

    app = open_page(market_settings, "correlations", query={"across": "UNRATE", "up": "CPIAUCSL"})

    drawn = cells(app, 2)
    assert len(pairs) == 2
    for one, other, value in pairs:
        assert drawn[one, other] == drawn[other, one] == value
    scatter = figure(app, 3)["data"][0]
    assert numbers(scatter["x"]) == dots["UNRATE"]
    assert numbers(scatter["y"]) == dots["CPIAUCSL"]


@pytest.mark.parametrize(
    ("view", "measure"), [("Z-score", "z_score"), ("Index", "index_100"), ("Value", "value")]
)
def test_series_side_by_side_are_columns_of_the_mart(
    market_settings: Settings,
    market_reader: psycopg.Connection,
    open_page: OpenPage,
    view: str,
    measure: str,
) -> None:
    app = open_page(market_settings, "macro", query={"view": view})

    for series in ("UNRATE", "CPIAUCSL"):
        expected = column(
            market_reader,
            f"select {measure} from marts.fct_macro_features where series_id = '{series}' "
            "and date >= date '2025-06-27' - 1827 order by date",
        )
        assert lines(app, 1)[series] == expected


def test_revisions_and_the_curve_through_time_are_those_of_the_marts(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    revised = rows(
        market_reader,
        "select 'Vintage ' || vintage_number, cast(observation_date as text), revision "
        "from marts.fct_macro_observations where series_id = 'UNRATE' and revision is not null "
        "order by observation_date desc limit 36",
    )
    weekly = (
        "from marts.fct_yield_curve where tenor = '{}' and observation_date in (select "
        "max(observation_date) from marts.fct_yield_curve group by "
        "extract(isoyear from observation_date), extract(week from observation_date)) "
        "order by observation_date"
    )

    app = open_page(market_settings, "macro", query={"series": "UNRATE"})

    assert len(revised) == 36
    assert cells(app, 2) == {(vintage, day): value for vintage, day, value in revised}
    drawn = lines(app, 3)
    for tenor in ("3m", "2y", "5y", "10y", "30y"):
        yields = column(market_reader, f"select yield_pct {weekly.format(tenor)}")
        assert len(yields) >= 60
        assert drawn[tenor] == yields
    spreads = column(market_reader, f"select spread_10y_2y_pct {weekly.format('2y')}")
    assert drawn["10y less 2y"] == spreads


def test_coins_cost_and_turn_over_what_the_mart_says(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "crypto")

    for number, measure in ((2, "price"), (3, "volume_24h")):
        expected = column(
            market_reader,
            f"select {measure} from marts.fct_crypto_snapshots where snapshot_at = "
            "(select max(snapshot_at) from marts.fct_crypto_snapshots) order by market_cap_rank",
        )
        assert len(expected) == 2
        assert next(iter(lines(app, number).values())) == expected
    shares = column(
        market_reader,
        "select dominance_pct from marts.fct_crypto_snapshots where symbol = 'SHIB/USD' "
        "order by snapshot_at",
    )
    assert len(shares) == 5
    assert lines(app, 1)["SHIB/USD"] == shares


def test_movers_and_every_curve_of_the_overview_are_those_of_the_marts(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    changes = rows(
        market_reader,
        "select symbol, change_pct from marts.fct_latest_prices where change_pct != 0 "
        "order by symbol",
    )
    coins = column(
        market_reader,
        "select market_cap / 1e9 from marts.fct_crypto_snapshots where snapshot_at = "
        "(select max(snapshot_at) from marts.fct_crypto_snapshots) order by market_cap_rank",
    )

    app = open_page(market_settings)

    drawn = [
        (symbol, value)
        for each in figure(app)["data"]
        for symbol, value in zip(each["y"], numbers(each["x"]), strict=True)
    ]
    assert len(changes) == 7
    assert sorted(drawn) == changes
    # A month and a year before the day of the test market, or the last day before.
    for day, name in (
        ("2025-06-27", "27 Jun 2025"),
        ("2025-05-28", "28 May 2025"),
        ("2024-06-27", "27 Jun 2024"),
    ):
        expected = column(
            market_reader,
            f"select yield_pct from marts.fct_yield_curve where observation_date = '{day}' "
            "order by tenor_months",
        )
        assert lines(app, 2)[name] == expected
    assert next(iter(lines(app, 3).values())) == near(coins)
    sectors = rows(
        market_reader,
        "select sector, to_char(session_date, 'DD Mon'), 100 * mean_return "
        "from marts.fct_sector_performance where session_date >= date '2025-06-27' - 21",
    )
    assert len(sectors) >= 28
    assert cells(app, 4) == {(sector, day): value for sector, day, value in sectors}


def test_scores_and_credits_of_the_quality_page_are_those_of_the_marts(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    lowest = column(
        market_reader,
        "select min(data_quality_score) from ops.fct_data_quality group by session_date "
        "order by session_date",
    )
    credit = rows(
        market_reader, "select source, sum(credits) from ops.fct_api_calls group by source"
    )

    app = open_page(market_settings, "quality")

    assert lines(app)["Lowest"] == lowest
    names = {"twelve_data": "Twelve Data", "fmp": "Financial Modeling Prep"}
    assert len(credit) == 2
    assert lines(app, 1) == {names[source]: [value] for source, value in credit}
