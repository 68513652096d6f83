"""The one look of every chart, on a light page and on a dark one alike."""

from functools import cache

import plotly.graph_objects as go

from reporting.charts import palette

INK = "#7d828b"


@cache
def template() -> go.layout.Template:
    """Return the plotly template: transparent grounds, and an ink that both themes can carry.

    A page may put its own ink over it (Streamlit does); a file written by the report needs none.
    """
    axis = {
        "gridcolor": palette.GRID,
        "linecolor": palette.GRID,
        "zeroline": False,
        "automargin": True,
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": "rgba(0, 0, 0, 0)",
            "plot_bgcolor": "rgba(0, 0, 0, 0)",
            "font": {"family": "Source Sans, system-ui, sans-serif", "size": 13, "color": INK},
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 8, "t": 36, "b": 8},
            "hovermode": "x unified",
            "dragmode": "pan",
            "legend": {"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "bottom"},
        }
    )
