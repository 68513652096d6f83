"""Which rows of a batch become versions, and what makes two values the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from ingestion import raw_tables, versions
from ingestion.resources import resource
from warehouse import database
from warehouse.settings import Settings

SPLITS = resource("fmp", "splits")
START = datetime(2024, 1, 1, tzinfo=UTC)

Version = tuple[str, str, int]


@pytest.fixture
def connection(warehouse_settings: Settings, loader: psycopg.Connection) -> psycopg.Connection:
    raw_tables.create(warehouse_settings)
    return loader


def batch(*rows: Version) -> pa.Table:
    """Rows of (date, numerator, n), the n-th request of its day."""
    columns: dict[str, list[Any]] = {
        "symbol": ["AAPL" for _ in rows],
        "date": [date for date, _, _ in rows],
        "numerator": [numerator for _, numerator, _ in rows],
        "denominator": ["1" for _ in rows],
        "split_type": [None for _ in rows],
        "request_id": [f"{n:032x}" for _, _, n in rows],
        "response_id": ["f" * 64 for _ in rows],
    }
    table = pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
    table = table.append_column(
        "fetched_at",
        pa.array([START + timedelta(hours=n) for _, _, n in rows], pa.timestamp("us", tz="UTC")),
    )
    table = table.append_column("is_synthetic", pa.array([False for _ in rows]))
    return table.append_column("row_hash", versions.row_hashes(SPLITS, table))


def append(connection: psycopg.Connection, table: pa.Table) -> None:
    names = [*table.column_names, "_dlt_load_id"]
    values = [[*row.values(), "load"] for row in table.to_pylist()]
    with connection.cursor() as cursor:
        cursor.executemany(
            f"insert into raw_fmp.splits ({', '.join(names)})"
            f" values ({', '.join(['%s'] * len(names))})",
            values,
        )


def kept(connection: psycopg.Connection, *rows: Version) -> list[Version]:
    """Filter a batch, append what is left, and return it."""
    table = versions.new_versions(connection, SPLITS, batch(*rows))
    append(connection, table)
    return [
        (row["date"], row["numerator"], int(row["request_id"], 16)) for row in table.to_pylist()
    ]


def test_first_versions_are_kept(connection: psycopg.Connection) -> None:
    rows = [("2020-08-31", "4", 1), ("2014-06-09", "7", 1)]

    assert kept(connection, *rows) == rows


def test_an_unchanged_answer_adds_nothing(connection: psycopg.Connection) -> None:
    kept(connection, ("2020-08-31", "4", 1))

    assert kept(connection, ("2020-08-31", "4.0", 2)) == []


def test_a_change_adds_a_version(connection: psycopg.Connection) -> None:
    kept(connection, ("2020-08-31", "4", 1))

    assert kept(connection, ("2020-08-31", "5", 2)) == [("2020-08-31", "5", 2)]


def test_a_b_a_ends_as_a_over_three_loads(connection: psycopg.Connection) -> None:
    for n, numerator in enumerate("454", start=1):
        assert kept(connection, ("2020-08-31", numerator, n)) == [("2020-08-31", numerator, n)]


def test_a_b_a_ends_as_a_within_one_batch(connection: psycopg.Connection) -> None:
    rows = [("2020-08-31", numerator, n) for n, numerator in enumerate("454", start=1)]

    assert kept(connection, *rows) == rows


def test_repeats_within_a_batch_are_dropped(connection: psycopg.Connection) -> None:
    rows = [("2020-08-31", numerator, n) for n, numerator in enumerate("4455", start=1)]

    assert kept(connection, *rows) == [rows[0], rows[2]]


def test_a_batch_that_is_in_the_table_already_adds_nothing(
    connection: psycopg.Connection,
) -> None:
    rows = [("2020-08-31", numerator, n) for n, numerator in enumerate("454", start=1)]
    kept(connection, *rows)

    assert kept(connection, *rows) == []


def test_an_answer_that_is_read_otherwise_than_before_makes_no_second_version(
    connection: psycopg.Connection,
) -> None:
    kept(connection, ("2020-08-31", "4", 1))

    assert kept(connection, ("2020-08-31", "5", 1), ("2020-08-31", "5", 2)) == []


def test_an_older_answer_that_comes_late_is_compared_with_what_came_before_it(
    connection: psycopg.Connection,
) -> None:
    kept(connection, ("2020-08-31", "4", 1), ("2020-08-31", "5", 9))

    assert kept(connection, ("2020-08-31", "4", 3)) == []
    assert kept(connection, ("2020-08-31", "6", 4)) == [("2020-08-31", "6", 4)]


def test_an_older_answer_that_comes_late_and_says_the_same_adds_nothing(
    connection: psycopg.Connection,
) -> None:
    """As where two runs at once got the same answer, and the later request was loaded first."""
    kept(connection, ("2020-08-31", "4", 1), ("2020-08-31", "5", 9))

    late = [("2020-08-31", numerator, n) for numerator, n in (("5", 3), ("5", 4), ("5", 11))]
    assert kept(connection, *late) == []
    # 5 between 4 and 6 is news: the 5 of the table comes after the 6.
    assert kept(connection, ("2020-08-31", "5", 3), ("2020-08-31", "6", 4)) == [
        ("2020-08-31", "5", 3),
        ("2020-08-31", "6", 4),
    ]


def test_an_empty_batch_stays_empty(connection: psycopg.Connection) -> None:
    assert kept(connection) == []


def test_the_unique_index_refuses_what_comes_twice(connection: psycopg.Connection) -> None:
    table = batch(("2020-08-31", "4", 1))
    append(connection, table)

    with pytest.raises(psycopg.errors.UniqueViolation):
        append(connection, table)


@pytest.mark.parametrize(
    ("texts", "canonical"),
    [
        (["1", "1.0", "1.00"], "1"),
        (["1e0", "10e-1", "+1", "01", " 1 "], "1"),
        (["1200", "1.2e3", "1200.0"], "1200"),
        (["0.5", ".5", "5e-1", "0.500"], "0.5"),
        (["0", "-0", "0.0", "-0.00", "0e5"], "0"),
        (["-37.63", "-37.630"], "-37.63"),
        (["0.000000000001", "1e-12"], "0.000000000001"),
        (["12345678901234567890.1"], "12345678901234567890.1"),
        (["."], "."),
        (["100"], "100"),
    ],
)
def test_numbers_have_one_spelling(texts: list[str], canonical: str) -> None:
    for text in texts:
        alone = versions.canonical_numbers(pa.chunked_array([pa.array([text])]))
        beside = versions.canonical_numbers(pa.chunked_array([pa.array([text, "7.50", None])]))

        assert alone.to_pylist() == [canonical]
        assert beside.to_pylist() == [canonical, "7.5", None]


def hash_of(numerator: str | None, split_type: str | None = None, n: int = 1) -> str:
    table = batch(("2020-08-31", "0", n)).drop_columns(["row_hash"])
    for name, text in (("numerator", numerator), ("split_type", split_type)):
        index = table.schema.get_field_index(name)
        table = table.set_column(index, name, pa.array([text], pa.string()))
    return str(versions.row_hashes(SPLITS, table)[0])


def test_a_hash_does_not_depend_on_spelling_or_time() -> None:
    assert hash_of("4.0", "forward", 1) == hash_of("4", " forward ", 2)


def test_a_hash_tells_values_null_and_empty_apart() -> None:
    distinct = {hash_of("4"), hash_of("5"), hash_of(None), hash_of("4", ""), hash_of("4", "x")}

    assert len(distinct) == 5


def test_rows_that_are_all_key_have_one_hash() -> None:
    dates = pa.table({"release_id": ["53", "53"], "date": ["2024-01-25", "2024-02-28"]})

    first, second = versions.row_hashes(resource("fred", "release_dates"), dates).to_pylist()

    assert len(first) == 32
    assert first == second


def test_a_hash_tells_columns_apart() -> None:
    assert hash_of(None, "4") != hash_of("4", None)


def test_statistics_that_saw_no_row_do_not_make_a_batch_crawl(
    warehouse_settings: Settings, connection: psycopg.Connection
) -> None:
    with database.connect(warehouse_settings, "loader") as writing:
        writing.execute(
            "insert into raw_fmp.splits (symbol, date, numerator, denominator, request_id,"
            " response_id, fetched_at, row_hash, is_synthetic, _dlt_load_id)"
            " select 'AAPL', cast(n as text), '4', '1', 'r', 'f', now(), 'h', false, 'load'"
            " from generate_series(1, 100000) as n"
        )
        # As autovacuum may: the pages of rows that are not committed look empty.
        connection.execute("analyze raw_fmp.splits")
    # A nested loop over what seems to be one row is as cheap as any other join, and taken at times.
    connection.execute("set enable_hashjoin = off")
    connection.execute("set enable_mergejoin = off")
    connection.execute("set statement_timeout = '20s'")

    new = versions.new_versions(
        connection, SPLITS, batch(*((f"{n:06}", "4", 1) for n in range(5_000)))
    )

    assert new.num_rows == 5_000
