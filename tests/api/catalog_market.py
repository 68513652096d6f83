"""A market in the shape of every contract that the API serves, with values that are hard to carry.

Tables and types come from the contracts, rows from a seed: nulls, the ends of double precision,
NaN, quotes, commas, line ends. What the API says is compared with what stands here.
"""

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal, Placeholder
from psycopg.types.json import Jsonb

from api.queries.catalog import Column, Mart
from api.queries.endpoints import ENDPOINTS, Endpoint
from api.queries.explanations import EXPLANATIONS, KNOWN_AT, Explanation

INSTRUMENTS = {
    "equity:AAPL": "AAPL",
    "equity:BRK.B": "BRK.B",
    "crypto:BTC/USD": "BTC/USD",
    "index:^GSPC": "^GSPC",
    "fx:EUR/USD": "EUR/USD",
}
SERIES = ("UNRATE", "GDP", "DGS10")
ROWS = 60
VIEWS = ("fct_api_calls", "fct_freshness", "fct_pipeline_runs", "fct_check_results")
"""What is a view in a real warehouse too."""

_FIRST_DATE = date(2024, 1, 1)
_FIRST_INSTANT = datetime(2024, 1, 1, 14, 30, tzinfo=UTC)
_DOUBLES = (0.1 + 0.2, 1e-12, 1.7976931348623157e308, -0.0, 5e-324, 213.49, -3.5, 1 / 3, math.nan)
_TEXTS = ("plain", 'it\'s, "quoted"', "line\r\nend", "=1+1", "Zürich 東京 🜁", "", "' or 1=1 --")


def tables() -> Mapping[str, Mart]:
    """Every mart that an endpoint serves or looks a name up in."""
    return {endpoint.mart: endpoint.table for endpoint in ENDPOINTS}


def create(connection: psycopg.Connection) -> None:
    """Create and fill every table, and the views over theirs."""
    for mart in tables().values():
        is_view = mart.name in VIEWS
        table = Identifier(mart.schema, f"{mart.name}_rows" if is_view else mart.name)
        parts = [
            SQL("{} {}").format(Identifier(column.name), SQL(column.data_type))  # type: ignore[arg-type]
            for column in mart.columns.values()
        ]
        key = SQL(", ").join(map(Identifier, mart.key))
        connection.execute(
            SQL("create table {} ({}, primary key ({}))").format(table, SQL(", ").join(parts), key)
        )
        if is_view:
            connection.execute(
                SQL("create view {} as select * from {}").format(
                    Identifier(mart.schema, mart.name), table
                )
            )
        insert(connection, table, mart, rows(mart))
        comment(connection, mart)
    for endpoint in ENDPOINTS:
        if endpoint.function:
            _create_function(connection, endpoint)
        for relation in endpoint.reads:
            if relation.startswith("intermediate."):
                # What the reader cannot read and yet sees the version of.
                connection.execute(SQL("create table {} ()").format(_named(relation)))
    for explanation in EXPLANATIONS:
        _create_explanation(connection, explanation)


def _create_explanation(connection: psycopg.Connection, explanation: Explanation) -> None:
    """Create a function that shows the newest row of a mart that its arguments tell."""
    names = [name for name in explanation.arguments if name != KNOWN_AT]
    types = [explanation.table.columns[name].data_type for name in names]
    known = [KNOWN_AT] if KNOWN_AT in explanation.arguments else []
    types += ["timestamptz"] * len(known)
    body = " and ".join(f"{name} = ${number}" for number, name in enumerate(names, 1))
    body += f" and known_from <= ${len(types)} order by known_from desc" if known else ""
    connection.execute(
        SQL("create function {}({}) returns json language sql stable as {}").format(
            Identifier("ops", explanation.function),
            SQL(", ".join(types)),  # type: ignore[arg-type]
            Literal(
                "select json_build_object('row', to_json(found), 'raw', '[]'::json)"
                f" from (select * from {explanation.table.relation} where {body} limit 1) as found"
            ),
        )
    )


