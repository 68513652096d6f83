"""The one file with SQL: what it reads, as whom, and how it answers when it cannot."""

import ast
import re
from contextlib import closing
from datetime import date
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from dashboards import connection, queries
from dashboards.connection import NotBuiltError, Warehouse
from warehouse import database
from warehouse.errors import DatabaseError
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

FOLDER = PROJECT_ROOT / "dashboards"
RELATION = re.compile(r"\b(?:from|join)\s+([a-z_][\w.]*)", re.IGNORECASE)
SQL_WORDS = re.compile(r"\bselect\b[^\"]*\bfrom\b|read_sql", re.DOTALL)
PARAMETERS = {
    "first_date": date(2025, 1, 1),
    "last_date": date(2025, 6, 30),
    "known_on": date(2025, 3, 1),
    "days": [date(2025, 6, 27)],
    "instrument_ids": ["equity:AAPL"],
    "series_ids": ["UNRATE"],
    "signals": ["golden_cross"],
    "window_sessions": 60,
    "bar_count": 10,
    "period": "month",
}
RUNS_SQL = re.compile(r"sa\.text|\.execute\(")


def statements() -> list[str]:
    return [
        value
        for name, value in vars(queries).items()
        if name.isupper() and isinstance(value, str) and "select" in value
    ]


def test_every_statement_reads_marts_and_ops_alone() -> None:
    relations = {
        name
        for each in statements()
        for name in RELATION.findall(re.sub(r"--.*", "", each))
        if name not in {"lateral", "unnest", "generate_series"}
    }

    assert len(relations) >= 6
    assert {name.partition(".")[0] for name in relations} <= {"marts", "ops"}


def test_no_other_file_holds_sql() -> None:
    others = [path for path in FOLDER.rglob("*.py") if path.name != "queries.py"]

    offenders = [path.name for path in others if SQL_WORDS.search(path.read_text("utf-8"))]

    assert len(others) >= 5
    assert offenders == []
    assert [path.name for path in others if RUNS_SQL.search(path.read_text("utf-8"))] == [
        "connection.py"
    ]


def test_pages_run_statements_of_queries_and_no_text_of_their_own() -> None:
    pages = [path for path in FOLDER.rglob("*.py") if path.name != "connection.py"]
    reads = [
        (path.name, call.args[0])
        for path in pages
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr == "read"
    ]
    texts = [
        (name, ast.unparse(first))
        for name, first in reads
        # A loop over statements and the shell's own wrapper call theirs `statement`.
        if not re.fullmatch(r"queries\.[A-Z_]+|statement", ast.unparse(first))
    ]

    assert len(reads) >= 30
    assert texts == []


@pytest.mark.parametrize("name", [name for name in vars(queries) if name.isupper()])
def test_every_statement_is_bounded_and_runs(name: str, market_reader: psycopg.Connection) -> None:
    statement = getattr(queries, name)
    assert re.search(r"\bwhere\b|\blimit\b", statement)
    values = {
        parameter: PARAMETERS.get(parameter, "x")
        for parameter in re.findall(r"(?<!:):([a-z_]+)", statement)
    }

    result = market_reader.execute(re.sub(r"(?<!:):([a-z_]+)", r"%(\1)s", statement), values)

    assert result.description


def test_no_statement_is_put_together_from_text() -> None:
    source = (FOLDER / "queries.py").read_text("utf-8")

    assert not re.search(r'f"""|\.format\(|f"\s*select', source)


def test_it_reads_as_the_reader_role(warehouse: Warehouse) -> None:

    who = warehouse._query("select current_user as name", {})

    assert who["name"].tolist() == ["marketflow_reader"]


def test_it_cannot_write(warehouse: Warehouse) -> None:

    with pytest.raises(DatabaseError):
        warehouse._query("delete from marts.dim_instruments returning 1", {})


def test_a_missing_mart_names_the_remedy(warehouse_settings: Settings) -> None:
    with (
        closing(Warehouse(warehouse_settings)) as warehouse,
        pytest.raises(NotBuiltError, match="marketflow transform"),
    ):
        warehouse.read(queries.INSTRUMENTS)


def test_a_mart_that_the_reader_may_not_see_names_the_remedy(own_market: Settings) -> None:
    with database.connect(own_market, "transformer") as connection:
        connection.execute("revoke select on marts.dim_instruments from marketflow_reader")

    with (
        closing(Warehouse(own_market)) as warehouse,
        pytest.raises(DatabaseError, match="marketflow db setup"),
    ):
        warehouse.read(queries.INSTRUMENTS)


def test_a_closed_connection_is_replaced(market_settings: Settings, warehouse: Warehouse) -> None:
    first = warehouse._query("select pg_backend_pid() as pid", {})["pid"].iloc[0]
    with database.connect_as_administrator(market_settings, autocommit=True) as connection:
        connection.execute("select pg_terminate_backend(%s)", [int(first)])

    second = warehouse._query("select pg_backend_pid() as pid", {})["pid"].iloc[0]

    assert first != second


def test_a_statement_that_takes_too_long_is_given_up(
    warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "_LONGEST_QUERY_MS", 50)

    with pytest.raises(DatabaseError, match="took longer"):
        warehouse._query("select pg_sleep(5)", {})


def test_an_unreachable_database_names_no_secret(tmp_path: Path) -> None:
    nowhere = "postgresql://someone:secret-word@127.0.0.1:1/nothing"
    settings = load_settings(None, database_url=nowhere, home_dir=tmp_path)

    with pytest.raises(DatabaseError) as caught:
        Warehouse(settings).read(queries.INSTRUMENTS)

    assert "127.0.0.1:1" in str(caught.value)
    assert "secret-word" not in str(caught.value)


def test_an_answer_is_kept_for_a_while(warehouse: Warehouse) -> None:
    asked: list[str] = []
    sa.event.listen(
        warehouse._engine, "before_cursor_execute", lambda *args: asked.append(str(args[2]))
    )

    first, second = warehouse.read(queries.INSTRUMENTS), warehouse.read(queries.INSTRUMENTS)

    assert len(first) == 7
    assert first.equals(second)
    assert len([each for each in asked if "dim_instruments" in each]) == 1


def test_bars_are_read_between_their_dates_alone(warehouse: Warehouse) -> None:
    bars = warehouse.read(
        queries.DAILY_BARS,
        instrument_id="equity:AAPL",
        first_date=date(2025, 6, 2),
        last_date=date(2025, 6, 6),
    )

    assert bars["session_date"].tolist() == [date(2025, 6, day) for day in (2, 3, 4, 5, 6)]


def test_the_year_range_is_of_the_last_252_sessions(
    market_settings: Settings, warehouse: Warehouse
) -> None:
    with database.connect(market_settings, "reader") as connection:
        highs = connection.execute(
            "select split_adjusted_high_price from marts.fct_daily_bars "
            "where instrument_id = 'equity:AAPL' order by session_date"
        ).fetchall()

    year = warehouse.read(queries.YEAR_RANGE, instrument_id="equity:AAPL").iloc[0]

    assert year["session_count"] == 252
    assert year["high_price"] == max(row[0] for row in highs[-252:])
