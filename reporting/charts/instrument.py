"""The chart of one instrument: prices, volume and oscillators above one another on one axis."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd
import plotly.graph_objects as go

from reporting.charts import palette
from reporting.charts.candlesticks import candles, close_line, signed_bars, volume_bars
from reporting.charts.lines import LABELS, indicator_line
from reporting.charts.session_axis import session_breaks
from reporting.charts.template import template

Panel = Literal["volume", "macd", "rsi_14", "volatility_20", "atr_14", "return_1d", "drawdown"]

CANDLE_LIMIT = 1_300
"""Sessions up to which a candle is wider than a pixel; beyond it the closes are a line."""

_HEIGHTS = {
    "price": 400,
    "volume": 100,
    "macd": 120,
    "rsi_14": 120,
    "volatility_20": 100,
    "atr_14": 100,
    "return_1d": 100,
    "drawdown": 100,
}
_NAMES = {**LABELS, "macd": "MACD 12, 26, 9 (in the unit of the price)"}
_GAP = 26
_MARGINS = {"l": 8, "r": 8, "t": 34, "b": 30}


@dataclass(frozen=True)
class InstrumentChart:
    """What to draw.

    Attributes:
        symbol: the instrument's ticker.
        price_name: what the prices are, such as `Split-adjusted price`.
        price_unit: their unit, such as `USD`.
        volume_name: what the volume is, such as `Volume, split-adjusted`.
        averages: the moving averages over the price, by their mart name.
        panels: the panels under the price, from top to bottom.
        has_candles: whether open, high and low exist for this kind of price.
        is_logarithmic: whether equal distances are equal ratios.
        has_sessions: whether a bar is a whole session or more; bars within the day stand side by
            side, whatever time lies between them.
    """

    symbol: str
    price_name: str
    price_unit: str
    volume_name: str = "Volume"
    averages: tuple[str, ...] = ()
    panels: tuple[Panel, ...] = ("volume", "rsi_14")
    has_candles: bool = True
    is_logarithmic: bool = False
    has_sessions: bool = True


def instrument_chart(
    bars: pd.DataFrame,
    actions: pd.DataFrame,
    chart: InstrumentChart,
    signals: pd.DataFrame | None = None,
) -> go.Figure:
    """Return the figure of one instrument.

    Args:
        bars: one row per bar in order: session_date (for bars within the day what the axis is to
            say), open_price, high_price, low_price,
            close_price, volume, and a column for each indicator that `chart` asks for.
        actions: one row per corporate action: ex_date, label, description.
        chart: what to draw.
        signals: one row per mark on the prices: session_date, price, description, is_up.
    """
    figure = go.Figure()
    domains = _domains(chart.panels)
    for trace in _price_traces(bars, chart):
        figure.add_trace(trace)
    for column in chart.averages:
        figure.add_trace(indicator_line(bars, column))
    for number, panel in enumerate(chart.panels, start=2):
        for trace in _panel_traces(bars, panel):
            figure.add_trace(trace.update(yaxis=f"y{number}", showlegend=False))
    _lay_out(figure, bars, chart, domains)
    if not actions.empty:
        figure.add_trace(_action_marks(bars, actions))
    if signals is not None and not signals.empty:
        figure.add_trace(_signal_marks(signals))
    if not bars.empty:
        _mark_last_close(figure, bars)
    return figure


def _price_traces(
    bars: pd.DataFrame, chart: InstrumentChart
) -> Iterator[go.Candlestick | go.Scatter]:
    """Yield candles, and a line of closes where there are no candles to draw."""
    has_open = bars["open_price"].notna()
    draws_candles = (
        chart.has_candles and len(bars) <= CANDLE_LIMIT and bool(bars.empty or has_open.any())
    )
    if draws_candles:
        yield candles(bars, chart.symbol)
    if not draws_candles or not has_open.all():
        closes = bars["close_price"].mask(has_open) if draws_candles else bars["close_price"]
        yield close_line(bars.assign(close_price=closes), chart.symbol)


def _panel_traces(bars: pd.DataFrame, panel: Panel) -> list[go.Bar | go.Scatter]:
    if panel == "volume":
        return [volume_bars(bars)]
    if panel == "macd":
        return [
            signed_bars(bars, "macd_histogram", "MACD histogram"),
            indicator_line(bars, "macd_line"),
            indicator_line(bars, "macd_signal"),
        ]
    if panel == "return_1d":
        return [signed_bars(bars, "return_1d", "Return")]
    return [indicator_line(bars, panel)]


def _lay_out(
    figure: go.Figure,
    bars: pd.DataFrame,
    chart: InstrumentChart,
    domains: list[tuple[float, float]],
) -> None:
    names = [f"{chart.price_name} ({chart.price_unit})"]
    names += [chart.volume_name if panel == "volume" else _NAMES[panel] for panel in chart.panels]
    axes: dict[str, Any] = {}
    for number, (panel, domain) in enumerate(zip(("price", *chart.panels), domains, strict=True)):
        axes[f"yaxis{number + 1 if number else ''}"] = {
            "domain": domain,
            "side": "right",
            "gridcolor": palette.GRID,
            "zeroline": False,
            "automargin": True,
            **_axis_of(panel, chart),
        }
    bottom = "y" if not chart.panels else f"y{len(chart.panels) + 1}"
    figure.update_layout(
        template=template(),
        height=_total_height(chart.panels),
        margin=_MARGINS,
        hovermode="x unified",
        hoversubplots="axis",
        bargap=0.2,
        uirevision=f"{chart.symbol} {chart.price_name} {len(chart.panels)}",
        xaxis={
            "anchor": bottom,
            "rangeslider": {"visible": False},
            **_time_axis(bars, chart),
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikedash": "dot",
            "spikecolor": palette.NEUTRAL,
            "hoverformat": "%a %d %b %Y",
        },
        **axes,
    )
    for name, (_, top) in zip(names, domains, strict=True):
        figure.add_annotation(
            text=name,
            xref="paper",
            yref="paper",
            x=0,
            y=top,
            xanchor="left",
            yanchor="bottom",
            showarrow=False,
            font={"size": 12},
            opacity=0.8,
        )
    if "rsi_14" in chart.panels:
        axis = f"y{chart.panels.index('rsi_14') + 2}"
        figure.add_hrect(y0=30, y1=70, yref=axis, line_width=0, fillcolor=palette.BAND)


def _time_axis(bars: pd.DataFrame, chart: InstrumentChart) -> dict[str, Any]:
    if chart.has_sessions:
        return {"type": "date", "rangebreaks": session_breaks(bars["session_date"])}
    return {"type": "category", "nticks": 8, "tickangle": 0}


def _axis_of(panel: str, chart: InstrumentChart) -> dict[str, Any]:
    if panel == "price":
        return {"type": "log"} if chart.is_logarithmic else {"tickformat": ",~g"}
    if panel == "volume":
        return {"nticks": 4, "exponentformat": "B", "rangemode": "tozero"}
    if panel == "rsi_14":
        return {"range": [0, 100], "tickvals": [30, 50, 70], "fixedrange": True}
    return {"nticks": 4}


def _total_height(panels: tuple[Panel, ...]) -> int:
    panes = sum(_HEIGHTS[name] for name in ("price", *panels)) + _GAP * len(panels)
    return panes + _MARGINS["t"] + _MARGINS["b"]


def _domains(panels: tuple[Panel, ...]) -> list[tuple[float, float]]:
    """Return the vertical share of each panel, price first, as fractions from the bottom."""
    names = ("price", *panels)
    total = sum(_HEIGHTS[name] for name in names) + _GAP * len(panels)
    domains: list[tuple[float, float]] = []
    top = float(total)
    for name in names:
        bottom = top - _HEIGHTS[name]
        domains.append((max(bottom / total, 0.0), top / total))
        top = bottom - _GAP
    return domains


def _action_marks(bars: pd.DataFrame, actions: pd.DataFrame) -> go.Scatter:
    """Return lettered marks below the prices, one per corporate action."""
    low = bars["low_price"].fillna(bars["close_price"]).min()
    return go.Scatter(
        x=actions["ex_date"],
        y=[low] * len(actions),
        name="Corporate actions",
        mode="markers+text",
        text=actions["label"],
        textfont={"size": 9, "color": "#ffffff"},
        textposition="middle center",
        customdata=actions["description"],
        hovertemplate="%{customdata}<extra></extra>",
        marker={"symbol": "circle", "size": 15, "color": "#6b7280"},
        showlegend=False,
        cliponaxis=False,
    )


def _signal_marks(signals: pd.DataFrame) -> go.Scatter:
    """Return a triangle per signal at its price, pointing where it points."""
    return go.Scatter(
        x=signals["session_date"],
        y=signals["price"],
        name="Signals",
        mode="markers",
        customdata=signals["description"],
        hovertemplate="%{customdata}<extra></extra>",
        marker={
            "symbol": signals["is_up"].map({True: "triangle-up", False: "triangle-down"}),
            "color": signals["is_up"].map({True: palette.UP, False: palette.DOWN}),
            "size": 11,
            "line": {"width": 1, "color": "#ffffff"},
        },
        showlegend=False,
    )


def _mark_last_close(figure: go.Figure, bars: pd.DataFrame) -> None:
    last = bars.dropna(subset=["close_price"]).tail(1)
    if last.empty:
        return
    price = float(last["close_price"].iloc[0])
    figure.add_hline(
        y=price, yref="y", line={"color": palette.NEUTRAL, "width": 1, "dash": "dot"}, opacity=0.8
    )
