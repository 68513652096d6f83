"""Setting up, again and at once; refusing; resetting; and what stays untouched."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from tests.warehouse import catalog
from warehouse import database, embedded, setup
from warehouse.errors import DatabaseError
from warehouse.settings import Settings


def as_administrator(settings: Settings) -> psycopg.Connection:
    return database.connect_as_administrator(settings, autocommit=True)


def test_the_reader_sees_the_reading_schemas_alone(reader: psycopg.Connection) -> None:
    path = reader.execute("show search_path").fetchone()
    visible = reader.execute(
        "select nspname from pg_namespace where has_schema_privilege(nspname, 'usage')"
        " and nspname !~ '^pg_' and nspname not in ('public', 'information_schema') order by 1"
    ).fetchall()

    assert path == ("marts, ops, analyst",)
    assert visible == [("analyst",), ("marts",), ("ops",)]


def test_a_set_up_makes_schemas_and_log_tables(owner: psycopg.Connection) -> None:
    schemas = owner.execute(
        "select nspname, nspowner::regrole::text from pg_namespace"
        " where nspowner::regrole::text in ('marketflow_owner', 'marketflow_transformer',"
        " 'marketflow_loader', 'marketflow_reader')"
    ).fetchall()
    tables = owner.execute(
        "select tablename from pg_tables where schemaname = 'raw_marketflow' order by 1"
    ).fetchall()

    assert dict(schemas) == {
        **dict.fromkeys(
            ["raw_twelve_data", "raw_fmp", "raw_fred", "raw_coingecko", "raw_marketflow"],
            "marketflow_owner",
        ),
        **dict.fromkeys(
            ["staging", "intermediate", "marts", "ops", "analyst"], "marketflow_transformer"
        ),
    }
    assert [name for (name,) in tables] == [
        "alerts",
        "api_calls",
        "check_results",
        "forecasts",
        "index_members",
        "loaded_responses",
        "pipeline_runs",
        "schema_changes",
        "sessions",
        "skips",
        "tracked_instrument_versions",
        "tracked_instruments",
        "warehouse_stamp",
        "yield_curve_fits",
    ]


def test_a_second_set_up_changes_nothing(warehouse_settings: Settings) -> None:
    with as_administrator(warehouse_settings) as connection:
        before = catalog.everything(connection)
        setup.set_up(warehouse_settings)
        after = catalog.everything(connection)

    assert len(before) > 100
    assert after == before


def test_a_set_up_mends_what_was_lost(warehouse_settings: Settings) -> None:
    with as_administrator(warehouse_settings) as connection:
        connection.execute("alter role marketflow_reader password 'forgotten'")
        connection.execute("drop table raw_marketflow.skips")
        connection.execute("revoke usage on schema marts from marketflow_reader")
    with pytest.raises(DatabaseError, match="marketflow db setup"):
        database.connect(warehouse_settings)

    setup.set_up(warehouse_settings)

    database.connect(warehouse_settings).close()
    with database.connect(warehouse_settings, "owner") as connection:
        assert connection.execute(
            "select has_schema_privilege('marketflow_reader', 'marts', 'usage'),"
            " to_regclass('raw_marketflow.skips') is not null"
        ).fetchone() == (True, True)


def test_concurrent_set_ups_of_one_and_of_several_databases_all_succeed(
    server: Settings, new_database, settings_for, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    several = [
        settings_for(tmp_path / str(number), database_url=new_database(f"together_{number}"))
        for number in range(3)
    ]
    with database.connect_as_administrator(server, "postgres", autocommit=True) as connection:
        connection.execute("alter role marketflow_loader password 'wrong'")

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(setup.set_up, several * 2))

    assert len(outcomes) == 6
    for settings in several:
        database.connect(settings, "loader").close()


def test_a_schema_of_somebody_else_is_refused_before_anything_changes(
    empty_settings: Settings,
) -> None:
    with as_administrator(empty_settings) as connection:
        connection.execute("create schema staging")
        before = catalog.everything(connection)

        with pytest.raises(DatabaseError, match=r"staging \(of marketflow_admin\)") as caught:
            setup.set_up(empty_settings)

        assert catalog.everything(connection) == before
    assert "Nothing was changed" in str(caught.value)


def test_tables_of_others_stay_as_they_are(empty_settings: Settings) -> None:
    with as_administrator(empty_settings) as connection:
        catalog.make_pagila(connection)
        before = catalog.of_others(connection), catalog.pagila_rows(connection)

        setup.set_up(empty_settings)
        setup.reset(empty_settings)

        assert (catalog.of_others(connection), catalog.pagila_rows(connection)) == before


def test_a_user_who_may_not_set_up_is_told_what_it_needs(
    empty_settings: Settings, settings_for, tmp_path: Path
) -> None:  # type: ignore[no-untyped-def]
    with as_administrator(empty_settings) as connection:
        before = catalog.everything(connection)
        connection.execute("drop role if exists nobody_special")
        connection.execute("create role nobody_special login password 'secret-of-nobody'")
        url = database.administrator_dsn(empty_settings)
        login, _, rest = url.partition("@")
        assert login
        settings = settings_for(
            tmp_path, database_url=f"postgresql://nobody_special:secret-of-nobody@{rest}"
        )

        with pytest.raises(DatabaseError, match="CREATEROLE") as caught:
            setup.set_up(settings)

        connection.execute("drop role nobody_special")
        assert catalog.everything(connection) == before
    assert "secret-of-nobody" not in str(caught.value)


def test_ready_means_started_and_set_up(fresh: Settings) -> None:
    setup.ensure_ready(fresh)
    with database.connect(fresh, "owner") as connection:
        connection.execute("drop schema raw_marketflow cascade")
    embedded.stop(fresh)

    setup.ensure_ready(fresh)

    with database.connect(fresh, "loader") as connection:
        assert connection.execute("select count(*) from raw_marketflow.skips").fetchone() == (0,)


def test_ready_does_nothing_twice(warehouse_settings: Settings) -> None:
    with as_administrator(warehouse_settings) as connection:
        last = connection.execute("select pg_current_xact_id()::text::bigint").fetchone()
        setup.ensure_ready(warehouse_settings)
        now = connection.execute("select pg_current_xact_id()::text::bigint").fetchone()

    assert last is not None
    assert now == (last[0] + 1,)  # its own: nobody else wrote


def landing(settings: Settings, origin: str) -> Path:
    body = settings.home / "landing" / "source=fmp" / "endpoint=eod_prices" / "1.json.gz"
    body.parent.mkdir(parents=True)
    body.write_bytes(b"body")
    (settings.home / "landing" / "_origin.json").write_text(json.dumps({"origin": origin}))
    (settings.home / "landing" / "a person's own.txt").write_text("mine")
    (settings.home / "extract.sqlite3").write_bytes(b"journal")
    return body


def test_a_reset_drops_what_is_ours_and_the_sandbox_landing(warehouse_settings: Settings) -> None:
    body = landing(warehouse_settings, "sandbox")
    with database.connect(warehouse_settings, "owner") as connection:
        connection.execute("create schema dev_marts")
    with database.connect(warehouse_settings, "loader") as connection:
        connection.execute("create table raw_fmp.eod_prices (n int)")

    setup.reset(warehouse_settings)

    with as_administrator(warehouse_settings) as connection:
        left = connection.execute(
            "select nspname from pg_namespace where nspname !~ '^pg_' order by 1"
        ).fetchall()
    assert left == [("information_schema",), ("public",)]
    assert not body.exists()
    assert not (warehouse_settings.home / "landing" / "_origin.json").exists()
    assert not (warehouse_settings.home / "extract.sqlite3").exists()
    assert (warehouse_settings.home / "landing" / "a person's own.txt").exists()
    setup.ensure_ready(warehouse_settings)
    database.connect(warehouse_settings).close()


def test_a_reset_keeps_a_live_landing(warehouse_settings: Settings) -> None:
    body = landing(warehouse_settings, "live")

    setup.reset(warehouse_settings)

    assert body.exists()
    assert (warehouse_settings.home / "extract.sqlite3").exists()


def test_a_reset_of_nothing_is_done_at_once(empty_settings: Settings) -> None:
    setup.reset(empty_settings)
    setup.reset(empty_settings)
