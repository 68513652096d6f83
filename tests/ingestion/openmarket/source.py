"""Its dlt source."""

from collections.abc import Iterator, Mapping

import dlt
import pyarrow as pa
from dlt.extract import DltResource
from ingestion.sources.openmarket.tables import RESOURCES

from ingestion.arrow_resources import arrow_resources


@dlt.source(name="openmarket")
def openmarket(tables: Mapping[str, pa.Table] | None = None) -> Iterator[DltResource]:
    """Yield a resource for each raw table."""
    yield from arrow_resources(RESOURCES, tables or {})
