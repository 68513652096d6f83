"""`marketflow report`: the week of the markets as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from marketflow import session
from marketflow.screen import say
from warehouse.errors import UsageError


def report(
    week: Annotated[
        str | None, typer.Option(metavar="2016-W24", help="Which; else the last that is over.")
    ] = None,
    to: Annotated[Path | None, typer.Option(metavar="x.html", help="Else into the home.")] = None,
) -> None:
    """Write the report of a week, as known on its Saturday; as PDF too where Chromium is."""
    from reporting.weekly import Week, making  # noqa: PLC0415 - Matplotlib takes a while to load

    settings = session.begin()
    now = settings.now()
    wanted = Week.last_told(now) if week is None else Week.parse(week)
    if wanted.known_at > now:
        raise UsageError(f"{wanted.name} is not over: its report is of {wanted.known_at:%Y-%m-%d}")
    for path in making.make(settings, wanted, to):
        say(str(path))
