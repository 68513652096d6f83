"""How many rows tables hold, for the history that Dagster draws of each asset."""

from psycopg import sql

from warehouse import database
from warehouse.settings import Settings


def of_table(settings: Settings, schema: str, name: str) -> int | None:
    """Return the rows of a table, or None for a view: counting one would compute it.

    Raises:
        DatabaseError: the warehouse cannot be reached.
    """
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
    with database.connect(settings, "owner") as connection:
        kind = connection.execute(
            "select table_type from information_schema.tables"
            " where table_schema = %s and table_name = %s",
            [schema, name],
        ).fetchone()
        if kind != ("BASE TABLE",):
            return None
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
