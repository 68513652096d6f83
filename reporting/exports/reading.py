"""An export back into memory, with the types that it went out with."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from warehouse.errors import MarketFlowError

_TYPES = {
    "bool": pa.bool_(),
    "date32[day]": pa.date32(),
    "double": pa.float64(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "string": pa.string(),
    "timestamp[us, tz=UTC]": pa.timestamp("us", "UTC"),
}


def read_export(place: str, options: Mapping[str, Any] | None = None) -> pa.Table:
    """Return the rows of an exported mart in their order.

    Args:
        place: the folder of the mart, as a path or an fsspec URL.
        options: what fsspec needs to know, such as keys.

    Raises:
        MarketFlowError: a file is not what the manifest says.
    """
    store, folder = fsspec.core.url_to_fs(place, **(options or {}))
    manifest = json.loads(store.cat_file(f"{folder}/manifest.json"))
    schema = pa.schema([(one["name"], _TYPES[one["arrow_type"]]) for one in manifest["columns"]])
    tables = []
    for file in manifest["files"]:
        data = store.cat_file(f"{folder}/{file['path']}")
        if hashlib.sha256(data).hexdigest() != file["sha256"]:
            raise MarketFlowError(
                f"{place}/{file['path']} is not what its manifest says: export it again"
            )
        tables.append(_table(data, manifest["format"], schema))
    return pa.concat_tables(tables)


def _table(data: bytes, format_name: str, schema: pa.Schema) -> pa.Table:
    if format_name == "parquet":
        return pq.read_table(pa.BufferReader(data), partitioning=None)
    if format_name == "arrow":
        return pa.ipc.open_file(data).read_all()
    return pa_csv.read_csv(
        pa.BufferReader(data),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
