"""Charts by Plotly: from what they show to a figure that answers to the pointer."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from reporting.chart_files.data import Chart
from reporting.charts import InstrumentChart, instrument_chart, palette
from reporting.charts.template import template


def draw(chart: Chart) -> go.Figure:
    """Return the figure of a chart."""
    figure = _DRAWN[chart.kind](chart)
    note = " · invented data of the sandbox" if chart.is_synthetic else ""
    figure.update_layout(
        template=template(),
        title={"text": chart.title + note, "x": 0.01, "font": {"size": 16}},
        margin={"t": 70},
        autosize=True,
    )
    return figure


def _candlestick(chart: Chart) -> go.Figure:
    symbol, price_name, *_ = chart.title.split(", ")
    wanted = InstrumentChart(
        symbol,
        price_name.capitalize(),
        chart.unit,
        averages=("sma_20", "sma_50"),
        panels=("volume",),
    )
    actions = pd.DataFrame(columns=["ex_date", "label", "description"])
    return instrument_chart(chart.frame, actions, wanted)


def _correlation(chart: Chart) -> go.Figure:
    return go.Figure(
        go.Heatmap(
            z=chart.frame.to_numpy(),
            x=list(chart.frame.columns),
            y=list(chart.frame.index),
            zmin=-1,
            zmax=1,
            colorscale="RdBu_r",
            texttemplate="%{z:.2f}",
            colorbar={"title": chart.unit},
        ),
        {"yaxis": {"autorange": "reversed"}, "height": 640},
    )


def _bars(chart: Chart, column: str, form: str, **axis: Any) -> go.Figure:
    bars = go.Bar(
        x=chart.frame[column],
        y=chart.frame["symbol"],
        orientation="h",
        texttemplate=f"%{{x:{form}}}",
        textposition="outside",
        cliponaxis=False,
        marker={"color": palette.UP},
    )
    layout = {"xaxis": {"title": chart.unit, **axis}, "yaxis": {"autorange": "reversed"}}
    return go.Figure(bars, {**layout, "height": 560})


def _share(chart: Chart) -> go.Figure:
    return _bars(chart, "dominance_pct", ".1f")


def _price_bars(chart: Chart) -> go.Figure:
    return _bars(chart, "price", ",.6~g", type="log")


def _yield_curve(chart: Chart) -> go.Figure:
    figure = go.Figure(layout={"height": 560})
    days = sorted(chart.frame["observation_date"].unique())
    colours = [palette.NEUTRAL, palette.UP][-len(days) :]
    for day, colour in zip(days, colours, strict=True):
        curve = chart.frame[chart.frame["observation_date"] == day]
        figure.add_scatter(
            x=curve["tenor"], y=curve["yield_pct"], name=str(day), line={"color": colour}
        )
    tenors = chart.frame.drop_duplicates("tenor_months").sort_values("tenor_months")["tenor"]
    figure.update_xaxes(title="Maturity", categoryorder="array", categoryarray=list(tenors))
    figure.update_yaxes(title=chart.unit)
    return figure


_DRAWN: dict[str, Callable[[Chart], go.Figure]] = {
    "candlestick": _candlestick,
    "correlation": _correlation,
    "share": _share,
    "price-bars": _price_bars,
    "yield-curve": _yield_curve,
}
