"""Every page in its four states, its URL, and its figures against the marts."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards import market
from tests.dashboards.conftest import OpenPage
from tests.dashboards.drawn import figure, lines, numbers, trace
from warehouse import database
from warehouse.settings import Settings

PAGES = (
    "overview",
    "instrument",
    "compare",
    "correlations",
    "macro",
    "crypto",
    "quality",
)


def words(app: AppTest) -> str:
    """Everything that the page says, in one text."""
    parts = [app.title, app.markdown, app.caption, app.info, app.error, app.warning]
    return "\n".join(str(element.value) for kind in parts for element in kind)


def badges(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.markdown)


@pytest.mark.parametrize("page", PAGES)
class TestFourStates:
    def test_a_normal_market_is_shown_without_an_exception(
        self, page: str, market_settings: Settings, open_page: OpenPage
    ) -> None:
        app = open_page(market_settings, page)

        assert not app.exception
        assert not app.error
        assert app.get("plotly_chart")
        assert "Twelve Data: fresh" in badges(app)
        assert "Synthetic data" in badges(app)

    def test_empty_marts_say_what_to_run(
        self, page: str, empty_marts: Settings, open_page: OpenPage
    ) -> None:
        app = open_page(empty_marts, page)

        assert not app.exception
        assert "make demo" in words(app)
        assert not app.get("plotly_chart")

    def test_missing_marts_say_what_to_run(
        self, page: str, warehouse_settings: Settings, open_page: OpenPage
    ) -> None:
        app = open_page(warehouse_settings, page)

        assert not app.exception
        assert "not built yet" in words(app)
        assert "marketflow transform" in words(app)

    def test_a_stopped_pipeline_turns_the_badges(
        self, page: str, market_settings: Settings, open_page: OpenPage
    ) -> None:
        app = open_page(
            market_settings, page, MARKETFLOW_NOW=market.FOUR_SESSIONS_LATER.isoformat()
        )

        assert not app.exception
        assert "Twelve Data: 4 sessions late" in badges(app)
        assert ":red-badge" in badges(app)
        assert "fresh" not in badges(app)

    def test_a_stopped_database_is_told_in_one_sentence(
        self, page: str, market_settings: Settings, open_page: OpenPage
    ) -> None:
        nowhere = "postgresql://someone:secret-word@127.0.0.1:1/nothing"

        app = open_page(market_settings, page, MARKETFLOW_DATABASE_URL=nowhere)

        assert not app.exception
        assert len(app.error) == 1
        assert "127.0.0.1:1" in app.error[0].value
        assert "secret-word" not in words(app)

    def test_a_wrong_setting_is_told_in_one_sentence(
        self, page: str, market_settings: Settings, open_page: OpenPage
    ) -> None:
        app = open_page(market_settings, page, MARKETFLOW_TIMEZONE="Mars/Olympus")

        assert not app.exception
        assert "MARKETFLOW_TIMEZONE" in app.error[0].value


def test_the_page_recovers_when_the_database_comes_back(
    own_market: Settings, open_page: OpenPage
) -> None:
    app = open_page(own_market)
    with database.connect_as_administrator(own_market, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where usename = 'marketflow_reader' and datname = current_database()"
        )

    app.run()

    assert not app.exception
    assert not app.error


def test_an_open_market_says_when_it_closes(market_settings: Settings, open_page: OpenPage) -> None:
    app = open_page(market_settings, MARKETFLOW_NOW=market.DURING_A_SESSION.isoformat())

    assert "**US stocks** :blue-badge[Open]" in words(app)
    assert "Closes in 2 h, 16:00 EDT" in words(app)


def test_a_closed_market_says_when_it_opens_and_a_half_day_is_named(
    market_settings: Settings, open_page: OpenPage
) -> None:
    weekend = datetime(2025, 6, 28, 12, tzinfo=UTC)
    before_the_half_day = datetime(2025, 7, 3, 12, tzinfo=UTC)

    on_the_weekend = open_page(market_settings, MARKETFLOW_NOW=weekend.isoformat())
    in_the_morning = open_page(market_settings, MARKETFLOW_NOW=before_the_half_day.isoformat())

    assert "Opens in 2 d 1 h, Mon 09:30 EDT" in words(on_the_weekend)
    assert "Opens in 1 h 30 min, 09:30 EDT (half day)" in words(in_the_morning)


def test_times_are_shown_in_the_zone_of_the_url(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(
        market_settings,
        query={"zone": "UTC"},
        MARKETFLOW_NOW=market.DURING_A_SESSION.isoformat(),
    )

    assert "Closes in 2 h, 20:00 UTC" in words(app)


def test_the_origin_of_bars_is_told_in_the_zone_of_the_viewer(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "instrument", query={"symbol": "AAPL"})
    zones = {
        name: str(table.value[name].dt.tz)
        for table in app.dataframe
        for name in table.value.columns
        if name == "known_from"
    }
    (origin,) = [one.value for one in app.dataframe if "response_id" in one.value.columns]

    assert len(origin) > 0
    assert zones == {"known_from": "America/New_York"}


def test_the_table_holds_the_prices_of_the_mart(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    expected = market_reader.execute(
        "select price, change_pct from marts.fct_latest_prices order by symbol"
    ).fetchall()

    shown = open_page(market_settings).dataframe[0].value

    assert len(shown) == len(market.INSTRUMENTS)
    assert sorted(zip(shown["price"], shown["change_pct"], strict=True)) == sorted(expected)


def test_the_asset_class_of_the_url_filters_the_table(
    market_settings: Settings, open_page: OpenPage
) -> None:
    shown = open_page(market_settings, query={"class": "Crypto"}).dataframe[0].value

    assert list(shown["name"]) == ["Bitcoin", "Shiba Inu"]


def test_late_prices_are_left_out_of_the_movers(own_market: Settings, open_page: OpenPage) -> None:
    with database.connect(own_market, "transformer") as connection:
        connection.execute(
            "update marts.fct_latest_prices set as_of = as_of - interval '3 days' "
            "where symbol = 'XOM'"
        )

    app = open_page(own_market)

    bars = [symbol for each in figure(app)["data"] for symbol in each["y"]]
    assert "AAPL" in bars
    assert "XOM" not in bars
    assert "1 late prices left out" in words(app)


def test_the_candles_and_lines_are_those_of_the_marts(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    rows = market_reader.execute(
        "select split_adjusted_open_price, split_adjusted_high_price, split_adjusted_low_price, "
        "bars.split_adjusted_close_price, split_adjusted_volume, sma_20, sma_50, sma_200, rsi_14 "
        "from marts.fct_daily_bars as bars inner join marts.fct_daily_indicators "
        "using (instrument_id, session_date) where instrument_id = 'equity:AAPL' "
        "order by session_date"
    ).fetchall()
    columns = [list(column) for column in zip(*rows, strict=True)]

    app = open_page(market_settings, "instrument", query={"symbol": "AAPL", "range": "Max"})

    candles = trace(app, "AAPL")
    drawn = [numbers(candles[name]) for name in ("open", "high", "low", "close")]
    drawn += [numbers(trace(app, name)["y"]) for name in ("Volume", "SMA 20", "SMA 50", "SMA 200")]
    drawn.append(numbers(trace(app, "RSI 14")["y"]))
    assert len(rows) == market.SESSION_COUNT
    assert drawn == columns
    assert columns[5].count(None) == 19


def test_the_switch_draws_the_prices_as_traded_and_total_return(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    rows = market_reader.execute(
        "select close_price, total_return_close_price from marts.fct_daily_bars "
        "where instrument_id = 'equity:AAPL' order by session_date"
    ).fetchall()
    query = {"symbol": "AAPL", "range": "Max"}

    as_traded = open_page(market_settings, "instrument", query=query | {"prices": "As traded"})
    total = open_page(market_settings, "instrument", query=query | {"prices": "Total return"})

    assert numbers(trace(as_traded, "AAPL")["close"]) == [row[0] for row in rows]
    assert numbers(trace(total, "AAPL")["y"]) == [row[1] for row in rows]


def test_averages_are_not_drawn_over_prices_of_another_scale(
    market_settings: Settings, open_page: OpenPage
) -> None:
    query = {"symbol": "AAPL", "prices": "As traded"}

    across_the_split = open_page(market_settings, "instrument", query=query | {"range": "1Y"})
    after_the_split = open_page(market_settings, "instrument", query=query | {"range": "3M"})

    assert "SMA 20" not in [each["name"] for each in figure(across_the_split)["data"]]
    assert "not drawn on this scale" in words(across_the_split)
    assert "SMA 20" in [each["name"] for each in figure(after_the_split)["data"]]


def test_the_range_counts_back_from_the_last_session(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "instrument", query={"symbol": "AAPL", "range": "1M"})

    dates = [str(day)[:10] for day in trace(app, "AAPL")["x"]]
    assert dates[-1] == str(market.LAST_SESSION)
    assert dates[0] == "2025-05-27"
    assert timedelta(days=31) == market.LAST_SESSION - datetime(2025, 5, 27).date()  # noqa: DTZ001


def test_corporate_actions_are_marked_on_their_days(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "instrument", query={"symbol": "AAPL"})

    marks = trace(app, "Corporate actions")
    assert [str(day)[:10] for day in marks["x"]] == [
        str(market.SPLIT_DATE),
        str(market.DIVIDEND_DATE),
    ]
    assert marks["customdata"] == ["Split, 4 for 1", "Dividend, 0.26 per share"]


def test_a_link_reproduces_the_view(market_settings: Settings, open_page: OpenPage) -> None:
    app = open_page(
        market_settings,
        "instrument",
        query={
            "symbol": "BTC/USD",
            "range": "6M",
            "averages": ["SMA 50"],
            "panels": ["RSI 14"],
            "prices": "Total return",
            "log": "true",
        },
    )

    assert app.title[0].value == "BTC/USD · Bitcoin"
    assert figure(app)["data"][0]["name"] == "BTC/USD"
    assert figure(app)["layout"]["yaxis"]["type"] == "log"
    assert "yaxis3" not in figure(app)["layout"]
    assert app.query_params["symbol"] == "BTC/USD"


def test_choosing_an_instrument_writes_it_into_the_url(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "instrument")

    app.selectbox(key="symbol").set_value("MSFT").run()

    assert app.query_params["symbol"] == "MSFT"
    assert app.title[0].value == "MSFT · Microsoft"


def test_a_hostile_symbol_in_the_url_is_only_an_unknown_symbol(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    hostile = "x'; drop table marts.dim_instruments; --"

    app = open_page(market_settings, "instrument", query={"symbol": hostile})

    assert not app.exception
    assert "is tracked" in app.warning[0].value
    count = market_reader.execute("select count(*) from marts.dim_instruments").fetchone()
    assert count == (len(market.INSTRUMENTS),)


def test_an_instrument_without_bars_says_so(own_market: Settings, open_page: OpenPage) -> None:
    with database.connect(own_market, "transformer") as connection:
        connection.execute("delete from marts.fct_daily_bars where instrument_id = 'equity:XOM'")

    app = open_page(own_market, "instrument", query={"symbol": "XOM"})

    assert not app.exception
    assert "no finished session" in words(app)


def test_volumes_in_another_unit_are_not_drawn_beside_the_present_ones(
    own_market: Settings, open_page: OpenPage
) -> None:
    with database.connect(own_market, "transformer") as connection:
        connection.execute(
            "update marts.fct_daily_bars set volume_unit = 'usd' "
            "where instrument_id = 'crypto:BTC/USD' and session_date < '2025-06-20'"
        )

    app = open_page(own_market, "instrument", query={"symbol": "BTC/USD", "range": "1M"})

    volumes = numbers(trace(app, "Volume")["y"])
    assert len(volumes) == 32
    assert volumes[:24] == [None] * 24
    assert None not in volumes[24:]


def test_an_instrument_without_volume_has_no_volume_panel(
    own_market: Settings, open_page: OpenPage
) -> None:
    with database.connect(own_market, "transformer") as connection:
        connection.execute(
            "update marts.fct_daily_bars set split_adjusted_volume = null "
            "where instrument_id = 'crypto:BTC/USD'"
        )

    app = open_page(own_market, "instrument", query={"symbol": "BTC/USD"})

    assert "Volume" not in [each["name"] for each in figure(app)["data"]]
    assert "No volume is reported." in words(app)


def column(reader: psycopg.Connection, statement: str) -> list[Any]:
    return [row[0] for row in reader.execute(statement).fetchall()]


def test_compared_lines_are_the_marts_closes_over_their_first(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    closes = column(
        market_reader,
        "select split_adjusted_close_price from marts.fct_daily_bars where symbol = 'MSFT' "
        "and session_date >= '2025-05-27' order by session_date",
    )

    app = open_page(market_settings, "compare", query={"symbols": ["MSFT", "AAPL"], "range": "1M"})

    assert len(closes) > 20
    assert lines(app)["MSFT"] == pytest.approx([100 * close / closes[0] for close in closes])
    assert list(app.dataframe[0].value["symbol"]) == ["AAPL", "MSFT"]
    assert "SMA 50 rose above SMA 200" not in words(app)


def test_correlations_are_those_of_the_marts_and_thin_pairs_stay_empty(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    rolling = column(
        market_reader,
        "select correlation from marts.fct_return_correlations where other_symbol = 'MSFT' "
        "order by session_date",
    )

    app = open_page(market_settings, "correlations")

    matrix = figure(app)["data"][0]
    cells = np.frombuffer(base64.b64decode(matrix["z"]["bdata"]), dtype=matrix["z"]["dtype"])
    assert matrix["x"] == ["AAPL", "MSFT", "SPY"]
    assert cells[1] == rolling[-1]
    assert np.isnan(cells[5])  # MSFT and SPY share too few sessions.
    assert len(rolling) == 40
    assert lines(app, 1)["AAPL and MSFT"] == rolling
    assert "observation_count 60" in words(app)


def test_the_scatter_holds_the_observations_that_both_have(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    values = column(
        market_reader,
        "select value from marts.fct_macro_latest where series_id = 'CPIAUCSL' "
        "order by observation_date",
    )

    app = open_page(market_settings, "correlations", query={"across": "UNRATE", "up": "CPIAUCSL"})

    assert len(values) == 60
    assert next(iter(lines(app, 3).values())) == values


def test_a_series_is_drawn_as_it_was_known_and_as_it_stands(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    latest = column(
        market_reader,
        "select value from marts.fct_macro_latest where series_id = 'UNRATE' "
        "and observation_date >= '2020-06-27' order by observation_date",
    )

    app = open_page(market_settings, "macro", query={"series": "UNRATE", "known": "2025-03-20"})

    drawn = lines(app)
    assert drawn["As it stands"] == latest
    # January's was revised on 12 March, February's first told on the 13th, March's in April.
    assert len(latest) == 59
    assert drawn["Known on 2025-03-20"] == pytest.approx(
        [*latest[:-4], latest[-4] - 0.05, None, None, None], nan_ok=True
    )


def test_a_link_names_a_series_by_its_id(market_settings: Settings, open_page: OpenPage) -> None:
    app = open_page(market_settings, "macro", query={"series": "CPIAUCSL"})

    assert app.title[0].value.startswith("CPIAUCSL · ")
    app.selectbox(key="series").set_value("UNRATE").run()
    assert app.title[0].value.startswith("UNRATE · ")
    assert app.query_params["series"] == "UNRATE"


def test_coins_are_ranked_by_the_newest_snapshot(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "crypto")

    ring = figure(app)["data"][0]
    assert ring["labels"] == ["BTC/USD", "SHIB/USD", "Others"]
    assert numbers(ring["values"]) == [60.0, 1.5, 38.5]
    assert lines(app, 1)["BTC/USD"] == pytest.approx([59.6, 59.7, 59.8, 59.9, 60.0])


def test_what_is_wrong_with_the_data_stands_on_the_quality_page(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "quality")

    tables = [frame.value for frame in app.dataframe]
    assert lines(app)["Mean"] == [90.0 + row for row in range(10)]
    (last_answer,) = [each["last_answer"] for each in tables if "last_answer" in each]
    assert str(last_answer.dt.tz) == "America/New_York"
    assert any("provider_gap" in list(each.get("cause", [])) for each in tables)
    assert [list(each["cause"]) for each in tables if "next_step" in each] == [
        ["fmp is 4 sessions late"]
    ]
    assert any("spike" in list(each.get("anomaly", [])) for each in tables)
    assert any("not_null_fail" in list(each.get("check_name", [])) for each in tables)
    assert lines(app, 1) == {"Financial Modeling Prep": [16.0], "Twelve Data": [16.0]}


def test_the_quality_page_says_what_is_left_of_a_plan_today(
    market_settings: Settings, open_page: OpenPage
) -> None:
    def left(now: datetime) -> dict[str, list[Any]]:
        app = open_page(market_settings, "quality", MARKETFLOW_NOW=now.isoformat())
        (shown,) = [one.value for one in app.dataframe if "credits_left" in one.value]
        return {
            row.source: [row.plan, row.credits_per_day, row.credits_today, row.credits_left]
            for row in shown.astype(object).where(shown.notna(), None).itertuples(index=False)
        }

    assert left(market.AFTER_THE_CLOSE) == {
        "Financial Modeling Prep": ["free", 250, 16.0, 234.0],
        "Twelve Data": ["free", None, 16.0, None],
    }
    # The day of a provider ends with that of UTC.
    a_minute_past = datetime(2025, 6, 28, 0, 1, tzinfo=UTC)
    assert left(a_minute_past)["Financial Modeling Prep"] == ["free", 250, 0.0, 250.0]


def test_the_overview_draws_breadth_yields_and_sectors_of_the_marts(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    curve = column(
        market_reader,
        "select yield_pct from marts.fct_yield_curve where observation_date = '2025-06-27' "
        "order by tenor_months",
    )
    sectors = column(
        market_reader,
        "select 100 * mean_return from marts.fct_sector_performance "
        "where session_date = '2025-06-27' order by mean_return desc",
    )

    app = open_page(market_settings)

    assert lines(app, 1)["Advance-decline line"] == [float(row - 7) for row in range(30)]
    assert len(curve) == 5
    assert lines(app, 2)["27 Jun 2025"] == curve
    heat = figure(app, 4)["data"][0]["z"]
    cells = np.frombuffer(base64.b64decode(heat["bdata"]), dtype=heat["dtype"])
    assert cells.reshape(2, 15)[:, -1].tolist() == sectors


def test_bars_within_the_day_stand_side_by_side(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(
        market_settings, "instrument", query={"symbol": "AAPL", "bars": "15 min", "zone": "UTC"}
    )

    bars = trace(app, "AAPL")
    assert numbers(bars["close"]) == [201.0 + bar for bar in range(26)] * 2
    assert bars["x"][26] == "27 Jun 13:30"
    assert figure(app)["layout"]["xaxis"]["type"] == "category"


def test_a_week_opens_with_its_first_session_and_closes_with_its_last(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    week = market_reader.execute(
        "select split_adjusted_open_price, split_adjusted_high_price, split_adjusted_low_price, "
        "split_adjusted_close_price from marts.fct_daily_bars where symbol = 'AAPL' "
        "and session_date between '2025-06-23' and '2025-06-27' order by session_date"
    ).fetchall()

    app = open_page(market_settings, "instrument", query={"symbol": "AAPL", "bars": "Weekly"})

    bars = trace(app, "AAPL")
    assert len(week) == 5
    assert [numbers(bars[name])[-1] for name in ("open", "high", "low", "close")] == [
        week[0][0],
        max(day[1] for day in week),
        min(day[2] for day in week),
        week[-1][3],
    ]


def test_signals_point_up_or_down_at_their_price(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(
        market_settings,
        "instrument",
        query={"symbol": "AAPL", "signals": ["Golden and death cross", "MACD crossings"]},
    )

    marks = trace(app, "Signals")
    assert numbers(marks["y"]) == [190.0, 190.0]
    assert marks["marker"]["symbol"] == ["triangle-up", "triangle-down"]
    assert marks["customdata"] == ["Golden cross", "Macd cross down"]


def test_a_forecast_says_plainly_where_the_naive_one_wins(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings, "instrument", query={"symbol": "AAPL"})

    (told,) = [one.value for one in app.markdown if "MASE" in one.value]
    one, five, twenty = told.split("  \n")
    assert one.startswith("1 session ahead: **the naive forecast wins**: 0.90 against 1.20 (MASE")
    assert one.endswith("of 2); 50 % lay within the interval.")
    assert five.startswith("5 sessions ahead: better than the naive forecast, 0.50 against 0.75")
    assert twenty == "20 sessions ahead: no forecast has met its truth yet."
    (shown,) = [one.value for one in app.dataframe if "upper" in one.value]
    assert shown["point"].tolist() == [200.5, 201.0, 202.0]
    assert shown["lower"].tolist() == [195.0, 190.0, 180.0]
    assert shown["upper"].tolist() == [206.0, 212.0, 224.0]
