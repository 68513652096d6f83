"""Every page in its four states, its URL, and its figures against the marts."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards import market
from tests.dashboards.conftest import OpenPage
from warehouse import database
from warehouse.settings import Settings

PAGES = ("overview", "instrument")


def words(app: AppTest) -> str:
    """Everything that the page says, in one text."""
    parts = [app.title, app.markdown, app.caption, app.info, app.error, app.warning]
    return "\n".join(str(element.value) for kind in parts for element in kind)


def badges(app: AppTest) -> str:
    return "\n".join(str(element.value) for element in app.markdown)


def figure(app: AppTest, number: int = 0) -> dict[str, Any]:
    """The plotly figure that the page sends to the browser."""
    chart = app.get("plotly_chart")[number]
    return json.loads(chart.proto.spec)  # type: ignore[no-any-return]


def numbers(values: Any) -> list[float | None]:
    """A trace's numbers, which plotly may have packed; null as None."""
    if isinstance(values, dict):
        packed = np.frombuffer(base64.b64decode(values["bdata"]), dtype=values["dtype"])
        values = [None if np.isnan(value) else float(value) for value in packed]
    return [None if value is None else float(value) for value in values]


def trace(app: AppTest, name: str) -> dict[str, Any]:
    return next(each for each in figure(app)["data"] if each["name"] == name)


@pytest.mark.parametrize("page", PAGES)
class TestFourStates:
    def test_a_normal_market_is_shown_without_an_exception(
        self, page: str, market_settings: Settings, open_page: OpenPage
    ) -> None:
        app = open_page(market_settings, page)

        assert not app.exception
        assert not app.error
        assert len(app.get("plotly_chart")) == 1
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
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings)
    with database.connect_as_administrator(market_settings, autocommit=True) as connection:
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


def test_late_prices_are_left_out_of_the_movers(
    market_settings: Settings, open_page: OpenPage
) -> None:
    with database.connect(market_settings, "transformer") as connection:
        connection.execute(
            "update marts.fct_latest_prices set as_of = as_of - interval '3 days' "
            "where symbol = 'XOM'"
        )

    app = open_page(market_settings)

    bars = [symbol for each in figure(app)["data"] for symbol in each["y"]]
    assert "AAPL" in bars
    assert "XOM" not in bars
    assert "1 late prices left out" in words(app)


def test_the_candles_and_lines_are_those_of_the_marts(
    market_settings: Settings, market_reader: psycopg.Connection, open_page: OpenPage
) -> None:
    rows = market_reader.execute(
        "select split_adjusted_open_price, split_adjusted_high_price, split_adjusted_low_price, "
        "split_adjusted_close_price, split_adjusted_volume, sma_20, sma_50, sma_200, rsi_14 "
        "from marts.fct_daily_bars inner join marts.fct_daily_indicators "
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


def test_an_instrument_without_bars_says_so(market_settings: Settings, open_page: OpenPage) -> None:
    with database.connect(market_settings, "transformer") as connection:
        connection.execute("delete from marts.fct_daily_bars where instrument_id = 'equity:XOM'")

    app = open_page(market_settings, "instrument", query={"symbol": "XOM"})

    assert not app.exception
    assert "no finished session" in words(app)


def test_volumes_in_another_unit_are_not_drawn_beside_the_present_ones(
    market_settings: Settings, open_page: OpenPage
) -> None:
    with database.connect(market_settings, "transformer") as connection:
        connection.execute(
            "update marts.fct_daily_bars set volume_unit = 'usd' "
            "where instrument_id = 'crypto:BTC/USD' and session_date < '2025-06-20'"
        )

    app = open_page(market_settings, "instrument", query={"symbol": "BTC/USD", "range": "1M"})

    volumes = numbers(trace(app, "Volume")["y"])
    assert len(volumes) == 32
    assert volumes[:24] == [None] * 24
    assert None not in volumes[24:]


def test_an_instrument_without_volume_has_no_volume_panel(
    market_settings: Settings, open_page: OpenPage
) -> None:
    with database.connect(market_settings, "transformer") as connection:
        connection.execute(
            "update marts.fct_daily_bars set split_adjusted_volume = null "
            "where instrument_id = 'crypto:BTC/USD'"
        )

    app = open_page(market_settings, "instrument", query={"symbol": "BTC/USD"})

    assert "Volume" not in [each["name"] for each in figure(app)["data"]]
    assert "No volume is reported." in words(app)
