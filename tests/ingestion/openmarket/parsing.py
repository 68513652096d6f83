"""Its bodies to rows."""

from ingestion.sources.openmarket import tables

from ingestion.errors import ShapeError
from ingestion.landing import Sidecar
from ingestion.parsing import ParseContext, Parsed, read_json, tabulate, where


def parse(resource_name: str, body: bytes, sidecar: Sidecar, _: ParseContext) -> Parsed:
    """Return the rows of a landed body."""
    rows = read_json(body, sidecar)
    if not isinstance(rows, list):
        raise ShapeError(where(sidecar), "the body is no list")
    return tabulate(tables.CLOSES, rows, given={"symbol": sidecar.symbols[0]})
