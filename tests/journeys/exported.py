"""Every mart of a warehouse out into files and back, compared with what the database says."""

import json
from itertools import cycle
from pathlib import Path
from typing import Any

import psycopg

from reporting.exports import Selection, export, read_export
from reporting.exports.files import FORMATS
from reporting.exports.marts import Mart, find, names
from warehouse import database
from warehouse.settings import Settings

MOST_ROWS = 1_000


def check_every_mart(settings: Settings, folder: Path, *, is_whole: bool = False) -> int:
    """Export each mart in a format, read it back, compare; return how many had rows.

    Args:
        settings: of a warehouse that is built.
        folder: where the files go.
        is_whole: all rows in every format; else long marts lose most of their rows to a condition.
    """
    filled = 0
    formats = cycle(FORMATS)
    with database.connect(settings, "reader") as connection:
        for name in names(connection):
            mart = find(connection, name)
            where = None if is_whole else _condition(connection, mart)
            for format_name in FORMATS if is_whole else [next(formats)]:
                expected = _rows(connection, name, mart.order, where)
                connection.rollback()
                selection = Selection(name, format_name, where)  # type: ignore[arg-type]
                done = export(connection, selection, str(folder / format_name))
                table = read_export(done.place)
                back = [_parsed(mart, tuple(row.values())) for row in table.to_pylist()]
                assert len(back) == len(expected) == done.rows, name
                assert back == expected, name
                filled += bool(back)
    return filled


def _condition(connection: psycopg.Connection[Any], mart: Mart) -> str | None:
    name = f"{mart.schema}.{mart.name}"
    if mart.partition is not None:
        return f"{mart.partition} > (select max({mart.partition}) - 2 from {name})"
    row = connection.execute(f"select count(*) from {name}".encode()).fetchone()
    assert row is not None
    parts = row[0] // MOST_ROWS
    digest = f"abs(hashtext(cast(mart as text))) % {parts} = 0"
    return digest if parts > 1 else None


def _rows(
    connection: psycopg.Connection[Any], name: str, order: tuple[str, ...], where: str | None
) -> list[tuple[Any, ...]]:
    cursor = connection.execute(
        f"select * from {name} as mart where {where or 'true'} order by {', '.join(order)}".encode()
    )
    return cursor.fetchall()


def _parsed(mart: Mart, row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row of the files, whose lists and documents are text of JSON there."""
    return tuple(
        json.loads(value) if column.sql_type in {"jsonb", "text[]"} and value is not None else value
        for column, value in zip(mart.columns, row, strict=True)
    )
