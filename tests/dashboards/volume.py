"""A market of any size, all of the same numbers, in the tables that the dashboards read."""

import re
from datetime import date
from typing import Any

import psycopg
from psycopg.sql import SQL, Composable, Identifier, Literal

from dashboards import queries
from tests.dashboards import market

LAST_DAY = date(2026, 1, 1)
RELATION = re.compile(r"\b(?:from|join)\s+((?:marts|ops)\.\w+)", re.IGNORECASE)

# Over raw tables, whose indexes are not in a contract.
VIEWS = {
    "marts.fct_forecasts",
    "ops.fct_alerts",
    "ops.fct_api_calls",
    "ops.fct_check_results",
    "ops.fct_freshness",
    "ops.fct_pipeline_runs",
}

# One row per session, whatever the number of instruments.
_OF_THE_MARKET = {"marts.fct_market_breadth"}
_NOT_OF_SESSIONS = re.compile(r"\.dim_(?!sessions)|latest_prices|macro_correlations")
# One row per series and day; there are never as many series as instruments.
_OF_SERIES = re.compile(r"\.fct_(macro|yield|sector)")
_CALENDARS, _MOST_SERIES = 5, 50
_SERIES = {"tenor", "series_id", "sector", "calendar", "release_id", "other_id"}
_BY_NAME: dict[str, Composable] = {
    "instrument_id": SQL("'equity:S' || instrument"),
    "symbol": SQL("'S' || instrument"),
    "other_instrument_id": SQL("'equity:T' || instrument"),
    "other_symbol": SQL("'T' || instrument"),
    "asset_class": SQL("case when instrument % 2 = 0 then 'crypto' else 'equity' end"),
    "index_name": SQL("'TRACKED'"),
    "bar_interval": SQL("'1h'"),
    "session_phase": SQL("'regular'"),
    "window_sessions": SQL("252"),
    "cause": SQL("'provider_gap'"),
    "signal": SQL("'golden_cross'"),
    "status": SQL("'announced'"),
    "is_carried_forward": SQL("false"),
}
_BY_TYPE: dict[str, Composable] = {
    "text": SQL("'text'"),
    "double precision": SQL("100 + 50 * sin(instrument + session / 20.0)"),
    "boolean": SQL("true"),
    "date": SQL("{} - session").format(Literal(LAST_DAY)),
    "timestamptz": SQL("timestamptz '2026-01-01Z' - session * interval '1 day'"),
    "bigint": SQL("session"),
    "integer": SQL("1 + session % 20"),
    "numeric": SQL("session"),
}


def statements() -> dict[str, str]:
    """The statements of the dashboards that read tables alone, by their names."""
    return {
        name: statement
        for name, statement in vars(queries).items()
        if name.isupper() and not set(RELATION.findall(statement)) & VIEWS
    }


def relations() -> list[str]:
    """The tables that they read."""
    return sorted({name for each in statements().values() for name in RELATION.findall(each)})


def fill(connection: psycopg.Connection[Any], *, instruments: int, sessions: range) -> None:
    """Fill the tables with rows of sessions, counted back from LAST_DAY, and analyze them."""
    for name in relations():
        columns = market.contracts()[name]["columns"]
        days = range(1) if _NOT_OF_SESSIONS.search(name) else sessions
        count = 1 if name in _OF_THE_MARKET else instruments
        count = min(count, _MOST_SERIES) if _OF_SERIES.search(name) else count
        count = _CALENDARS if name == "marts.dim_sessions" else count
        values = SQL(", ").join(_value(each["name"], each["data_type"]) for each in columns)
        indexes = _without_indexes(connection, name)
        connection.execute(
            SQL(
                "insert into {} select {} from generate_series(1, {}) as instrument,"
                " generate_series({}, {}) as session"
            ).format(
                Identifier(*name.split(".")),
                values,
                Literal(count),
                Literal(days[0]),
                Literal(days[-1]),
            )
        )
        for definition in indexes:
            connection.execute(definition.encode())
        connection.execute(SQL("analyze {}").format(Identifier(*name.split("."))))
    connection.commit()


def _without_indexes(connection: psycopg.Connection[Any], name: str) -> list[str]:
    """Drop the indexes of a table, and return what makes them again: that is quicker afterwards."""
    schema, table = name.split(".")
    indexes = connection.execute(
        "select indexname, indexdef from pg_indexes where schemaname = %s and tablename = %s",
        [schema, table],
    ).fetchall()
    for index, _ in indexes:
        connection.execute(SQL("drop index {}").format(Identifier(schema, index)))
    return [str(definition) for _, definition in indexes]


def _value(name: str, data_type: str) -> Composable:
    if name in _BY_NAME:
        return _BY_NAME[name]
    if name in _SERIES:
        return SQL("instrument") if data_type == "integer" else SQL("'S' || instrument")
    return _BY_TYPE.get(data_type, SQL("null"))
