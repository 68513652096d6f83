"""The charts of the report, as SVG within the page."""

import io
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from reporting.charts import palette
from reporting.weekly.sections import Section

_STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#b8bcc4",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e8ec",
    "svg.hashsalt": "marketflow",
}


def picture(section: Section) -> str:
    """Return the chart of a section as an SVG element; nothing where it has none or no rows."""
    if not section.rows:
        return ""
    with mpl.rc_context(_STYLE):
        if section.name == "yields":
            return _svg(_curve(section))
        if section.name == "breadth":
            return _svg(_breadth(section))
        if section.name in {"indexes", "sectors", "coins", "commodities", "funds"}:
            return _svg(_changes(section))
    return ""


def _column(section: Section, name: str) -> Sequence[Any]:
    place = section.columns.index(name)
    return [row[place] for row in section.rows]


def _curve(section: Section) -> Figure:
    figure = Figure(figsize=(7, 2.8), layout="constrained")
    axes = figure.subplots()
    tenors = _column(section, "tenor")
    for name, label, colour in (
        ("week_before_pct", "week before", palette.NEUTRAL),
        ("yield_pct", "this week", palette.UP),
    ):
        heights = [float("nan") if one is None else one for one in _column(section, name)]
        axes.plot(tenors, heights, marker="o", color=colour, label=label)
    axes.set_ylabel("Per cent a year")
    axes.legend(frameon=False)
    return figure


def _breadth(section: Section) -> Figure:
    figure = Figure(figsize=(7, 2.2), layout="constrained")
    axes = figure.subplots()
    days = [f"{day:%a %d}" for day in _column(section, "day")]
    axes.bar(days, _column(section, "advancers"), color=palette.UP, label="rose", width=0.5)
    fell = [-count for count in _column(section, "decliners")]
    axes.bar(days, fell, color=palette.DOWN, label="fell", width=0.5)
    axes.axhline(0, color=palette.NEUTRAL, linewidth=0.8)
    axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    axes.set_ylabel("Stocks")
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
    return figure


def _changes(section: Section) -> Figure:
    names = _column(section, section.columns[0])
    changes = [float(change) for change in _column(section, "change_pct")]
    figure = Figure(figsize=(7, 0.5 + 0.26 * len(names)), layout="constrained")
    axes = figure.subplots()
    colours = [palette.UP if change >= 0 else palette.DOWN for change in changes]
    drawn = axes.barh(names, changes, color=colours, height=0.65)
    axes.bar_label(drawn, [f"{change:+.2f}" for change in changes], padding=3)
    axes.axvline(0, color=palette.NEUTRAL, linewidth=0.8)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.grid(visible=False, axis="y")
    return figure


def _svg(figure: Figure) -> str:
    target = io.StringIO()
    figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    text = target.getvalue()
    return text[text.index("<svg") :]
