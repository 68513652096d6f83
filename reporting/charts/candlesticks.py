"""Prices and volume of one instrument: candles, a closing line, volume bars."""

import pandas as pd
import plotly.graph_objects as go

from reporting.charts import palette


def candles(bars: pd.DataFrame, name: str) -> go.Candlestick:
    """Return candles: filled in one colour when the close is above the open, else in the other.

    Args:
        bars: session_date, open_price, high_price, low_price, close_price.
        name: what the hover calls them.
    """
    return go.Candlestick(
        x=bars["session_date"],
        open=bars["open_price"],
        high=bars["high_price"],
        low=bars["low_price"],
        close=bars["close_price"],
        name=name,
        increasing={"line": {"color": palette.UP, "width": 1}, "fillcolor": palette.UP},
        decreasing={"line": {"color": palette.DOWN, "width": 1}, "fillcolor": palette.DOWN},
        showlegend=False,
    )


def close_line(bars: pd.DataFrame, name: str) -> go.Scatter:
    """Return the closing prices as a line, for many sessions or a price that has closes alone.

    Args:
        bars: session_date, close_price.
        name: what the hover calls it.
    """
    return go.Scatter(
        x=bars["session_date"],
        y=bars["close_price"],
        name=name,
        mode="lines",
        line={"color": palette.CLOSE, "width": 1.6},
        showlegend=False,
    )


def volume_bars(bars: pd.DataFrame) -> go.Bar:
    """Return volume bars in the colour of their session's candle; grey where it has no open.

    Args:
        bars: session_date, volume, open_price, close_price.
    """
    # A column without any value is not one of numbers.
    change = bars["close_price"].astype(float) - bars["open_price"].astype(float)
    has_risen = (change >= 0).astype(object).where(change.notna())
    return go.Bar(
        x=bars["session_date"],
        y=bars["volume"],
        name="Volume",
        marker={
            "color": has_risen.map({True: palette.UP, False: palette.DOWN}).fillna(palette.NEUTRAL),
            "opacity": 0.55,
            "line": {"width": 0},
        },
        showlegend=False,
    )


def signed_bars(bars: pd.DataFrame, column: str, name: str) -> go.Bar:
    """Return bars from zero in the colour of a rise or a fall.

    Args:
        bars: session_date and `column`.
        column: the measure.
        name: what the hover calls it.
    """
    return go.Bar(
        x=bars["session_date"],
        y=bars[column],
        name=name,
        marker={
            "color": (bars[column] >= 0).map({True: palette.UP, False: palette.DOWN}),
            "opacity": 0.55,
            "line": {"width": 0},
        },
        showlegend=False,
    )
