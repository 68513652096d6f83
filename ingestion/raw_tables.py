"""The raw tables, made as they are declared: empty until something is loaded.

They are made before dlt first sees them, so that every table exists in every warehouse, with the
unique index that is the last line of defence against a row that comes twice.
"""

from typing import Any, LiteralString

import psycopg
from psycopg.sql import SQL, Composable, Identifier

from ingestion.resources import resources
from ingestion.shapes import LINEAGE, Resource
from warehouse import database
from warehouse.errors import DatabaseError
from warehouse.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

# One maker of tables at a time: "if not exists" is no protection between sessions.
_LOCK = 0x6D665F7461626C65


def create(settings: Settings) -> None:
    """Make what is missing of the raw tables. Repeating it changes nothing.

    Raises:
        DatabaseError: the warehouse cannot be reached or is not set up.
    """
    with database.connect(settings, "loader", autocommit=True) as connection:
        try:
            create_with(connection)
        except psycopg.Error as error:
            raise DatabaseError(
                f"the raw tables cannot be made ({database.sentence(error, settings)}): "
                "run `marketflow db setup`"
            ) from None


def create_with(connection: Connection) -> None:
    """Make what is missing of the raw tables over a connection of marketflow_loader.

    A table of an older declaration gets the columns that it lacks.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
        found = _found_columns(connection)
        for resource in resources():
            columns = found.get((resource.schema, resource.name))
            if columns is None:
                _create(connection, resource)
            else:
                _add_missing(connection, resource, columns)


def identifier(resource: Resource) -> Identifier:
    """Return the table's name for use in SQL."""
    return Identifier(resource.schema, resource.name)


def _found_columns(connection: Connection) -> dict[tuple[str, str], set[str]]:
    rows = connection.execute(
        "select table_schema, table_name, column_name from information_schema.columns"
        " where table_schema = any(%s)",
        [sorted({resource.schema for resource in resources()})],
    ).fetchall()
    found: dict[tuple[str, str], set[str]] = {}
    for schema, table, column in rows:
        found.setdefault((schema, table), set()).add(column)
    return found


def _create(connection: Connection, resource: Resource) -> None:
    columns = [
        *(
            _column(column.name, column.sql_type, is_nullable=column.role != "key")
            for column in resource.columns
        ),
        *(_column(name, sql_type, is_nullable=False) for name, sql_type in LINEAGE),
    ]
    connection.execute(
        SQL("create table {} ({})").format(identifier(resource), SQL(", ").join(columns))
    )
    connection.execute(
        SQL("create unique index {} on {} ({})").format(
            Identifier(f"{resource.name}_versions"),
            identifier(resource),
            SQL(", ").join(Identifier(name) for name in (*resource.natural_key, "request_id")),
        )
    )
    # Incremental models ask for the load ids that they do not know yet.
    connection.execute(
        SQL("create index {} on {} (_dlt_load_id)").format(
            Identifier(f"{resource.name}_loads"), identifier(resource)
        )
    )


def _add_missing(connection: Connection, resource: Resource, found: set[str]) -> None:
    for column in resource.columns:
        if column.name not in found:
            connection.execute(
                SQL("alter table {} add column {}").format(
                    identifier(resource),
                    _column(column.name, column.sql_type, is_nullable=True),
                )
            )


def _column(name: str, sql_type: LiteralString, *, is_nullable: bool) -> Composable:
    kind = SQL(sql_type if is_nullable else f"{sql_type} not null")
    return SQL("{} {}").format(Identifier(name), kind)
