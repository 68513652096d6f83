"""`marketflow chart`: a chart as a file, for a document or a message."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from marketflow import session
from marketflow.screen import say
from warehouse import database

Kind = Literal["candlestick", "correlation", "share", "price-bars", "yield-curve", "all"]


def chart(
    kind: Annotated[Kind, typer.Argument(help="What to draw.")],
    to: Annotated[Path, typer.Option(metavar="x.png|x.svg|x.html", help="The file.")],
    subject: Annotated[
        str, typer.Argument(metavar="[SYMBOL]", help="Of a candlestick.")
    ] = "BTC/USD",
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day; else today.")
    ] = None,
    sessions: Annotated[int, typer.Option(min=2, max=2000, help="Of a candlestick.")] = 120,
) -> None:
    """Draw a chart into a file; `all` draws each kind into its own: x-share.png and so on."""
    from reporting.chart_files import KINDS, Asked, read, write  # noqa: PLC0415
    from reporting.chart_files.writing import require_suffix  # noqa: PLC0415

    settings = session.begin()
    require_suffix(to)
    last_day = (day or settings.now()).date()
    with database.connect(settings, "reader") as connection:
        for one in KINDS if kind == "all" else [kind]:
            path = to.with_stem(f"{to.stem}-{one}") if kind == "all" else to
            write(read(connection, Asked(one, last_day, subject, sessions)), path)
            say(str(path))
