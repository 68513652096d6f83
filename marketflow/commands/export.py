"""`marketflow export`: a mart as files that others can load."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from marketflow import instants, session
from marketflow.screen import say
from warehouse import database


def export(
    mart: Annotated[str, typer.Argument(metavar="MART", help="Such as fct_daily_bars.")],
    to: Annotated[str, typer.Option(metavar="DIR|s3://...", help="Where the files go.")],
    format_name: Annotated[
        Literal["parquet", "csv", "arrow"], typer.Option("--format", help="Of the files.")
    ] = "parquet",
    where: Annotated[
        str | None, typer.Option(metavar="SQL", help="Only rows for which this is true.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="As known then; else as it stands.")
    ] = None,
) -> None:
    """Write a mart as Parquet, CSV or Arrow files with a manifest, facts by session."""
    from reporting import exports  # noqa: PLC0415 - pyarrow takes a while to load

    settings = session.begin()
    selection = exports.Selection(mart, format_name, where, instants.parse(as_of))
    options = settings.s3_options if to.startswith("s3://") else {}
    with database.connect(settings, "reader") as connection:
        done = exports.export(connection, selection, to, options)
    files = len(done.manifest["files"])
    counted = "1 file" if files == 1 else f"{files:,} files"
    say(f"{done.rows:,} rows in {counted} and manifest.json below {done.place}")
