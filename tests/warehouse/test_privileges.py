"""Who may do what: the four roles, each tried at what it must and what it must not do."""

import psycopg
import pytest

from warehouse import database, setup
from warehouse.settings import Settings

DENIED = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)

READER_MUST_NOT = [
    "insert into marts.prices values (2)",
    "update marts.prices set n = 2",
    "delete from marts.prices",
    "truncate marts.prices",
    "drop table marts.prices",
    "alter table marts.prices add column m int",
    "create table marts.mine (n int)",
    "create table public.mine (n int)",
    "create view analyst.mine as select 1 as n",
    "create schema mine",
    "create function marts.mine() returns int language sql return 1",
    "select * from raw_fmp.eod_prices",
    "select * from raw_marketflow.pipeline_runs",
    "select * from staging.stg_prices",
    "select * from intermediate.int_prices",
    "set role marketflow_owner",
    "set role marketflow_transformer",
    "set session authorization marketflow_owner",
    "reassign owned by marketflow_transformer to marketflow_reader",
    "alter role marketflow_reader superuser",
    "alter role marketflow_owner password 'mine'",
    "create role mine",
    "create database mine",
    "select pg_read_file('/etc/passwd')",
    "select pg_ls_dir('/')",
    "copy marts.prices to '/tmp/stolen'",
    "copy marts.prices from program 'echo 2'",
    "select lo_import('/etc/passwd')",
    "select rolpassword from pg_catalog.pg_authid",
    "alter system set work_mem = '1GB'",
    "select pg_terminate_backend(pg_backend_pid()) from pg_catalog.pg_authid",
    "begin; lock table marts.prices in exclusive mode",
    "comment on table marts.prices is 'mine'",
    "create extension vector",
]

LOADER_MUST_NOT = [
    "select * from marts.prices",
    "insert into marts.prices values (2)",
    "create table marts.mine (n int)",
    "select * from staging.stg_prices",
    "create table staging.mine (n int)",
    "select * from ops.runs",
    "drop table raw_marketflow.pipeline_runs",
    "alter table raw_marketflow.pipeline_runs add column m int",
    "drop schema raw_fmp cascade",
    "create schema mine",
    "set role marketflow_transformer",
    "set role marketflow_owner",
]

TRANSFORMER_MUST_NOT = [
    "insert into raw_fmp.eod_prices values (2)",
    "update raw_fmp.eod_prices set n = 2",
    "delete from raw_fmp.eod_prices",
    "truncate raw_fmp.eod_prices",
    "create table raw_fmp.mine (n int)",
    "drop table raw_fmp.eod_prices",
    "insert into raw_marketflow.api_calls (request_id, source, resource) values ('1', 'a', 'b')",
    "update raw_marketflow.pipeline_runs set status = 'succeeded'",
    "delete from raw_marketflow.check_results",
    "create table raw_marketflow.mine (n int)",
    "insert into raw_marketflow.warehouse_stamp values (true, 'live', now())",
    "create schema mine",
    "set role marketflow_loader",
    "set role marketflow_owner",
]


@pytest.fixture(scope="module")
def warehouse(server: Settings, new_database, settings_for, tmp_path_factory) -> Settings:  # type: ignore[no-untyped-def]
    """A warehouse in which loader and transformer made tables after the set-up."""
    settings: Settings = settings_for(
        tmp_path_factory.mktemp("privileges"), database_url=new_database("privileges")
    )
    setup.set_up(settings)
    with database.connect(settings, "loader") as connection:
        connection.execute("create table raw_fmp.eod_prices (n int)")
        connection.execute("create unique index on raw_fmp.eod_prices (n)")
        connection.execute("insert into raw_fmp.eod_prices values (1)")
        connection.execute("alter table raw_fmp.eod_prices add column m int")
    with database.connect(settings, "transformer") as connection:
        connection.execute("create view staging.stg_prices as select n from raw_fmp.eod_prices")
        connection.execute("create table intermediate.int_prices as table staging.stg_prices")
        connection.execute("create table marts.prices as table intermediate.int_prices")
        connection.execute(
            "create function marts.prices_as_of(timestamptz) returns setof marts.prices"
            " language sql stable return (select prices from marts.prices)"
        )
        connection.execute("create view analyst.stock_data as select n from marts.prices")
        connection.execute("create table ops.runs as select 1 as n")
    return settings


