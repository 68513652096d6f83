"""`marketflow forecast`: what is to come, from what is known."""

from __future__ import annotations

from typing import Annotated

import typer

from marketflow import instants, readiness, session
from marketflow.screen import say
from warehouse.errors import UsageError


def forecast(
    as_of: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="As known then; else as it stands.")
    ] = None,
    symbols: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Only these symbols and FRED series, and no curves."),
    ] = None,
) -> None:
    """Forecast prices and economic series with every model, and fit the yield curves."""
    from marketflow import predicting  # noqa: PLC0415 - statsmodels takes a while to load

    settings = session.begin()
    names = [part.strip() for part in (symbols or "").split(",") if part.strip()]
    if symbols is not None and not names:
        raise UsageError("--symbols names none: write it like --symbols AAPL,UNRATE")
    origin = instants.parse(as_of)
    readiness.ensure_ready(settings)
    say(predicting.forecast(settings, origin, names or None))
