"""Responses as pandas DataFrames, for a notebook or a script. Nothing in here writes."""

from collections.abc import Collection
from datetime import date

import pandas as pd

from ingestion import bodies
from ingestion.calendars import Calendars
from ingestion.landing import Landing
from ingestion.load import with_lineage
from ingestion.members import tracked
from ingestion.parsing import ParseContext
from ingestion.resources import resource as resource_named
from ingestion.shapes import Resource
from warehouse.settings import Settings


def landed_frame(
    settings: Settings,
    source: str,
    resource: str,
    symbols: Collection[str] | None = None,
    *,
    day: date | None = None,
) -> pd.DataFrame:
    """Return what providers answered: a row for each row of each response, oldest request first.

    Args:
        settings: the landing and the universe.
        source: of `ingestion/sources`.
        resource: the name of a raw table.
        symbols: only these, in the provider's spelling; None means all.
        day: only what came on this UTC day.

    Returns:
        The columns of the raw table with the lineage. Numbers are `float64`, dates and instants
        `datetime64` without zone, as the provider means them; the rest is text. What was no
        number is missing.

    Raises:
        UsageError: there is no such resource.
        LandingError, ShapeError: a response cannot be read.
    """
    declared = resource_named(source, resource)
    landing = Landing(settings.landing_url, settings.landing_options)
    context = ParseContext(source, tracked(settings), Calendars.around(settings.now()))
    frames = [
        with_lineage(
            bodies.parse(declared, landing.read_body(sidecar), sidecar, context).table, sidecar
        ).to_pandas()
        for sidecar in landing.list_committed(source, resource=resource, symbols=symbols, day=day)
        if sidecar.outcome == "ok"
    ]
    if not frames:
        return pd.DataFrame(columns=list(declared.column_names))
    return _typed(pd.concat(frames, ignore_index=True), declared)


def _typed(frame: pd.DataFrame, resource: Resource) -> pd.DataFrame:
    for column in resource.columns:
        if column.is_numeric:
            numbers = pd.to_numeric(frame[column.name], errors="coerce")
            frame[column.name] = numbers.astype("float64")
        elif column.form in {"date", "instant"}:
            frame[column.name] = pd.to_datetime(frame[column.name])
    return frame
