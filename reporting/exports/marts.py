"""What there is to export: a mart, its columns, their Arrow types, its order."""

import hashlib
from dataclasses import dataclass
from typing import Any

import psycopg
import pyarrow as pa
from psycopg.sql import SQL, Composable, Identifier

from warehouse.errors import UsageError

Connection = psycopg.Connection[tuple[Any, ...]]

SCHEMAS = ("marts", "ops")

_INSTANT = pa.timestamp("us", "UTC")
_TYPES = {
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "double precision": pa.float64(),
    "integer": pa.int32(),
    "jsonb": pa.string(),
    "text": pa.string(),
    "text[]": pa.string(),
    "timestamp with time zone": _INSTANT,
}


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        sql_type: PostgreSQL's name of its type. Lists and documents are exported as JSON text.
        comment: what it means.
    """

    name: str
    sql_type: str
    comment: str

    @property
    def arrow_type(self) -> pa.DataType:
        """The type in the files."""
        return _TYPES[self.sql_type]

    @property
    def expression(self) -> Composable:
        """What is selected, so that its text has one reading."""
        name = Identifier(self.name)
        if self.arrow_type == _INSTANT:
            return SQL("cast(extract(epoch from {}) * 1000000 as bigint)").format(name)
        if self.sql_type in ("jsonb", "text[]"):
            return SQL("cast(to_jsonb({}) as text)").format(name)
        return name


@dataclass(frozen=True)
class Mart:
    """A mart that can be exported.

    Attributes:
        key: the columns of its primary key; all that can be ordered where it has none.
    """

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]

    @property
    def partition(self) -> str | None:
        """The column by whose value a fact is split into files; None for all else."""
        names = {column.name for column in self.columns}
        is_fact = self.name.startswith(("fct_", "obt_")) and self.schema == "marts"
        return "session_date" if is_fact and "session_date" in names else None

    @property
    def order(self) -> tuple[str, ...]:
        """The columns that order the rows: the partition, then the key."""
        first = () if self.partition is None else (self.partition,)
        return (*first, *(name for name in self.key if name not in first))

    @property
    def definitions_version(self) -> str:
        """A digest of what the columns are and mean: another one says that a definition changed."""
        told = "\n".join(f"{one.name} {one.sql_type} {one.comment}" for one in self.columns)
        return hashlib.sha256(told.encode()).hexdigest()[:12]


def find(connection: Connection, name: str) -> Mart:
    """Return a mart by its name, with or without its schema.

    Raises:
        UsageError: there is none of that name; it names those that there are.
    """
    known = _names(connection)
    schema, _, bare = name.rpartition(".")
    found = [one for one in known if one[1] == bare and schema in ("", one[0])]
    if not found:
        listed = ", ".join(sorted(mart for _, mart in known)) or "none: `dbt build` makes them"
        raise UsageError(f"there is no mart {name!r}: there are {listed}")
    return _mart(connection, *found[0])


def names(connection: Connection) -> list[str]:
    """Return the name of every mart, with its schema."""
    return [f"{schema}.{mart}" for schema, mart in _names(connection)]


def _names(connection: Connection) -> list[tuple[str, str]]:
    rows = connection.execute(
        "select table_schema::text, table_name::text from information_schema.tables"
        " where table_schema = any(%s) order by 1, 2",
        [list(SCHEMAS)],
    ).fetchall()
    return [(str(schema), str(mart)) for schema, mart in rows]


def _mart(connection: Connection, schema: str, name: str) -> Mart:
    relation = f"{schema}.{name}"
    rows = connection.execute(
        """
        select
            attname::text,
            pg_catalog.format_type(atttypid, atttypmod),
            coalesce(pg_catalog.col_description(attrelid, attnum), '')
        from pg_catalog.pg_attribute
        where attrelid = %s::regclass and attnum > 0 and not attisdropped
        order by attnum
        """,
        [relation],
    ).fetchall()
    columns = tuple(Column(*map(str, row)) for row in rows)
    unknown = [one.name for one in columns if one.sql_type not in _TYPES]
    if unknown:
        raise UsageError(f"{relation} has columns of a type that no file holds: {unknown}")
    key = connection.execute(
        """
        select pg_catalog.array_agg(attname::text order by place)
        from pg_catalog.pg_index
        cross join lateral unnest(indkey) with ordinality as key (number, place)
        inner join pg_catalog.pg_attribute on attrelid = indrelid and attnum = number
        where indrelid = %s::regclass and indisprimary
        """,
        [relation],
    ).fetchone()
    names_of_key = tuple(key[0]) if key is not None and key[0] is not None else ()
    return Mart(schema, name, columns, names_of_key or tuple(one.name for one in columns))
