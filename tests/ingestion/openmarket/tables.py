"""Its raw tables."""

from ingestion.shapes import Resource, key, price

CLOSES = Resource(
    "openmarket", "closes", (key("symbol"), key("day", "day", "date"), price("close"))
)

RESOURCES = (CLOSES,)
