"""Charts as files: PNG and SVG without a browser, HTML that carries its own script.

`data` reads what a chart shows, `still` draws it with Matplotlib, `moving` with Plotly, and
`writing` knows which is meant by a file's name.
"""

from reporting.chart_files.data import KINDS, Asked, Chart, read
from reporting.chart_files.writing import SUFFIXES, write

__all__ = ["KINDS", "SUFFIXES", "Asked", "Chart", "read", "write"]
