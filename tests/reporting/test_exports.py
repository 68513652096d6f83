"""Marts as files: lossless, the same bytes for the same rows, nothing but what was asked for."""

import hashlib
import json
import math
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest

from reporting.exports import Selection, export, read_export
from reporting.exports.files import FORMATS
from tests.conftest import DatabaseFactory, SettingsFactory
from tests.ingestion import object_store
from tests.warehouse import rebuilding
from warehouse import database, setup
from warehouse.errors import MarketFlowError, UsageError
from warehouse.settings import PROJECT_ROOT, Settings

TABLES = """
    create table marts.fct_odd_values (
        instrument_id text, session_date date, note text, ratio double precision, counted bigint,
        small integer, is_synthetic boolean, seen_at timestamptz, known_from timestamptz not null,
        known_to timestamptz, is_latest boolean,
        primary key (instrument_id, session_date, known_from)
    );
    comment on column marts.fct_odd_values.ratio is 'A fraction.';
    create table ops.fct_documents (request_id text primary key, symbols text[], details jsonb);
    create table marts.fct_empty (instrument_id text primary key, ratio double precision);
    create table marts.dim_secret (secret text);
    revoke select on marts.dim_secret from marketflow_reader;
"""
EARLY = datetime(2024, 1, 1, tzinfo=UTC)
BIG = 2**31 - 1
LANDED = datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC)
LATE = datetime(2025, 6, 1, 12, 0, 0, 1, tzinfo=UTC)
ROWS: list[tuple[Any, ...]] = [
    ("a", date(2024, 1, 2), None, None, None, None, None, None, EARLY, LATE, False),
    ("a", date(2024, 1, 2), "later", 1.0, 1, 1, True, LATE, LATE, None, True),
    ("b", date(2024, 1, 2), "", 0.1 + 0.2, 2**63 - 1, -(2**31), True, LATE, EARLY, None, True),
    (
        "c",
        date(1969, 7, 20),
        'a "b",\n\r\tc',
        5e-324,
        -(2**63),
        BIG,
        False,
        LANDED,
        EARLY,
        None,
        True,
    ),
    ("d", date(2024, 1, 3), "NULL", -1.7976931348623157e308, 0, 0, False, EARLY, EARLY, None, True),
    ("é ^漢 '", date(2024, 1, 3), "null", -0.0, 7, 8, False, EARLY, EARLY, None, True),
]


@pytest.fixture(scope="module")
def warehouse_settings(
    tmp_path_factory: pytest.TempPathFactory,
    settings_for: SettingsFactory,
    new_database: DatabaseFactory,
) -> Settings:
    """One warehouse for all tests here; its marts are made anew for each."""
    directory = tmp_path_factory.mktemp("exports")
    settings = settings_for(directory, database_url=new_database("exports"))
    setup.set_up(settings)
    return settings


