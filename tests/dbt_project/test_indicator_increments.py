"""Indicators that are kept up bit by bit equal those of a full refresh, to the last bit."""

import random
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest

from tests.dbt_project.conftest import Project
from tests.dbt_project.histories import ALWAYS, FIRST_DAY, History
from warehouse import database

MODELS = ("fct_daily_indicators", "fct_indicator_signals", "fct_intraday_indicators")
# Where the bars lie that indicators are measured from, and the log of their changes.
DAILY = ("int_daily_bars_adjusted", "int_daily_bar_changes")
INTRADAY = ("int_intraday_bars_adjusted", "int_intraday_price_changes")
BARS_IN_A_SESSION = 6


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """The project with empty tables, in which the tests write bars as their models would."""
    made = new_project()
    made.build("+fct_indicator_signals", "+fct_intraday_indicators")
    return made


def write(connection: psycopg.Connection, histories: Sequence[History]) -> None:
    """Bring bars and changes where the models of daily bars, and of those within the day, would."""
    for history in histories:
        if not history.changes:
            continue
        connection.execute(
            "insert into marts.dim_instruments (instrument_id, symbol) select %s, %s"
            " where not exists (select from marts.dim_instruments where instrument_id = %s)",
            (history.instrument_id,) * 3,
        )
        _write_bars(connection, history, DAILY, lambda day: {"session_date": day})
        _write_bars(connection, history, INTRADAY, _within_a_session)
        history.changes.clear()
    for bars, log in (DAILY, INTRADAY):
        connection.execute(
            "insert into intermediate.int_model_positions as positions"
            " (model, position, next_position)"
            f" select '{bars}', max(change_number), 0 from intermediate.{log}"
            " on conflict (model) do update set position = excluded.position"
        )
    connection.commit()


def _write_bars(
    connection: psycopg.Connection,
    history: History,
    tables: tuple[str, str],
    key: Callable[[date], dict[str, date | datetime]],
) -> None:
    bars, log = tables
    changed = {day if day == ALWAYS else key(day)["session_date"] for day in history.changes}
    changed_from = min(changed)
    connection.execute(
        f"delete from intermediate.{bars} where instrument_id = %s and session_date >= %s",
        (history.instrument_id, changed_from),
    )
    columns = ", ".join(key(FIRST_DAY))
    with connection.cursor() as cursor:
        with cursor.copy(
            f"copy intermediate.{bars} (instrument_id, {columns}, split_adjusted_high_price,"
            " split_adjusted_low_price, split_adjusted_close_price, split_adjusted_volume,"
            " is_synthetic) from stdin"
        ) as copy:
            for day, bar in history.bars.items():
                if key(day)["session_date"] >= changed_from:
                    values = (bar.high, bar.low, bar.close, bar.volume)
                    copy.write_row((history.instrument_id, *key(day).values(), *values, False))
        cursor.executemany(
            f"insert into intermediate.{log} (change_number, instrument_id, changed_from)"
            " select coalesce(max(change_number), 0) + 1, %s, %s"
            f" from intermediate.{log}",
            [(history.instrument_id, _text(day)) for day in changed],
        )


def _within_a_session(day: date) -> dict[str, date | datetime]:
    """Take each day of a history for a quarter of an hour, some of them in a session."""
    number, bar = divmod((day - FIRST_DAY).days, BARS_IN_A_SESSION)
    session = FIRST_DAY + timedelta(days=number)
    begin = datetime.combine(session, time(14, 30), UTC)
    return {"session_date": session, "bar_start_at": begin + bar * timedelta(minutes=15)}


def _text(day: date) -> str:
    return "-infinity" if day == ALWAYS else day.isoformat()


def empty(connection: psycopg.Connection) -> None:
    for bars in (DAILY[0], INTRADAY[0]):
        connection.execute(f"delete from intermediate.{bars}")
    connection.commit()


