"""`marketflow extract`, `load`, `ingest`, `backfill`, `transform`, `quality`, `full`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingestion.resources import source_names
from marketflow import modelling, readiness, session
from marketflow.screen import say
from warehouse.errors import UsageError

if TYPE_CHECKING:
    from ingestion.job import Window

# Extract and load stand on pandas and pyarrow, which take a second to load: a command that
# needs neither does not wait for them.

Selection = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE[.RESOURCE[.INTERVAL]]]...", help="What to ask for; all if unnamed."
    ),
]
Sources = Annotated[
    list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Which; every one if unnamed.")
]
Start = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of a backfill.")
]
FirstDay = Annotated[
    datetime, typer.Option("--start", formats=["%Y-%m-%d"], help="First day of the backfill.")
]
End = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day, included.")]
Symbols = Annotated[
    str | None, typer.Option(metavar="A,B", help="Only these, as the universe names them.")
]
Plan = Annotated[
    bool, typer.Option("--plan", help="Print requests, credits and time; ask nothing.")
]
Csv = Annotated[bool, typer.Option("--csv", help="Also write what came as CSV files, for people.")]
CsvFiles = Annotated[
    Path | None,
    typer.Option("--csv", metavar="DIR", help="First land the CSV files of this folder."),
]
All = Annotated[
    bool, typer.Option("--all", help="Every landed response again: rebuilds raw without a call.")
]


def extract(
    selection: Selection = None,
    start: Start = None,
    end: End = None,
    symbols: Symbols = None,
    *,
    csv: Csv = False,
    plan: Plan = False,
) -> None:
    """Fetch from the providers into the landing; needs no database."""
    from marketflow import ingesting  # noqa: PLC0415

    settings = session.begin()
    session.require_writable_home(settings)
    window = _window(start, end, symbols)
    if plan:
        ingesting.show_plan(settings, selection or (), window)
        return
    raise typer.Exit(ingesting.extract(settings, selection or (), window, csv=csv))


def load(sources: Sources = None, is_replay: All = False, csv: CsvFiles = None) -> None:
    """Load what has landed into raw; needs no network."""
    from marketflow import ingesting  # noqa: PLC0415

    settings = session.begin()
    _require_sources(sources or [])
    readiness.ensure_ready(settings)
    raise typer.Exit(ingesting.load(settings, sources or (), is_replay=is_replay, csv=csv))


def ingest(
    selection: Selection = None,
    start: Start = None,
    end: End = None,
    symbols: Symbols = None,
    *,
    csv: Csv = False,
    plan: Plan = False,
) -> None:
    """Extract, then load."""
    from marketflow import ingesting  # noqa: PLC0415

    settings = session.begin()
    window = _window(start, end, symbols)
    if plan:
        ingesting.show_plan(settings, selection or (), window)
        return
    readiness.ensure_ready(settings)
    raise typer.Exit(ingesting.ingest(settings, selection or (), window, csv=csv))


def backfill(
    start: FirstDay,
    selection: Selection = None,
    end: End = None,
    symbols: Symbols = None,
    *,
    plan: Plan = False,
) -> None:
    """Fetch the bars of days that lie back, load them, build and test every model."""
    from ingestion.backfill import selection_of  # noqa: PLC0415
    from marketflow import ingesting  # noqa: PLC0415

    settings = session.begin()
    window = _window(start, end, symbols)
    asked = selection_of(settings, selection or [])
    if plan:
        ingesting.show_plan(settings, asked, window)
        return
    readiness.ensure_ready(settings)
    code = ingesting.ingest(settings, asked, window)
    say(modelling.build_models(settings))
    raise typer.Exit(code)


def transform() -> None:
    """Build and test every model: `dbt build`."""
    settings = session.begin()
    readiness.ensure_ready(settings)
    say(modelling.build_models(settings))


def quality(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="Only what this source feeds.")
    ] = None,
) -> None:
    """Run the tests, look at freshness and anomalies; exit 1 on a critical finding."""
    settings = session.begin()
    _require_sources([source] if source is not None else [])
    readiness.ensure_ready(settings)
    if not modelling.check_quality(settings, source):
        raise typer.Exit(1)


def full() -> None:
    """Do everything in order: set up, ingest, build and test, forecast, check the quality."""
    from marketflow import ingesting, predicting  # noqa: PLC0415

    settings = session.begin()
    readiness.ensure_ready(settings)
    # What one provider could not give must not keep back what the others gave.
    code = ingesting.ingest(settings, (), _window(None, None, None))
    say(modelling.build_models(settings))
    say(predicting.forecast(settings))
    is_good = modelling.check_quality(settings)
    raise typer.Exit(code if is_good else 1)


def _require_sources(sources: list[str]) -> None:
    unknown = [name for name in sources if name not in source_names()]
    if unknown:
        raise UsageError(
            f"{', '.join(unknown)}: there is no such source: they are {', '.join(source_names())}"
        )


def _window(start: datetime | None, end: datetime | None, symbols: str | None) -> Window:
    from ingestion.job import Window  # noqa: PLC0415

    named = tuple(part.strip() for part in (symbols or "").split(",") if part.strip())
    if symbols is not None and not named:
        raise UsageError("--symbols names none: write it like --symbols AAPL,MSFT")
    return Window(
        start.date() if start is not None else None,
        end.date() if end is not None else None,
        named,
    )
