"""`marketflow runs`: the log of what ran."""

from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from marketflow import session
from marketflow.screen import say, table
from warehouse import run_log
from warehouse.run_log import RunRecord
from warehouse.settings import Settings


def runs(
    limit: Annotated[int, typer.Option(min=1, help="How many, newest first.")] = 20,
) -> None:
    """List the latest runs, whoever started them: the command line, dbt or Dagster."""
    settings = session.begin()
    found = run_log.recent(settings, limit)
    if not found:
        say("Nothing has run yet: `marketflow ingest` or `marketflow demo` begins.")
        return
    columns = ["started", "job", "source", "by", "status", "seconds", "rows", "run", "error"]
    rows = [_row(record, settings) for record in found]
    table(columns, rows, right=("seconds", "rows"))


def _row(record: RunRecord, settings: Settings) -> list[str]:
    seconds = (
        f"{(record.ended_at - record.started_at).total_seconds():.1f}" if record.ended_at else ""
    )
    started = record.started_at.astimezone(ZoneInfo(settings.timezone))
    return [
        f"{started:%Y-%m-%d %H:%M:%S}",
        record.job,
        record.source or "all",
        record.trigger,
        record.status,
        seconds,
        "" if record.rows is None else f"{record.rows:,}",
        record.run_id,
        record.error or "",
    ]
