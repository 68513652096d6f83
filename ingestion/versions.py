"""Which rows of a batch are new versions: raw only gains what differs from what it has.

The versions of a natural key are ordered by (fetched_at, request_id). Of neighbours with one value
one is enough: the first, or the one that the table has, even if it is the later one. So an
unchanged answer adds nothing, A -> B -> A ends as A, and of two runs at once that got the same
answer one adds it, in whichever order they load. A row that is there already, from a load that was
killed before it could say so, is dropped by its request_id.
"""

import re
from decimal import Decimal
from hashlib import blake2b
from io import BytesIO
from typing import Any, LiteralString, cast

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from psycopg.sql import SQL, Identifier

from ingestion.raw_tables import identifier
from ingestion.shapes import Resource

Connection = psycopg.Connection[tuple[Any, ...]]

_PLAIN_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_HASH_BYTES = 16
# Neither occurs in the UTF-8 of a value: NUL characters are taken out when a body is parsed.
_SEPARATOR = b"\x00"
_NULL = b"\xff"

_DROPPED: LiteralString = """
with versions as (
    select {keys}, row_hash, fetched_at, request_id, position
    from marketflow_batch
    union all
    select {keys}, row_hash, fetched_at, request_id, null
    from {table}
    where ({keys}) in (select {keys} from marketflow_batch)
),

compared as (
    select
        {keys},
        row_hash,
        fetched_at,
        request_id,
        position,
        row_hash is distinct from lag(row_hash) over one_key as is_change,
        request_id = lag(request_id) over one_key as is_repeated
    from versions
    window one_key as (
        partition by {keys} order by fetched_at, request_id, position nulls first
    )
),

spells as (
    select
        compared.*,
        count(*) filter (where is_change) over (
            partition by {keys}
            order by fetched_at, request_id, position nulls first
            rows unbounded preceding
        ) as spell
    from compared
),

judged as (
    select
        position,
        is_change,
        is_repeated,
        bool_or(position is null) over (partition by {keys}, spell) as is_known
    from spells
)

select string_agg(cast(position as text), ',')
from judged
where position is not null
and (not is_change or is_repeated or is_known)
"""


def row_hashes(resource: Resource, table: pa.Table) -> pa.Array:
    """Return a hash of each row's values, in hexadecimal.

    Only values count, in one spelling each: 1, 1.00 and 1e0 are the same, blanks around a text
    do not matter, null is unlike any text. Changing this makes every row a new version.
    """
    parts = []
    for name in resource.value_columns:
        text = table[name].cast(pa.string())
        canonical = (
            canonical_numbers(text)
            if resource.column(name).is_numeric
            else pc.utf8_trim_whitespace(text)
        )
        parts.append(pc.fill_null(canonical.cast(pa.binary()), _NULL))
    # A row that is all key has nothing that could change.
    nothing = pa.repeat(pa.scalar(b""), table.num_rows)
    joined = pc.binary_join_element_wise(*(parts or [nothing]), _SEPARATOR)
    digests = b"".join(
        blake2b(values, digest_size=_HASH_BYTES).digest() for values in joined.to_pylist()
    )
    offsets = np.arange(table.num_rows + 1, dtype=np.int32) * (2 * _HASH_BYTES)
    return pa.StringArray.from_buffers(
        table.num_rows, pa.py_buffer(offsets), pa.py_buffer(digests.hex().encode())
    )


def canonical_numbers(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return numbers in their shortest plain spelling; texts that are none as they are."""
    trimmed = pc.utf8_trim_whitespace(texts)
    is_plain = pc.match_substring_regex(trimmed, _PLAIN_NUMBER)
    if pc.all(is_plain).as_py() is False:
        values = [None if text is None else _plain(text) for text in trimmed.to_pylist()]
        return pa.chunked_array([pa.array(values, pa.string())])
    short = pc.ascii_rtrim(pc.ascii_rtrim(trimmed, "0"), ".")
    number = pc.if_else(pc.match_substring(trimmed, "."), short, trimmed)
    return pc.if_else(pc.equal(number, "-0"), "0", number)


def new_versions(connection: Connection, resource: Resource, table: pa.Table) -> pa.Table:
    """Return the rows of a batch that are new versions.

    The caller holds the lock of the raw table, or another load could come between.

    Args:
        connection: as marketflow_loader, in no transaction.
        resource: of which table.
        table: rows with their lineage; no two have both key and request_id in common.
    """
    if table.num_rows == 0:
        return table
    dropped = _dropped(connection, resource, table)
    if dropped.size == 0:
        return table
    is_kept = np.ones(table.num_rows, dtype=bool)
    is_kept[dropped] = False
    return table.filter(pa.array(is_kept))


def _dropped(
    connection: Connection, resource: Resource, table: pa.Table
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    names = [*resource.natural_key, "row_hash", "fetched_at", "request_id"]
    batch = table.select(names).append_column(
        "position", pa.array(np.arange(table.num_rows, dtype=np.int32))
    )
    content = BytesIO()
    pyarrow.csv.write_csv(batch, content, pyarrow.csv.WriteOptions(include_header=False))
    keys = SQL(", ").join(Identifier(name) for name in resource.natural_key)
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            SQL(
                "create temporary table marketflow_batch on commit drop as"
                " select {}, row_hash, fetched_at, request_id, 0 as position from {} limit 0"
            ).format(keys, identifier(resource))
        )
        with cursor.copy("copy marketflow_batch from stdin (format csv)") as copy:
            copy.write(content.getbuffer())
        # What the planner believes of the raw table may be the reverse of the truth: analyze that
        # ran during a COPY saw no row. Without the index it then compares all rows with all.
        cursor.execute(SQL("create index on marketflow_batch ({})").format(keys))
        cursor.execute("analyze marketflow_batch")
        cursor.execute(SQL(_DROPPED).format(keys=keys, table=identifier(resource)))
        found = cast("tuple[str | None]", cursor.fetchone())[0]
    if found is None:
        return np.empty(0, dtype=np.int64)
    return np.array(found.split(","), dtype=np.int64)


def _plain(text: str) -> str:
    """Return a number without exponent, plus sign or needless zeros; anything else as it is."""
    if _NUMBER.fullmatch(text) is None:
        return text
    plain = format(Decimal(text), "f")
    short = plain.rstrip("0").rstrip(".") if "." in plain else plain
    return "0" if short == "-0" else short