def drive(project: Project, count: int, rounds: int, seed: int) -> list[str]:
    """Let histories live through rounds, and return what then differs from a full refresh."""
    histories: list[History] = []
    draw = random.Random(seed)
    with database.connect(project.settings, "owner") as connection:
        empty(connection)
        for number in range(rounds):
            born = range(len(histories), count * (number + 2) // (rounds + 1))
            for history in (History(f"equity:{seed}.{name}", draw) for name in born):
                history.begin()
                histories.append(history)
            for history in histories[: born.start]:
                for _ in range(draw.choice((1, 1, 2))):
                    history.move()
            write(connection, histories)
            project.dbt("run", "--select", *MODELS)
        for model in MODELS:
            connection.execute(
                f"create temporary table kept_{model} as select * from marts.{model}"
            )
        connection.commit()
        project.dbt("run", "--full-refresh", "--select", *MODELS)
        found = []
        for model in MODELS:
            (kept,) = connection.execute(f"select count(*) from kept_{model}").fetchone() or ()
            assert kept > count, model
            for one, other in (
                (f"kept_{model}", f"marts.{model}"),
                (f"marts.{model}", f"kept_{model}"),
            ):
                rows = connection.execute(
                    f"select * from {one} except all select * from {other} limit 5"
                )
                found += [f"{one}: {row}" for row in rows]
            connection.execute(f"drop table kept_{model}")
        for model, bars in zip(
            ("fct_daily_indicators", MODELS[2]), (DAILY[0], INTRADAY[0]), strict=True
        ):
            counted = connection.execute(
                f"select (select count(*) from marts.{model}),"
                f" (select count(*) from intermediate.{bars})"
            ).fetchone()
            assert counted == (sum(len(history.bars) for history in histories),) * 2, model
        connection.commit()
    return found


def test_histories_in_any_order_of_events_equal_a_full_refresh(project: Project) -> None:
    assert drive(project, count=25, rounds=4, seed=1) == []


def test_one_ordering_serves_every_window_and_the_longest_is_cheap(project: Project) -> None:
    project.dbt("compile", "--full-refresh", "--select", "fct_daily_indicators")
    path = "compiled/marketflow/dbt_project/models/marts/indicators/fct_daily_indicators.sql"
    statement = (project.target / path).read_text(encoding="utf-8")
    with database.connect(project.settings, "owner") as connection:
        # What is not served by the index has to be sorted all the same.
        connection.execute("set enable_sort = off; set enable_seqscan = off")
        rows = connection.execute(f"explain (verbose) {statement}".encode()).fetchall()
    plan = "\n".join(row[0] for row in rows)
    windows = re.findall(r"(\w+)\((?:[^()]|\([^()]*\))*\) OVER last_252_bars", plan)

    assert "WindowAgg" in plan
    assert "Sort" not in plan
    assert set(windows) == {"row_number", "lag", "rolling_high"}


def test_a_full_refresh_works_side_by_side(project: Project) -> None:
    project.dbt("run", "--full-refresh", "--select", "fct_daily_indicators")

    few, few_settings = planned(project, instruments=100, workers=1)
    many, many_settings = planned(project, instruments=1000, workers=1)
    alone, alone_settings = planned(project, instruments=1000, workers=0)

    # Of many, two workers compute and the leader writes; of few, it computes beside one.
    assert (many_settings, few_settings) == (("off", "2"), ("on", "1"))
    for plan, workers in ((many, 2), (few, 1)):
        assert f"Workers Planned: {workers}\n" in plan, plan
        assert plan.index("Gather") < plan.index("Function Scan on fct_daily_indicators")
    assert "Function Scan on fct_daily_indicators" in alone
    assert "Gather" not in alone
    assert alone_settings == ("on", "0")


def planned(project: Project, *, instruments: int, workers: int) -> tuple[str, tuple[Any, ...]]:
    """Explain the last full refresh where so many workers are allowed, and its settings."""
    path = "run/marketflow/dbt_project/models/marts/indicators/fct_daily_indicators.sql"
    statement = (project.target / path).read_text(encoding="utf-8")
    before, creates, after = re.split(r"(create  table )", statement)
    with database.connect(project.settings, "owner") as connection:
        connection.execute(
            "insert into marts.dim_instruments (instrument_id)"
            " select 'equity:many.' || number from generate_series(1, %s) as number",
            (instruments,),
        )
        connection.execute("analyze marts.dim_instruments")
        connection.execute(f"set local max_parallel_workers_per_gather = {workers}".encode())
        connection.execute(before.encode())
        rows = connection.execute(f"explain {creates}{after}".encode()).fetchall()
        (processes,) = connection.execute(
            "select current_setting('parallel_leader_participation'),"
            " current_setting('max_parallel_workers_per_gather')"
        ).fetchall()
        connection.rollback()
    return "\n".join(row[0] for row in rows), processes


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_five_hundred_histories_equal_a_full_refresh(project: Project) -> None:
    assert drive(project, count=500, rounds=10, seed=2) == []
