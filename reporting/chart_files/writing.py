"""A chart into a file, whose name says in which form."""

from pathlib import Path

from reporting.chart_files.data import Chart
from warehouse.errors import MarketFlowError, UsageError

SUFFIXES = (".png", ".svg", ".html")


def require_suffix(path: Path) -> str:
    """Return the form that a file's name asks for.

    Raises:
        UsageError: it asks for none that we have.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"{path} says no form: end it in {', '.join(SUFFIXES)}")
    return suffix


def write(chart: Chart, path: Path) -> None:
    """Write a chart: PNG and SVG by Matplotlib, HTML by Plotly with its script inside.

    Raises:
        UsageError: the file's name says no form.
        MarketFlowError: it cannot be written.
    """
    suffix = require_suffix(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if suffix == ".html":
            # Plotly takes a second to load, and so does Matplotlib.
            from reporting.chart_files import moving  # noqa: PLC0415

            moving.draw(chart).write_html(path, include_plotlyjs=True, div_id=chart.kind)
            return
        from reporting.chart_files import still  # noqa: PLC0415

        still.save(chart, path)
    except OSError as error:
        raise MarketFlowError(f"{path} cannot be written: {error.strerror or error}") from None
