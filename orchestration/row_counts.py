"""How many rows a raw table holds, for the history that Dagster draws of each asset."""

from psycopg import sql

from warehouse import database
from warehouse.settings import Settings


def of_raw_table(settings: Settings, source: str, name: str) -> int:
    """Return the rows of `raw_<source>.<name>`.

    Raises:
        DatabaseError: the warehouse cannot be reached.
    """
    query = sql.SQL("select count(*) from {}").format(sql.Identifier(f"raw_{source}", name))
    with database.connect(settings, "loader") as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0
