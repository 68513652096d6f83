"""The dlt source of FRED."""

from collections.abc import Iterator, Mapping

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from ingestion.arrow_resources import arrow_resources
from ingestion.sources.fred.tables import RESOURCES


@dlt.source(name="fred")
def fred(tables: Mapping[str, pa.Table] | None = None) -> Iterator[DltResource]:
    """Yield a resource for each raw table, named as it.

    Args:
        tables: rows with their lineage, by resource; without them the resources are empty, as
            one needs to draw the graph of assets.
    """
    yield from arrow_resources(RESOURCES, tables or {})
