"""`marketflow demo`: from nothing to a filled warehouse, without a key."""

import shutil
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import typer
from psycopg import sql

from marketflow import modelling, readiness, session
from marketflow.screen import note, say, table
from warehouse import database
from warehouse.errors import MarketFlowError
from warehouse.settings import Settings

_HISTORY = timedelta(days=3 * 365 + 1)
_LAYERS = {
    "raw": ("raw_twelve_data", "raw_fmp", "raw_fred", "raw_coingecko"),
    "staging": ("staging",),
    "intermediate": ("intermediate",),
    "marts": ("marts",),
}
_SAMPLE = """\
select symbol, session_date, close_price, sma_20, rsi_14
from obt_daily_market
where symbol = 'AAPL' and rsi_14 is not null
order by session_date desc
limit 3;"""


def demo() -> None:
    """Fill a warehouse from the sandbox: three years of a synthetic market, no keys needed."""
    began = time.monotonic()
    settings = session.begin()
    note("Starting PostgreSQL and setting the warehouse up ...")
    readiness.ensure_ready(settings)
    if readiness.stamp(settings) == "live":
        raise MarketFlowError(
            "this warehouse holds live data, and the demo's is synthetic: they are never mixed. "
            "Set MARKETFLOW_HOME and MARKETFLOW_DATABASE_URL to another installation, or begin "
            "anew with `marketflow db reset`"
        )
    note("Ingesting three years from the sandbox, a synthetic market on this machine ...")
    start = (settings.now() - _HISTORY).date()
    code = _ingest(settings, start)
    note("Building and testing the models ...")
    built = modelling.build_models(settings)
    _summarise(settings, built, time.monotonic() - began)
    if code:
        raise typer.Exit(code)


def _ingest(settings: Settings, start: date) -> int:
    # The market and what asks it take a second to load.
    from ingestion.job import Window  # noqa: PLC0415
    from marketflow import ingesting, synthetic  # noqa: PLC0415

    is_first = readiness.stamp(settings) is None
    window = Window(start=start) if is_first else Window()
    with synthetic.running(settings) as at_sandbox:
        return ingesting.ingest(at_sandbox, (), window)


def _summarise(settings: Settings, built: str, seconds: float) -> None:
    say()
    say("The warehouse stands, filled with synthetic data.", style="bold green")
    say()
    counts = [[layer, *_size(settings, schemas)] for layer, schemas in _LAYERS.items()]
    table(["layer", "relations", "rows"], counts, right=("relations", "rows"))
    say()
    say(built)
    say()
    say(_SAMPLE, style="cyan")
    with database.connect(settings, "reader") as connection:
        cursor = connection.execute(_SAMPLE.encode())
        columns = [column.name for column in cursor.description or []]
        rows = [[_shown(value) for value in row] for row in cursor]
    table(columns, rows, right=tuple(columns[2:]))
    say()
    say("Connect any SQL client to")
    say(f"  {database.dsn(settings, 'reader')}", style="bold")
    say("Next")
    command = _command()
    say(f"  {command} up        Dagster, the dashboard and the docs site (or: make up)")
    say(f"  {command} db psql   a prompt on the marts")
    say(f"  {command} db url    this URL again; PostgreSQL goes on running")
    say(f"Done in {seconds:.0f} seconds.")


def _command() -> str:
    """Return what a person types for `marketflow` here: its name, or the path to it."""
    if shutil.which("marketflow"):
        return "marketflow"
    script = Path(sys.executable).with_name("marketflow")
    try:
        return str(script.relative_to(Path.cwd()))
    except ValueError:
        return str(script)


def _size(settings: Settings, schemas: tuple[str, ...]) -> list[str]:
    """Return how many tables and views schemas hold, and how many rows the tables have."""
    with database.connect(settings, "owner") as connection:
        relations = connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables"
            r" where table_schema = any(%s) and table_name not like '\_dlt%%'",
            [list(schemas)],
        ).fetchall()
        tables = [(schema, name) for schema, name, kind in relations if kind == "BASE TABLE"]
        rows = 0
        for schema, name in tables:
            query = sql.SQL("select count(*) from {}").format(sql.Identifier(schema, name))
            found = connection.execute(query).fetchone()
            rows += int(found[0]) if found else 0
    return [str(len(relations)), f"{rows:,}" if tables else "views"]


def _shown(value: object) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
