"""What a page reads is what it shows, however long the history is."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.dashboards import volume
from warehouse import database
from warehouse.settings import Settings

SHOWN_SESSIONS = 40
PARAMETERS: dict[str, Any] = {
    "first_date": volume.LAST_DAY - timedelta(days=SHOWN_SESSIONS - 1),
    "last_date": volume.LAST_DAY,
    "known_on": volume.LAST_DAY,
    "days": [volume.LAST_DAY, volume.LAST_DAY - timedelta(days=20)],
    "instrument_id": "equity:S2",
    "other_instrument_id": "equity:T2",
    "instrument_ids": ["equity:S2", "equity:S3"],
    "series_id": "S2",
    "other_id": "S3",
    "series_ids": ["S2", "S3"],
    "signals": ["golden_cross"],
    "index_name": "TRACKED",
    "window_sessions": 252,
    "bar_interval": "1h",
    "bar_count": 30,
    "period": "month",
    "window_name": "text",
}


def rows_read(connection: psycopg.Connection, statement: str) -> Counter[str]:
    """How many rows of each table a statement looks at, those that it throws away included."""
    asked = re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", statement)
    names = re.findall(r"%\(([a-z_]+)\)s", asked)
    values = {name: PARAMETERS.get(name, "x") for name in names}
    row = connection.execute(
        f"explain (analyze, timing off, format json) {asked}".encode(), values
    ).fetchone()
    assert row is not None
    plan = row[0] if isinstance(row[0], list) else json.loads(row[0])
    found: Counter[str] = Counter()
    for node in nodes(plan[0]["Plan"]):
        if "Relation Name" in node:
            thrown_away = sum(
                node.get(name, 0)
                for name in ("Rows Removed by Filter", "Rows Removed by Index Recheck")
            )
            found[node["Relation Name"]] += node["Actual Loops"] * (
                node["Actual Rows"] + thrown_away
            )
    return found


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def those_that_read_too_much(connection: psycopg.Connection, instruments: int) -> dict[str, Any]:
    """The statements that look at more than every instrument on the sessions that are shown."""
    read = {name: rows_read(connection, each) for name, each in volume.statements().items()}
    assert len(read) >= 30
    assert [name for name, rows in read.items() if not rows.total()] == []
    # Twice: a statement may look for the newest first, and has the instruments beside the rest.
    most = 2 * instruments * SHOWN_SESSIONS + instruments
    return {name: rows for name, rows in read.items() if rows.total() > most}


@pytest.fixture
def large(own_empty_marts: Settings) -> Iterator[psycopg.Connection]:
    """A connection to a warehouse whose marts are to be filled."""
    with database.connect(own_empty_marts, "transformer") as connection:
        yield connection


def test_no_statement_reads_more_than_what_is_shown(large: psycopg.Connection) -> None:
    # Of so few rows the planner would read all; it may not where an index leads to them.
    large.execute("set enable_seqscan = off")
    volume.fill(large, instruments=6, sessions=range(900))

    assert those_that_read_too_much(large, 6) == {}


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_no_statement_reads_more_of_2_5_million_bars(large: psycopg.Connection) -> None:
    volume.fill(large, instruments=500, sessions=range(5_000))

    assert those_that_read_too_much(large, 500) == {}
