"""Bars of days that lie back, fetched again whatever has landed before. What runs go on with stays.

The command line asks by days and Dagster by sessions: both ask the same.
"""

from collections.abc import Sequence

from ingestion.providers import provider
from warehouse.errors import SettingsError, UsageError
from warehouse.settings import PROVIDERS, Settings


def resources_of(source: str) -> list[str]:
    """Return what of a source can be asked of days, as a selection such as `fmp.eod_prices`.

    It is empty for FRED: that is asked for what was published since a day.
    """
    return [
        f"{source}.{endpoint.resource}"
        for endpoint in provider(source).endpoints
        if endpoint.kind == "history" and not endpoint.is_keyless
    ]


def sources() -> list[str]:
    """Return the sources that have bars of days."""
    return [source for source in PROVIDERS if resources_of(source)]


def selection_of(settings: Settings, named: Sequence[str]) -> list[str]:
    """Return what a backfill asks for.

    Args:
        settings: which providers can be asked.
        named: selections of which each source has bars; none means everyone who can be asked.

    Raises:
        UsageError: a source has no bars.
        SettingsError: nobody can be asked.
    """
    without = sorted({text.partition(".")[0] for text in named} - set(sources()))
    if without:
        raise UsageError(
            f"{without[0]} has no bars to backfill: {', '.join(sources())} have; "
            "`marketflow ingest fred --start D` asks FRED for what was published since"
        )
    chosen = named or [one for one in sources() if settings.provider(one).is_reachable]
    if not chosen:
        raise SettingsError(
            "nobody can be asked for bars: set TWELVE_DATA_API_KEY, FMP_API_KEY or "
            "COINGECKO_API_KEY in the environment or .env"
        )
    found = []
    for text in chosen:
        found += [text] if "." in text else resources_of(text)
    return found
