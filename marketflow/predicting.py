"""Forecasts from the command line: made with progress, and told in a line."""

from collections.abc import Sequence
from datetime import datetime

from marketflow import progress
from marketflow.screen import note
from orchestration import forecasts
from warehouse.settings import Settings


def forecast(
    settings: Settings, origin: datetime | None = None, names: Sequence[str] | None = None
) -> str:
    """Forecast what is tracked, or some of it, and return what was made, as one line.

    Raises:
        UsageError: the origin lies in the future.
        MarketFlowError: the marts are not built, or the warehouse cannot be reached.
    """
    with progress.shown() as shown:
        made = forecasts.make(settings, origin=origin, names=names, progress=shown)
    for name, why in made.refused.items():
        note(f"{name} has no forecast: {why}")
    return (
        f"{made.forecasts:,} forecasts of {made.subjects} series and {made.fits:,} yield curves "
        f"made; {made.known} series were forecast before."
    )