@pytest.mark.parametrize("statement", READER_MUST_NOT)
def test_the_reader_must_not(warehouse: Settings, statement: str) -> None:
    with database.connect(warehouse, "reader", True) as connection, pytest.raises(DENIED):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("statement", READER_MUST_NOT)
def test_the_reader_must_not_even_when_it_asks_for_writing(
    warehouse: Settings, statement: str
) -> None:
    with database.connect(warehouse, "reader", True) as connection:
        connection.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("statement", LOADER_MUST_NOT)
def test_the_loader_must_not(warehouse: Settings, statement: str) -> None:
    with (
        database.connect(warehouse, "loader") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize("statement", TRANSFORMER_MUST_NOT)
def test_the_transformer_must_not(warehouse: Settings, statement: str) -> None:
    with (
        database.connect(warehouse, "transformer") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    "query",
    [
        "select n from prices",
        "select n from marts.prices",
        "select n from stock_data",
        "select n from runs",
        "select n from prices_as_of(now())",
    ],
)
def test_the_reader_reads_what_was_built_later(warehouse: Settings, query: str) -> None:
    with database.connect(warehouse, "reader") as connection:
        assert connection.execute(query).fetchall() == [(1,)]  # type: ignore[call-overload]


def test_rights_survive_a_rebuild(warehouse: Settings) -> None:
    with database.connect(warehouse, "transformer") as connection:
        connection.execute("create table marts.rebuilt__dbt_tmp as select 2 as n")
        connection.execute("alter table marts.rebuilt__dbt_tmp rename to rebuilt")

    with database.connect(warehouse, "reader") as connection:
        assert connection.execute("select n from rebuilt").fetchall() == [(2,)]


def test_the_transformer_logs_runs_and_checks(warehouse: Settings) -> None:
    with database.connect(warehouse, "transformer") as connection:
        connection.execute(
            "insert into raw_marketflow.pipeline_runs (run_id, job, trigger, started_at, status)"
            " values ('dbt-1', 'dbt build', 'dbt', now(), 'succeeded')"
        )
        connection.execute(
            "insert into raw_marketflow.check_results"
            " (run_id, check_name, severity, status, checked_at)"
            " values ('dbt-1', 'not_null', 'error', 'pass', now())"
        )
        found = connection.execute("select count(*) from raw_marketflow.check_results").fetchone()
        connection.rollback()
    assert found == (1,)


def test_the_owner_makes_schemas_and_reads_everything(warehouse: Settings) -> None:
    with database.connect(warehouse, "owner") as connection:
        connection.execute("create schema dev_marts")
        connection.execute("create table dev_marts.prices as select n from raw_fmp.eod_prices")
        assert connection.execute("select n from marts.prices").fetchall() == [(1,)]
        assert connection.execute("select count(*) from raw_marketflow.api_calls").fetchone() == (
            0,
        )
        connection.rollback()


def test_no_role_is_more_than_a_role(warehouse: Settings) -> None:
    with database.connect(warehouse, "owner") as connection:
        rights = connection.execute(
            "select distinct rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls,"
            " rolcanlogin from pg_catalog.pg_roles where rolname like 'marketflow\\_%'"
            " and rolname != 'marketflow_admin'"
        ).fetchall()
    assert rights == [(False, False, False, False, False, True)]


def test_temporary_tables_are_for_those_who_write_in_a_database_of_ours(
    server: Settings,
) -> None:
    setup.set_up(server)

    with database.connect(server, "transformer") as connection:
        connection.execute("create temporary table scratch (n int)")
    with database.connect(server, "reader") as connection:
        connection.execute("set transaction read write")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("create temporary table scratch (n int)")


def test_the_reader_cannot_write_temporary_tables_unless_it_asks_for_writing(
    warehouse: Settings,
) -> None:
    with (
        database.connect(warehouse, "reader") as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("create temporary table scratch (n int)")
