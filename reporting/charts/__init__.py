"""Charts: pure functions from a DataFrame of a mart to a plotly Figure.

They know no database, no page and no clock; the dashboards and the report share them.
"""

from reporting.charts.figures import (
    bars_chart,
    heat_map,
    lines_chart,
    scatter_chart,
    share_chart,
    stacked_bars_chart,
)
from reporting.charts.instrument import InstrumentChart, instrument_chart
from reporting.charts.movers import movers_chart

__all__ = [
    "InstrumentChart",
    "bars_chart",
    "heat_map",
    "instrument_chart",
    "lines_chart",
    "movers_chart",
    "scatter_chart",
    "share_chart",
    "stacked_bars_chart",
]
