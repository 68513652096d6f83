"""The SELECT of an export: columns, point in time, condition, order."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from reporting.exports.conditions import require_expression
from reporting.exports.marts import Mart
from warehouse.errors import UsageError

Connection = psycopg.Connection[tuple[Any, ...]]

_VERSIONED = {"known_from", "known_to"}


def statement(mart: Mart, *, where: str | None, as_of: datetime | None) -> Composable:
    """Return the query of an export.

    Args:
        mart: what is exported.
        where: a condition of the user's, on the columns of the mart.
        as_of: the instant at which is asked what was known; None for the mart as it stands.

    Raises:
        UsageError: the condition is none, or the mart does not know what it knew when.
    """
    text = "true" if where is None else require_expression(where)
    condition = SQL("(\n{}\n)").format(SQL(text))
    return SQL("select {} from {} as mart where {} order by {}").format(
        SQL(", ").join(column.expression for column in mart.columns),
        _rows(mart, as_of),
        condition,
        SQL(", ").join(map(Identifier, mart.order)),
    )


def _rows(mart: Mart, as_of: datetime | None) -> Composable:
    table = Identifier(mart.schema, mart.name)
    if as_of is None:
        return table
    names = [column.name for column in mart.columns]
    if mart.name == "fct_daily_bars":
        return SQL("marts.daily_bars_as_of({})").format(Literal(as_of))
    if not set(names) >= _VERSIONED:
        raise UsageError(
            f"{mart.name} keeps no versions, so --as-of cannot be answered: fct_daily_bars, "
            "fct_daily_bar_revisions and fct_macro_observations can"
        )
    # A row that has ended since had not ended then, and was the latest.
    still_true = SQL("(known_to is null or known_to > {0})").format(Literal(as_of))
    then = {
        "known_to": SQL("case when known_to <= {0} then known_to end").format(Literal(as_of)),
        "is_latest": still_true,
    }
    return SQL("(select {} from {} where known_from <= {})").format(
        SQL(", ").join(
            SQL("{} as {}").format(then[name], Identifier(name))
            if name in then
            else Identifier(name)
            for name in names
        ),
        table,
        Literal(as_of),
    )


@contextmanager
def reading(connection: Connection) -> Iterator[None]:
    """Hold a transaction that may only read.

    Each statement sees what is there once its tables are locked: a snapshot that is older would
    find a table empty that a build exchanged meanwhile.
    """
    connection.execute("set transaction isolation level read committed read only")
    connection.execute("set local timezone to 'UTC'")
    connection.execute("set local datestyle to 'ISO'")
    connection.execute("set local extra_float_digits to 1")
    yield
    connection.rollback()
