"""The plain figures of the pages: lines, bars, scatter and heat maps in the one look."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from reporting.charts import palette
from reporting.charts.template import template

_HEIGHT = 360
_CELL = 26
_FEW_BARS = 12
_THIN = "rgba(138, 143, 152, 0.35)"


def lines_chart(
    frame: pd.DataFrame, unit: str, *, height: int = _HEIGHT, joins_gaps: bool = False
) -> go.Figure:
    """Return one line per column over the index. A null leaves a gap, unless they are joined.

    Args:
        frame: a column per line, named as the legend; the index is the horizontal axis.
        unit: what the vertical axis measures.
        height: in pixels.
        joins_gaps: whether a line goes on over the days of others.
    """
    figure = _figure(unit, height)
    for number, name in enumerate(frame.columns):
        figure.add_trace(
            go.Scatter(
                x=frame.index,
                y=frame[name],
                name=str(name),
                mode="lines" if len(frame) > 1 else "markers",
                connectgaps=joins_gaps,
                line={
                    "color": palette.SERIES[number % len(palette.SERIES)],
                    # Colours return after eight lines, dashes tell them apart.
                    "dash": "solid" if number < len(palette.SERIES) else "dash",
                    "width": 1.8,
                },
                hovertemplate="%{y:,.4~g}",
            )
        )
    if len(frame) == 1:
        # A time axis around one day would show its milliseconds.
        figure.update_xaxes(type="category")
    return figure


def bars_chart(
    names: Sequence[object],
    values: pd.Series,
    unit: str,
    *,
    is_signed: bool = False,
    height: int = _HEIGHT,
) -> go.Figure:
    """Return one upright bar per name.

    Args:
        names: below the bars.
        values: their heights.
        unit: what the vertical axis measures.
        is_signed: whether bars below zero have the colour of a fall.
        height: in pixels.
    """
    figure = _figure(unit, height)
    colours = [palette.UP if value >= 0 else palette.DOWN for value in values]
    figure.add_trace(
        go.Bar(
            x=list(names),
            y=values,
            name=unit,
            marker={"color": colours if is_signed else palette.UP},
            hovertemplate="%{x}: %{y:,.4g}<extra></extra>",
        )
    )
    return figure.update_layout(hovermode="closest", showlegend=False, bargap=0.25)


def stacked_bars_chart(frame: pd.DataFrame, unit: str, *, height: int = _HEIGHT) -> go.Figure:
    """Return bars over the index whose parts are the columns."""
    figure = _figure(unit, height)
    for number, name in enumerate(frame.columns):
        figure.add_trace(
            go.Bar(
                x=frame.index,
                y=frame[name],
                name=str(name),
                marker={"color": palette.SERIES[number % len(palette.SERIES)]},
            )
        )
    # A single bar would be as wide as the page.
    return figure.update_layout(barmode="stack", bargap=max(0.2, 1 - len(frame) / _FEW_BARS))


def share_chart(names: pd.Series, shares_pct: pd.Series) -> go.Figure:
    """Return a ring of shares in per cent of a whole, what is left of it named as others.

    Args:
        names: one per part.
        shares_pct: 0 to 100.
    """
    rest = max(100.0 - float(shares_pct.sum()), 0.0)
    figure = _figure("", _HEIGHT)
    figure.add_trace(
        go.Pie(
            labels=[*names, "Others"],
            values=[*shares_pct, rest],
            name="Share",
            hole=0.55,
            sort=False,
            direction="clockwise",
            textinfo="label+percent",
            textposition="outside",
            marker={"colors": [*palette.SERIES[: len(names)], palette.GRID]},
            hovertemplate="%{label}: %{value:.2f} %<extra></extra>",
        )
    )
    return figure.update_layout(showlegend=False, margin={"t": 40, "b": 40, "l": 60, "r": 60})


def scatter_chart(
    pairs: pd.DataFrame, x_name: str, y_name: str, *, is_thin: bool = False
) -> go.Figure:
    """Return one dot per row of `pairs`: x, y and the label that the hover shows.

    Args:
        pairs: x, y, label.
        x_name: what goes to the right.
        y_name: what goes up.
        is_thin: whether there are too few rows to say anything; they are grey then.
    """
    figure = _figure(y_name, 420)
    figure.add_trace(
        go.Scatter(
            x=pairs["x"],
            y=pairs["y"],
            mode="markers",
            name=f"{y_name} over {x_name}",
            customdata=pairs["label"],
            marker={
                "color": palette.NEUTRAL if is_thin else palette.UP,
                "size": 7,
                "opacity": 0.65,
            },
            hovertemplate="%{customdata}: %{x:,.4g}, %{y:,.4g}<extra></extra>",
        )
    )
    figure.update_xaxes(title={"text": x_name})
    return figure.update_layout(hovermode="closest", showlegend=False)


def heat_map(
    frame: pd.DataFrame,
    unit: str,
    *,
    reach: float | None = None,
    decimals: str = "+.2f",
    has_text: bool = True,
) -> go.Figure:
    """Return a cell per row and column, orange below zero and blue above; null stays grey.

    Args:
        frame: rows from top to bottom, columns from left to right.
        unit: what a cell measures.
        reach: the value of the fullest colour; the largest one if it is None.
        decimals: how a cell writes its value.
        has_text: whether cells are wide enough for their value.
    """
    wide, high = len(frame.columns), len(frame)
    known = frame.abs().max().max()
    end = reach or (float(known) if pd.notna(known) and known else 1.0)
    figure = _figure("", _CELL * max(len(frame), 4) + 70)
    figure.add_trace(
        go.Heatmap(
            z=frame.to_numpy(dtype=float),
            x=[str(name) for name in frame.columns],
            y=[str(name) for name in frame.index],
            name=unit,
            zmin=-end,
            zmax=end,
            colorscale=palette.DIVERGING,
            texttemplate=f"%{{z:{decimals}}}" if has_text else None,
            # Every colour of the scale is light enough for it, in both themes.
            textfont={"color": "#14181f"},
            hovertemplate=f"%{{y}}, %{{x}}: %{{z:{decimals}}}<extra></extra>",
            hoverongaps=False,
            xgap=1,
            ygap=1,
            colorbar={
                "title": {"text": unit, "side": "right"},
                "thickness": 10,
                "nticks": max(3, min(high, 9)),
            },
        )
    )
    # To the edges of the outer cells: grey is what is not known.
    figure.update_xaxes(type="category", range=[-0.5, wide - 0.5], showgrid=False, side="bottom")
    figure.update_yaxes(type="category", range=[high - 0.5, -0.5], showgrid=False, side="left")
    return figure.update_layout(hovermode="closest", plot_bgcolor=_THIN)


def _figure(unit: str, height: int) -> go.Figure:
    figure = go.Figure()
    figure.update_layout(
        template=template(),
        height=height,
        yaxis={"title": {"text": unit}, "side": "right"},
        uirevision="kept",
    )
    return figure
