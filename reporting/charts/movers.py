"""What rose and what fell most, side by side on one scale."""

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from reporting.charts import palette
from reporting.charts.template import template

_ROW_HEIGHT = 26
_ROOM_FOR_LABELS = 1.25


def movers_chart(prices: pd.DataFrame, count: int) -> go.Figure:
    """Return the `count` largest rises on the left and the `count` largest falls on the right.

    Args:
        prices: symbol, name, change_pct (0 to 100) of each instrument that may appear.
        count: how many of each.
    """
    changed = prices.dropna(subset=["change_pct"])
    rises = changed[changed["change_pct"] > 0].nlargest(count, "change_pct")
    falls = changed[changed["change_pct"] < 0].nsmallest(count, "change_pct")
    figure = make_subplots(
        cols=2,
        subplot_titles=("Largest rises", "Largest falls"),
        horizontal_spacing=0.12,
    )
    figure.add_trace(_bars(rises, palette.UP), row=1, col=1)
    figure.add_trace(_bars(falls, palette.DOWN), row=1, col=2)
    reach = changed["change_pct"].abs().max() if len(changed) else 1.0
    figure.update_layout(
        template=template(),
        height=_ROW_HEIGHT * max(len(rises), len(falls), 1) + 40,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        hovermode="closest",
        bargap=0.3,
        showlegend=False,
    )
    # Falls grow to the right too: their axis is reversed, their values are not.
    for column, end in ((1, reach), (2, -reach)):
        figure.update_xaxes(
            range=[0, _ROOM_FOR_LABELS * end], visible=False, fixedrange=True, col=column
        )
    figure.update_yaxes(
        range=[max(len(rises), len(falls), 1) - 0.5, -0.5],
        type="category",
        fixedrange=True,
        showgrid=False,
        automargin=True,
    )
    figure.update_annotations(xanchor="left", font={"size": 13})
    for annotation, axis in zip(figure.layout.annotations, ("xaxis", "xaxis2"), strict=True):
        annotation.x = figure.layout[axis].domain[0]
    return figure


def _bars(movers: pd.DataFrame, colour: str) -> go.Bar:
    """Return one bar per instrument, as long as its change."""
    return go.Bar(
        x=movers["change_pct"],
        y=movers["symbol"],
        orientation="h",
        text=[f"{value:+.2f} %" for value in movers["change_pct"]],
        textposition="outside",
        cliponaxis=False,
        customdata=movers["name"],
        hovertemplate="%{customdata}<br>%{text}<extra></extra>",
        marker={"color": colour},
    )