def _create_function(connection: psycopg.Connection, endpoint: Endpoint) -> None:
    """Create a function that shows what stands in a mart since a day or an instant."""
    columns = [endpoint.columns[name] for name in endpoint.shown]
    connection.execute(
        SQL("create function {}(as_of {}) returns table ({}) language sql stable as {}").format(
            Identifier("marts", endpoint.function),
            SQL(endpoint.as_of_type),  # type: ignore[arg-type]
            SQL(", ").join(
                SQL("{} {}").format(Identifier(one.name), SQL(one.data_type))  # type: ignore[arg-type]
                for one in columns
            ),
            Literal(
                f"select distinct on ({', '.join(endpoint.sort)})"
                f" {', '.join(one.name for one in columns)} from {endpoint.table.relation}"
                f" where known_from < as_of order by {', '.join(endpoint.sort)}, known_from desc"
            ),
        )
    )


def _named(relation: str) -> Identifier:
    return Identifier(*relation.split("."))


def comment(connection: psycopg.Connection, mart: Mart) -> None:
    """Write a mart's comment, as dbt does at the end of each build of it."""
    kind = SQL("view" if mart.name in VIEWS else "table")
    connection.execute(
        SQL("comment on {} {} is 'built'").format(kind, Identifier(mart.schema, mart.name))
    )


def insert(
    connection: psycopg.Connection,
    table: Identifier,
    mart: Mart,
    values: Iterator[dict[str, Any]] | list[dict[str, Any]],
) -> None:
    """Add rows to a table that has a mart's columns."""
    columns = list(mart.columns)
    statement = SQL("insert into {} ({}) values ({})").format(
        table,
        SQL(", ").join(map(Identifier, columns)),
        SQL(", ").join([Placeholder()] * len(columns)),
    )
    listed = [[_bound(row[name]) for name in columns] for row in values]
    with connection.cursor() as cursor:
        cursor.executemany(statement, listed)


def rows(mart: Mart, count: int = ROWS, *, skip: int = 0) -> list[dict[str, Any]]:
    """The rows of a mart, the same each time."""
    chance = random.Random(mart.name)
    keys = itertools.islice(_keys(mart), skip, skip + count)
    return [_row(mart, key, chance) for key in keys]


def _keys(mart: Mart) -> Iterator[dict[str, Any]]:
    choices = [_key_values(mart, mart.columns[name]) for name in mart.key]
    # Days and instants vary fastest, so that one instrument has many.
    for values in itertools.product(*choices):
        yield dict(zip(mart.key, values, strict=True))


def _key_values(mart: Mart, column: Column) -> list[Any]:
    known = {"instrument_id": list(INSTRUMENTS), "series_id": list(SERIES)}
    times = [one for one in mart.key if mart.columns[one].data_type in ("date", "timestamptz")]
    # Of what has several versions, a few of each.
    count, step = (ROWS, timedelta(minutes=5)) if len(times) == 1 else (5, timedelta(days=1))
    names = range(ROWS if len(mart.key) == 1 else 4)
    by_type = {
        "date": [_FIRST_DATE + timedelta(days=n) for n in range(count)],
        "timestamptz": [
            _FIRST_INSTANT + n * step + timedelta(microseconds=n) for n in range(count)
        ],
        "text": [f"{column.name}_{n:02d}" for n in names],
        "integer": list(names),
    }
    return known.get(column.name) or list(column.choices) or by_type[column.data_type]


def _row(mart: Mart, key: Mapping[str, Any], chance: random.Random) -> dict[str, Any]:
    row = {column.name: _value(column, chance) for column in mart.columns.values()} | key
    if "instrument_id" in key and "symbol" in row:
        row["symbol"] = INSTRUMENTS[key["instrument_id"]]
    if mart.name == "fct_freshness":
        row["sessions_late"] = 0
    return row


def _value(column: Column, chance: random.Random) -> Any:
    if column.is_nullable and chance.random() < 0.15 and not column.name.endswith("_at"):
        return None
    if column.choices:
        return chance.choice(column.choices)
    number = chance.randrange(2**31)
    values: dict[str, Any] = {
        "text": _TEXTS[number % len(_TEXTS)],
        "double precision": _DOUBLES[number % len(_DOUBLES)],
        "integer": number,
        "bigint": number,
        "boolean": number % 2 == 0,
        "date": _FIRST_DATE + timedelta(days=number % ROWS),
        "timestamptz": _FIRST_INSTANT + timedelta(seconds=number % 10**6),
        "text[]": ["AAPL", "it's"],
        "jsonb": {"nodes": 3, "text": '"quoted"'},
    }
    return values[column.data_type]


def _bound(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict) else value
