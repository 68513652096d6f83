"""The raw tables as they are made."""

import psycopg

from ingestion import raw_tables
from ingestion.resources import resources
from ingestion.shapes import LINEAGE
from warehouse.settings import Settings


def columns(connection: psycopg.Connection) -> dict[str, dict[str, tuple[str, str]]]:
    rows = connection.execute(
        "select table_schema || '.' || table_name, column_name, data_type, is_nullable"
        " from information_schema.columns where table_schema like 'raw\\_%'"
        " and table_schema != 'raw_marketflow'"
    ).fetchall()
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for table, column, data_type, is_nullable in rows:
        found.setdefault(table, {})[column] = (data_type, is_nullable)
    return found


def test_every_declared_table_is_made(
    warehouse_settings: Settings, owner: psycopg.Connection
) -> None:
    raw_tables.create(warehouse_settings)

    assert columns(owner) == {
        resource.table: {
            **{
                column.name: (column.sql_type, "NO" if column.role == "key" else "YES")
                for column in resource.columns
            },
            **{name: (sql_type, "NO") for name, sql_type in LINEAGE},
        }
        for resource in resources()
    }


def test_a_second_time_changes_nothing(
    warehouse_settings: Settings, owner: psycopg.Connection
) -> None:
    raw_tables.create(warehouse_settings)
    before = columns(owner)
    indexes = "select indexname, indexdef from pg_indexes where schemaname like 'raw%' order by 1"
    indexed = owner.execute(indexes).fetchall()

    raw_tables.create(warehouse_settings)

    assert columns(owner) == before
    assert owner.execute(indexes).fetchall() == indexed
    assert ("splits_versions",) in [row[:1] for row in indexed]


def test_a_table_of_an_older_declaration_gets_its_new_columns(
    warehouse_settings: Settings, owner: psycopg.Connection
) -> None:
    raw_tables.create(warehouse_settings)
    owner.execute("alter table raw_fmp.splits drop column split_type")

    raw_tables.create(warehouse_settings)

    assert columns(owner)["raw_fmp.splits"]["split_type"] == ("text", "YES")


def test_the_transformer_may_read_them_and_the_reader_may_not(
    warehouse_settings: Settings,
    transformer: psycopg.Connection,
    reader: psycopg.Connection,
) -> None:
    raw_tables.create(warehouse_settings)

    assert transformer.execute("select count(*) from raw_fmp.eod_prices").fetchone() == (0,)
    try:
        reader.execute("select count(*) from raw_fmp.eod_prices")
    except psycopg.errors.InsufficientPrivilege:
        return
    raise AssertionError("the reader saw a raw table")
