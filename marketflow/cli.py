"""The entry point: every command under one name, every failure as one line and an exit code."""

import logging
import signal
import sys
from types import FrameType

import typer

from marketflow import session
from marketflow.commands import (
    api,
    chart,
    config,
    database,
    demo,
    doctor,
    explain,
    export,
    forecast,
    landing,
    pipeline,
    report,
    runs,
    sandbox,
    services,
)
from marketflow.screen import complain
from warehouse.errors import MarketFlowError

_log = logging.getLogger(__name__)

app = typer.Typer(
    help="A market-data warehouse: providers -> landing -> raw -> marts, on PostgreSQL.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

app.command()(demo.demo)
app.command()(services.up)
app.command()(services.down)
app.add_typer(database.app, name="db")
app.command()(pipeline.extract)
app.command()(pipeline.load)
app.command()(pipeline.ingest)
app.command()(pipeline.backfill)
app.command()(pipeline.transform)
app.command()(pipeline.quality)
app.command()(pipeline.full)
app.command()(sandbox.sandbox)
app.command()(runs.runs)
app.command()(api.api)
app.command()(api.token)
app.add_typer(landing.app, name="landing")
app.add_typer(config.app, name="config")
app.command()(explain.explain)
app.command()(export.export)
app.command()(chart.chart)
app.command()(forecast.forecast)
app.command()(report.report)
app.command()(doctor.doctor)


def main() -> None:
    """Run the command line and end the process with its exit code."""
    signal.signal(signal.SIGTERM, _end)
    try:
        app(prog_name="marketflow")
    except MarketFlowError as error:
        complain(str(error))
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # Whoever read our output has gone; Python must not complain about it at its end.
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - it is told in one line, and logged whole
        _log.exception("unexpected failure of `marketflow %s`", " ".join(sys.argv[1:]))
        complain(session.unexpected(error))
        sys.exit(1)


def _end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    """Unwind, so that children end with us, and exit as a process does that a signal ended."""
    sys.exit(128 + number)
