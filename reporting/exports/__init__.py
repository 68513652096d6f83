"""Marts as files that others can load: Parquet, CSV or Arrow, with a manifest beside them.

Rows stream from the database to the files in the order of the mart's key, so that memory stays
bounded and the same rows give the same bytes.
"""

from reporting.exports.export import Exported, Selection, export
from reporting.exports.reading import read_export

__all__ = ["Exported", "Selection", "export", "read_export"]
