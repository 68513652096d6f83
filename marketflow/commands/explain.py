"""`marketflow explain`: where a number comes from, back to the response that it came in."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Annotated

import typer

from marketflow import session
from marketflow.screen import out
from warehouse import database
from warehouse.errors import UsageError

Day = Annotated[str, typer.Argument(metavar="DAY", help="As 2014-06-06; of a series its period.")]


def explain(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="A symbol, a FRED series, or a tenor (10y).")
    ],
    day: Day,
    column: Annotated[str, typer.Argument(metavar="COLUMN", help="Of the mart.")],
    known_at: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Of a series: the vintage known then; else now."),
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print where a number of a mart comes from: models, raw rows, the landed response."""
    from marketflow import explaining  # noqa: PLC0415 - ingestion takes a second to load
    from reporting.explain import Question, as_text, raw_entries  # noqa: PLC0415
    from reporting.explain import explain as explained  # noqa: PLC0415

    settings = session.begin()
    moment = settings.now() if known_at is None else _instant(known_at)
    question = Question(subject, _day(day), column, moment)
    with database.connect(settings, "reader") as connection:
        document = explained(connection, question)
    explaining.compare_with_landing(settings, raw_entries(document))
    text = json.dumps(document, indent=2, ensure_ascii=False) if as_json else as_text(document)
    out.file.write(f"{text}\n")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day: write it like 2014-06-06") from None


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no instant: write it like 2016-06-18T00:00:00Z") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
