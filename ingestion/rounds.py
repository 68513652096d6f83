"""Which symbols one run asks about, where a plan has no room for all of them at once. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from ingestion.calendars import Calendars
from ingestion.planning import DAY, Want, Window
from ingestion.plans import Terms

_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_WIDTHS = {
    "1min": timedelta(minutes=1),
    "5min": timedelta(minutes=5),
    "15min": timedelta(minutes=15),
    "1h": timedelta(hours=1),
}


def of_run(wants: Sequence[Want], terms: Terms, known: Mapping[str, Window]) -> list[Want]:
    """Return what a full run asks about: all, or as many as the plan says.

    Args:
        wants: all that is wanted.
        terms: of the endpoint, at one width of bars.
        known: what has landed, by symbol.
    """
    if terms.refreshes_per_run is not None:
        old = [want for want in wants if want.symbol in known]
        again = {want.symbol for want in _longest_waiting(old, terms.refreshes_per_run, known)}
        wants = [want for want in wants if want.symbol not in known or want.symbol in again]
    return _longest_waiting(wants, terms.symbols_per_run, known)


def of_round(
    wants: Sequence[Want],
    terms: Terms,
    kind: Literal["history", "vintages", "snapshot"],
    known: Mapping[str, Window],
    now: datetime,
) -> list[Want]:
    """Return what a round within the day asks about.

    It begins no history, and leaves alone whose market has not been open since it was asked.

    Args:
        wants: all that is wanted.
        terms: of the endpoint, at one width of bars.
        kind: of the endpoint.
        known: what has landed, by symbol.
        now: the present.
    """
    width = timedelta() if kind != "history" else _WIDTHS.get(terms.interval, DAY)
    calendars = Calendars.around(now)
    moving = [
        want
        for want in wants
        if want.symbol in known and _has_moved(want, known[want.symbol].end + width, calendars, now)
    ]
    return _longest_waiting(moving, terms.symbols_per_round, known)


def _has_moved(want: Want, since: datetime, calendars: Calendars, now: datetime) -> bool:
    """Tell whether the market of a symbol has been open between an instant and now."""
    if want.instrument is None or want.instrument.calendar is None:
        return True
    session = calendars.calendar(want.instrument.calendar).last_opened(now)
    return session is None or since < session.closes_at


def _longest_waiting(
    wants: Sequence[Want], most: int | None, known: Mapping[str, Window]
) -> list[Want]:
    """Return some wants, in their order: those never asked about, then those of longest ago."""
    if most is None:
        return list(wants)

    def asked_at(want: Want) -> datetime:
        landed = known.get(want.symbol)
        return _NEVER if landed is None else landed.end

    chosen = {want.symbol for want in sorted(wants, key=asked_at)[:most]}
    return [want for want in wants if want.symbol in chosen]
