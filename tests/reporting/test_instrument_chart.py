from datetime import date, timedelta

import pandas as pd
import pytest

from reporting.charts import InstrumentChart, instrument_chart, palette
from reporting.charts.instrument import CANDLE_LIMIT

NO_ACTIONS = pd.DataFrame(columns=["ex_date", "label", "description"])
CHART = InstrumentChart(symbol="AAPL", price_name="Split-adjusted", price_unit="USD")


def bars(count: int) -> pd.DataFrame:
    days = pd.bdate_range("2025-01-02", periods=count).date
    closes = [100.0 + row for row in range(count)]
    return pd.DataFrame(
        {
            "session_date": days,
            "open_price": [close - 1 if row % 2 else close + 1 for row, close in enumerate(closes)],
            "high_price": [close + 2 for close in closes],
            "low_price": [close - 2 for close in closes],
            "close_price": closes,
            "volume": [1000.0] * count,
            "sma_20": [None] * min(count, 19) + [90.0] * max(count - 19, 0),
            "rsi_14": [50.0] * count,
        }
    )


def test_every_panel_hangs_on_one_time_axis() -> None:
    figure = instrument_chart(bars(30), NO_ACTIONS, CHART)

    assert {trace.xaxis for trace in figure.data} == {None}
    assert [trace.yaxis for trace in figure.data] == [None, "y2", "y3"]
    assert figure.layout.xaxis.anchor == "y3"
    domains = [figure.layout[axis].domain for axis in ("yaxis", "yaxis2", "yaxis3")]
    assert domains[0][1] == 1
    assert domains[0][0] > domains[1][1] > domains[1][0] > domains[2][1]
    assert domains[2][0] == pytest.approx(0)


def test_panels_that_are_not_asked_for_leave_their_room_to_the_prices() -> None:
    figure = instrument_chart(
        bars(30), NO_ACTIONS, InstrumentChart("AAPL", "As traded", "USD", panels=())
    )

    assert figure.layout.yaxis.domain == (0, 1)
    assert len(figure.data) == 1


def test_a_warm_up_stays_a_gap() -> None:
    chart = InstrumentChart("AAPL", "Split-adjusted", "USD", averages=("sma_20",))

    figure = instrument_chart(bars(30), NO_ACTIONS, chart)

    average = next(trace for trace in figure.data if trace.name == "SMA 20")
    assert pd.isna(average.y[:19]).all()
    assert not pd.isna(average.y[19:]).any()
    assert average.connectgaps is False


def test_volume_has_the_colour_of_its_candle() -> None:
    figure = instrument_chart(bars(4), NO_ACTIONS, CHART)

    candles, volume = figure.data[0], figure.data[1]
    up, down = candles.increasing.fillcolor, candles.decreasing.fillcolor
    assert up != down
    assert list(volume.marker.color) == [down, up, down, up]


def test_many_sessions_become_a_line() -> None:
    few = instrument_chart(bars(CANDLE_LIMIT), NO_ACTIONS, CHART)
    many = instrument_chart(bars(CANDLE_LIMIT + 1), NO_ACTIONS, CHART)

    assert few.data[0].type == "candlestick"
    assert many.data[0].type == "scatter"
    assert len(many.data[0].y) == CANDLE_LIMIT + 1


def test_no_bar_at_all_is_an_empty_chart_and_no_error() -> None:
    figure = instrument_chart(bars(0), NO_ACTIONS, CHART)

    assert len(figure.data[0].close) == 0


def test_the_unit_stands_beside_the_prices() -> None:
    figure = instrument_chart(bars(4), NO_ACTIONS, CHART)

    assert "Split-adjusted (USD)" in [note.text for note in figure.layout.annotations]


def test_a_refresh_keeps_the_zoom_and_another_instrument_does_not() -> None:
    first = instrument_chart(bars(4), NO_ACTIONS, CHART)
    again = instrument_chart(bars(5), NO_ACTIONS, CHART)
    other = instrument_chart(bars(4), NO_ACTIONS, InstrumentChart("MSFT", "Split-adjusted", "USD"))

    assert first.layout.uirevision == again.layout.uirevision != other.layout.uirevision


def test_weekends_and_holidays_leave_no_hole() -> None:
    table = bars(10)
    holiday = date(2025, 1, 8)
    table = table[table["session_date"] != holiday]

    figure = instrument_chart(table, NO_ACTIONS, CHART)

    weekend, named = figure.layout.xaxis.rangebreaks
    assert weekend.bounds == ("sat", "mon")
    assert named["values"] == (str(holiday),)


def test_an_instrument_that_trades_every_day_has_no_breaks() -> None:
    table = bars(10)
    table["session_date"] = [date(2025, 1, 1) + timedelta(days=offset) for offset in range(10)]

    figure = instrument_chart(table, NO_ACTIONS, CHART)

    assert figure.layout.xaxis.rangebreaks == ()


@pytest.mark.parametrize("count_of_candles", [0, 2])
def test_sessions_with_a_close_alone_are_a_line(count_of_candles: int) -> None:
    some = bars(5)
    known = [row < count_of_candles for row in range(5)]
    for name in ("open_price", "high_price", "low_price"):
        # Objects, as a query brings a column that has no value.
        values = zip(some[name], known, strict=True)
        some[name] = pd.Series([value if has else None for value, has in values], dtype=object)

    figure = instrument_chart(some, NO_ACTIONS, CHART)

    kinds = ["candlestick"] * (count_of_candles > 0) + ["scatter"]
    assert [trace.type for trace in figure.data[: len(kinds)]] == kinds
    line = figure.data[len(kinds) - 1]
    assert pd.isna(line.y[:count_of_candles]).all()
    assert list(line.y[count_of_candles:]) == [100.0 + row for row in range(count_of_candles, 5)]
    (volume,) = [trace for trace in figure.data if trace.name == "Volume"]
    grey = [colour == palette.NEUTRAL for colour in volume.marker.color]
    assert grey == [not is_known for is_known in known]
