"""`marketflow landing ...`: what lies in the landing, and where."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from ingestion.resources import resource as resource_named
from ingestion.resources import resources, source_names
from marketflow import session
from marketflow.screen import note, out, say, say_fields, table
from warehouse.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ingestion.landing import Sidecar
    from warehouse.settings import Settings

app = typer.Typer(help="Every response as it came.", no_args_is_help=True)

_COLUMNS = [
    "fetched",
    "source",
    "resource",
    "ticker",
    "date",
    "outcome",
    "bytes",
    "request",
    "path",
]
_MOST_SYMBOLS = 3


@app.callback()
def landing() -> None:
    """Keep `ls` a command of its own, however few there are."""


@app.command(name="ls")
def list_bodies(
    ticker: Annotated[
        str | None, typer.Option(help="A symbol, as the universe or the provider spells it.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Only this provider.")] = None,
    resource: Annotated[str | None, typer.Option(help="Only this resource of it.")] = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="Only what came on this UTC day."),
    ] = None,
) -> None:
    """List what has landed, in the order of the requests; tab-separated where it is piped."""
    from ingestion.landing import Landing  # noqa: PLC0415 - a plain `--help` need not wait for it

    settings = session.begin()
    source, resource = _named(source, resource)
    spellings = None if ticker is None else _spellings(settings, ticker, source)
    store = Landing(settings.landing_url, settings.landing_options)
    found = list(
        store.list_committed(
            source,
            resource=resource,
            symbols=spellings,
            day=None if day is None else day.date(),
        )
    )
    if not found:
        _require_known(settings, ticker)
        say(f"Nothing like that lies in {store.url}.")
        return
    _print(found, settings)
    size = sum(one.bytes for one in found)
    bodies = "1 body" if len(found) == 1 else f"{len(found):,} bodies"
    note(f"{bodies}, {size:,} bytes before compression, below {store.url}")


def _named(source: str | None, resource: str | None) -> tuple[str | None, str | None]:
    """Return both, `fmp.eod_prices` taken apart, or complain of what there is not."""
    if source is not None and "." in source and resource is None:
        source, _, resource = source.partition(".")
    if source is not None:
        resources(source)
    if resource is not None and source is not None:
        resource_named(source, resource)
    elif resource is not None:
        known = sorted({one.name for one in resources()})
        if resource not in known:
            raise UsageError(f"there is no resource {resource!r}: there are {', '.join(known)}")
    return source, resource


def _spellings(settings: Settings, ticker: str, source: str | None) -> set[str]:
    """Return a symbol as it was given and as the providers spell the instrument of that name."""
    sources = source_names() if source is None else (source,)
    found = {ticker}
    for symbol, spellings in _universe(settings, sources):
        if symbol == ticker:
            found |= spellings
    return found


def _require_known(settings: Settings, ticker: str | None) -> None:
    """Complain of a symbol that neither the landing nor the universe has ever heard of."""
    if ticker is None:
        return
    known = _universe(settings, source_names())
    if not any(ticker == symbol or ticker in spellings for symbol, spellings in known):
        raise UsageError(
            f"{ticker!r} is neither in the landing nor in the universe: spell it as "
            f"{settings.universe_path} does"
        )


def _universe(settings: Settings, sources: Sequence[str]) -> list[tuple[str, set[str]]]:
    """Return each symbol of the universe with its spellings at some providers."""
    from ingestion.members import tracked  # noqa: PLC0415
    from ingestion.parsing import symbol_field  # noqa: PLC0415

    fields = [field for field in map(symbol_field, sources) if field is not None]
    return [
        (one.symbol, {getattr(one, field) for field in fields} - {None})
        for one in tracked(settings)
    ]


def _print(found: Sequence[Sidecar], settings: Settings) -> None:
    zone = ZoneInfo(settings.timezone)
    rows = [
        [
            f"{one.fetched_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
            one.source,
            one.resource,
            _symbols(one),
            _day(one).isoformat(),
            one.outcome if one.error_class is None else one.error_class,
            str(one.bytes),
            one.request_id,
            one.path,
        ]
        for one in found
    ]
    if out.is_terminal:
        table(_COLUMNS[:-1], [row[:-1] for row in rows], right=("bytes",))
        return
    for row in rows:
        say_fields(row)


def _symbols(sidecar: Sidecar) -> str:
    if not sidecar.symbols:
        return "-"
    more = len(sidecar.symbols) - _MOST_SYMBOLS
    shown = ",".join(sidecar.symbols[:_MOST_SYMBOLS])
    return f"{shown} and {more} more" if more > 0 else shown


def _day(sidecar: Sidecar) -> date:
    return date.fromisoformat(sidecar.path.split("/")[3].partition("=")[2])