@pytest.fixture
def reader(warehouse_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the reader to marts whose values are hard to carry."""
    with database.connect(warehouse_settings, "transformer") as connection:
        made = connection.execute(
            "select schemaname || '.' || tablename from pg_catalog.pg_tables"
            " where schemaname in ('marts', 'ops')"
        ).fetchall()
        for (table,) in made:
            connection.execute(f"drop table {table}".encode())
        connection.execute(TABLES.encode())
        marks = ", ".join(["%s"] * len(ROWS[0]))
        with connection.cursor() as cursor:
            # The last first: the order of an export is that of the key.
            cursor.executemany(
                f"insert into marts.fct_odd_values values ({marks})".encode(), ROWS[::-1]
            )
        connection.execute(
            "insert into ops.fct_documents values"
            " ('1', array['AAPL', null, 'B,\"C'], '{\"a\": [1, null]}'), ('2', null, null)"
        )
    with database.connect(warehouse_settings, "reader") as connection:
        yield connection


def rows_of(place: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in read_export(place).to_pylist()]


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("format_name", FORMATS)
def test_what_goes_out_comes_back(
    reader: psycopg.Connection[Any], tmp_path: Path, format_name: Any
) -> None:
    done = export(reader, Selection("fct_odd_values", format_name), str(tmp_path))

    rows = rows_of(done.place)
    by_session = sorted(ROWS, key=lambda row: (row[1], row[0], row[8]))
    assert rows == by_session
    assert math.copysign(1, rows[-1][3]) == -1
    assert done.rows == len(ROWS) == len(rows)


def test_a_mart_that_is_rebuilt_meanwhile_goes_out_whole(
    reader: psycopg.Connection[Any], warehouse_settings: Settings, tmp_path: Path
) -> None:
    done = rebuilding.answer_while_rebuilt(
        warehouse_settings,
        "fct_odd_values",
        lambda: export(reader, Selection("fct_odd_values"), str(tmp_path)),
    )

    assert done.rows == len(ROWS)


def test_infinities_and_no_number_come_back(
    reader: psycopg.Connection[Any], warehouse_settings: Settings, tmp_path: Path
) -> None:
    with database.connect(warehouse_settings, "transformer") as writer:
        writer.execute(
            "insert into marts.fct_empty values ('a', 'NaN'), ('b', 'Infinity'), ('c', '-Infinity')"
        )

    for format_name in FORMATS:
        done = export(reader, Selection("fct_empty", format_name), str(tmp_path / format_name))  # type: ignore[arg-type]
        values = [row[1] for row in rows_of(done.place)]
        assert math.isnan(values[0])
        assert values[1:] == [math.inf, -math.inf]


def test_lists_and_documents_go_out_as_json(
    reader: psycopg.Connection[Any], tmp_path: Path
) -> None:
    done = export(reader, Selection("fct_documents", "csv"), str(tmp_path))

    (_, symbols, details), empty = rows_of(done.place)
    assert json.loads(symbols) == ["AAPL", None, 'B,"C']
    assert json.loads(details) == {"a": [1, None]}
    assert empty == ("2", None, None)


def test_an_empty_mart_is_a_file_with_its_columns(
    reader: psycopg.Connection[Any], tmp_path: Path
) -> None:
    done = export(reader, Selection("fct_empty"), str(tmp_path))

    assert done.rows == 0
    assert pq.read_schema(tmp_path / "fct_empty/data.parquet").names == ["instrument_id", "ratio"]


def test_the_manifest_tells_every_file(reader: psycopg.Connection[Any], tmp_path: Path) -> None:
    export(reader, Selection("fct_odd_values"), str(tmp_path))

    folder = tmp_path / "fct_odd_values"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    files = {file["path"]: file for file in manifest["files"]}
    on_disk = digests(folder)
    del on_disk["manifest.json"]
    assert {path: file["sha256"] for path, file in files.items()} == on_disk
    assert sorted(files) == [
        "session_date=1969-07-20/data.parquet",
        "session_date=2024-01-02/data.parquet",
        "session_date=2024-01-03/data.parquet",
    ]
    assert [file["rows"] for file in files.values()] == [1, 3, 2]
    assert all((folder / path).stat().st_size == file["bytes"] for path, file in files.items())
    assert (manifest["rows"], manifest["as_of"], manifest["is_synthetic"]) == (6, None, True)
    assert re.fullmatch(r"[0-9a-f]{12}", manifest["definitions_version"])
    assert "providers" in manifest["licence"]
    assert manifest["columns"][3]["meaning"] == "A fraction."


@pytest.mark.parametrize("format_name", FORMATS)
def test_the_same_rows_are_the_same_bytes(
    reader: psycopg.Connection[Any],
    warehouse_settings: Settings,
    tmp_path: Path,
    format_name: Any,
) -> None:
    export(reader, Selection("fct_odd_values", format_name), str(tmp_path / "first"))
    with database.connect(warehouse_settings, "transformer") as writer:
        # The same rows, elsewhere on disk.
        writer.execute("create table marts.moved as select * from marts.fct_odd_values")
        writer.execute("delete from marts.fct_odd_values")
        writer.execute("insert into marts.fct_odd_values select * from marts.moved order by ratio")
        writer.execute("drop table marts.moved")

    export(reader, Selection("fct_odd_values", format_name), str(tmp_path / "second"))

    assert len(digests(tmp_path / "first")) == 4
    assert digests(tmp_path / "first") == digests(tmp_path / "second")


def test_another_definition_is_another_version(
    reader: psycopg.Connection[Any], warehouse_settings: Settings, tmp_path: Path
) -> None:
    before = export(reader, Selection("fct_odd_values"), str(tmp_path)).manifest
    with database.connect(warehouse_settings, "transformer") as writer:
        writer.execute("comment on column marts.fct_odd_values.ratio is 'A percentage.'")

    after = export(reader, Selection("fct_odd_values"), str(tmp_path)).manifest

    assert before["definitions_version"] != after["definitions_version"]


def test_as_of_knows_nothing_later(reader: psycopg.Connection[Any], tmp_path: Path) -> None:
    moment = datetime(2025, 1, 1, tzinfo=UTC)

    done = export(reader, Selection("fct_odd_values", as_of=moment), str(tmp_path))

    rows = rows_of(done.place)
    (first,) = [row for row in rows if row[0] == "a"]
    assert len(rows) == 5
    assert first[9:] == (None, True)
    assert done.manifest["as_of"] == "2025-01-01T00:00:00+00:00"
    with pytest.raises(UsageError, match="keeps no versions"):
        export(reader, Selection("fct_empty", as_of=moment), str(tmp_path))


def test_a_condition_narrows(reader: psycopg.Connection[Any], tmp_path: Path) -> None:
    where = "note in ('later', 'it''s') or (counted = 0 and note like '%NULL%')"

    done = export(reader, Selection("fct_odd_values", where=where), str(tmp_path))

    assert [row[0] for row in rows_of(done.place)] == ["a", "d"]


@pytest.mark.parametrize(
    "where",
    [
        "true) union all select secret from marts.dim_secret where (true",
        "true); drop table marts.fct_odd_values; select (1",
        "true; commit",
        "true -- the rest",
        "true /* the rest",
        "note = $$a$$",
        r"note = E'\') union select 1 -- '",
        "note = 'open",
        'note = "open',
        "(true",
        "",
        "no_such_column = 1",
        "note = ",
        "instrument_id in (select secret from marts.dim_secret)",
        "pg_read_file('/etc/passwd') is not null",
        "lo_create(0) > 0",
        "ratio",
        "set_config('role', 'marketflow_owner', false) is not null",
    ],
)
def test_a_condition_cannot_escape(
    reader: psycopg.Connection[Any], tmp_path: Path, where: str
) -> None:
    with pytest.raises(UsageError) as refused:
        export(reader, Selection("fct_odd_values", where=where), str(tmp_path))

    assert "--where" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.rglob("*data*"))
    assert reader.execute("select count(*) from marts.fct_odd_values").fetchone() == (6,)


def test_an_unknown_mart_is_told_with_those_that_there_are(
    reader: psycopg.Connection[Any], tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"there is no mart 'x': there are .*fct_documents"):
        export(reader, Selection("x"), str(tmp_path))


def test_an_earlier_export_is_replaced_and_strangers_are_left_alone(
    reader: psycopg.Connection[Any], tmp_path: Path
) -> None:
    export(reader, Selection("fct_odd_values"), str(tmp_path))
    export(reader, Selection("fct_odd_values", where="instrument_id = 'd'"), str(tmp_path))
    assert [row[0] for row in rows_of(str(tmp_path / "fct_odd_values"))] == ["d"]
    assert len(list(tmp_path.rglob("*.parquet"))) == 1
    (tmp_path / "fct_empty").mkdir()
    (tmp_path / "fct_empty/mine.txt").write_text("mine")

    with pytest.raises(UsageError, match="holds files and no manifest"):
        export(reader, Selection("fct_empty"), str(tmp_path))

    assert (tmp_path / "fct_empty/mine.txt").read_text() == "mine"


def test_a_changed_file_is_found_at_reading(
    reader: psycopg.Connection[Any], tmp_path: Path
) -> None:
    export(reader, Selection("fct_odd_values", "csv"), str(tmp_path))
    file = tmp_path / "fct_odd_values/session_date=2024-01-03/data.csv"
    file.write_text(file.read_text(encoding="utf-8").replace("null", "nil"), encoding="utf-8")

    with pytest.raises(MarketFlowError, match="is not what its manifest says"):
        read_export(str(tmp_path / "fct_odd_values"))


def test_a_bucket_takes_an_export(
    reader: psycopg.Connection[Any], settings_for: SettingsFactory, tmp_path: Path
) -> None:
    with object_store.running() as store:
        bucket = store.new_bucket()
        settings = settings_for(tmp_path, **store.settings(bucket))
        to = f"s3://{bucket}/exports"
        done = export(reader, Selection("fct_odd_values"), to, settings.s3_options)
        back = read_export(done.place, settings.s3_options)

        listed = store.client().list_objects_v2(Bucket=bucket)["Contents"]

    local = export(reader, Selection("fct_odd_values"), str(tmp_path))
    assert done.manifest == local.manifest
    assert back.num_rows == 6
    assert back.equals(read_export(local.place))
    assert len(listed) == 4


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("format_name", FORMATS)
def test_ten_million_rows_leave_in_bounded_memory(
    warehouse_settings: Settings, tmp_path: Path, format_name: str
) -> None:
    rows = 10_000_000
    with database.connect(warehouse_settings, "transformer") as writer:
        writer.execute("drop table if exists marts.fct_many")
        writer.execute(
            "create table marts.fct_many as select 'equity:' || number % 2000 as instrument_id,"
            " date '2000-01-01' + number / 2000 as session_date, number / 7.0::float8 as ratio,"
            " number::bigint as counted, now() as known_from"
            f" from generate_series(0, {rows - 1}) as number"
        )
        writer.execute("alter table marts.fct_many add primary key (instrument_id, session_date)")
    program = (
        "import sys\n"
        "from reporting.exports import Selection, export\n"
        "from warehouse import database\n"
        "from warehouse.settings import load_settings\n"
        "with database.connect(load_settings(None), 'reader') as connection:\n"
        "    done = export(connection, Selection('fct_many', sys.argv[1]), sys.argv[2])\n"
        "print(done.rows, len(done.manifest['files']))\n"
    )
    assert warehouse_settings.database_url is not None
    url = warehouse_settings.database_url.get_secret_value()
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

    done = subprocess.run(
        [sys.executable, "-c", program, format_name, str(tmp_path)],
        cwd=PROJECT_ROOT,
        env={"MARKETFLOW_DATABASE_URL": url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [str(rows), "5000"]
    assert max(before, peak) < 500 * 1024, f"{peak // 1024} MB"
