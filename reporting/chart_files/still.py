"""Charts by Matplotlib: from what they show to a figure, without a screen or a browser."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from reporting.chart_files.data import Chart
from reporting.charts import palette

_STYLE: Any = {
    "font.size": 10,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#b8bcc4",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e8ec",
    # The same chart is the same file.
    "svg.hashsalt": "marketflow",
    "svg.fonttype": "none",
}
_INK = "#4b5058"


def save(chart: Chart, path: Path) -> None:
    """Write a chart as PNG or SVG, without a date or a version in it."""
    metadata = {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}
    with mpl.rc_context(_STYLE):
        draw(chart).savefig(path, metadata=metadata)


def draw(chart: Chart) -> Figure:
    """Return the figure of a chart."""
    figure = Figure(figsize=(10, 6), dpi=120, layout="constrained")
    _DRAWN[chart.kind](figure, chart)
    figure.axes[0].set_title(chart.title)
    if chart.is_synthetic:
        figure.supxlabel("Invented data of the sandbox", x=0.99, ha="right", color=_INK)
    return figure


def _candlestick(figure: Figure, chart: Chart) -> None:
    bars = chart.frame
    # Some prices, of currencies above all, come without a volume.
    has_volume = bars["volume"].notna().any()
    panels: Any = figure.subplots(2, sharex=True, height_ratios=(4, 1)) if has_volume else ()
    prices = panels[0] if has_volume else figure.subplots()
    places = range(len(bars))
    has_risen = bars["close_price"] >= bars["open_price"].fillna(bars["close_price"])
    colours = [palette.UP if rose else palette.DOWN for rose in has_risen]
    bottoms = bars[["open_price", "close_price"]].min(axis=1)
    # A bar whose open and close are one price is a dash, and must be seen.
    heights = (bars["close_price"] - bars["open_price"]).abs().fillna(0)
    heights = heights.clip(lower=(bars["close_price"].max() - bars["close_price"].min()) / 500)
    prices.vlines(places, bars["low_price"], bars["high_price"], color=colours, linewidth=1)
    prices.bar(places, heights, bottom=bottoms, color=colours, width=0.7)
    for column, label in (("sma_20", "SMA 20"), ("sma_50", "SMA 50")):
        values = bars[column].astype(float)
        prices.plot(places, values, color=palette.AVERAGES[column], linewidth=1.3, label=label)
    prices.legend(frameon=False, loc="best")
    prices.set_ylabel(chart.unit)
    if has_volume:
        panels[1].bar(places, bars["volume"].astype(float).fillna(0), color=colours, width=0.7)
        panels[1].yaxis.set_major_formatter(EngFormatter(sep=""))
        panels[1].set_ylabel("Volume")
    step = max(len(bars) // 8, 1)
    figure.axes[-1].set_xticks(
        list(places)[::step], [str(day) for day in bars["session_date"][::step]]
    )


def _correlation(figure: Figure, chart: Chart) -> None:
    axes = figure.subplots()
    axes.grid(visible=False)
    image = axes.imshow(chart.frame, cmap="RdBu_r", vmin=-1, vmax=1)
    names = list(chart.frame.columns)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    for row, values in enumerate(chart.frame.to_numpy()):
        for column, value in enumerate(values):
            if value == value:  # noqa: PLR0124 - no number: the pair has too few common sessions
                ink = "white" if abs(value) > 0.6 else "black"
                axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=ink)
    figure.colorbar(image, ax=axes, label=chart.unit)


def _bars(figure: Figure, chart: Chart, column: str, form: Callable[[float], str]) -> Any:
    axes = figure.subplots()
    values = chart.frame[column].astype(float)
    drawn = axes.barh(chart.frame["symbol"], values, color=palette.UP)
    axes.bar_label(drawn, [form(value) for value in values], padding=4)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(chart.unit)
    axes.margins(x=0.12)
    return axes


def _share(figure: Figure, chart: Chart) -> None:
    _bars(figure, chart, "dominance_pct", lambda value: f"{value:.1f} %")


def _price_bars(figure: Figure, chart: Chart) -> None:
    axes = _bars(figure, chart, "price", lambda value: f"{value:,.6g}")
    axes.set_xscale("log")
    axes.set_xlim(right=float(chart.frame["price"].max()) * 20)


def _yield_curve(figure: Figure, chart: Chart) -> None:
    axes = figure.subplots()
    days = sorted(chart.frame["observation_date"].unique())
    colours = [palette.NEUTRAL, palette.UP][-len(days) :]
    for day, colour in zip(days, colours, strict=True):
        curve = chart.frame[chart.frame["observation_date"] == day]
        axes.plot(
            curve["tenor_months"], curve["yield_pct"], marker="o", color=colour, label=str(day)
        )
    tenors = chart.frame.drop_duplicates("tenor_months").sort_values("tenor_months")
    axes.set_xscale("log")
    axes.set_xticks(tenors["tenor_months"], tenors["tenor"])
    axes.minorticks_off()
    axes.set_xlabel("Maturity")
    axes.set_ylabel(chart.unit)
    axes.legend(frameon=False)


_DRAWN: dict[str, Callable[[Figure, Chart], None]] = {
    "candlestick": _candlestick,
    "correlation": _correlation,
    "share": _share,
    "price-bars": _price_bars,
    "yield-curve": _yield_curve,
}
