"""How many further pages a request for bars may need: what the calendar allows at most. Pure."""

from math import ceil

from ingestion.planning import Request
from ingestion.plans import Terms
from ingestion.universe import Instrument

_MINUTES = {"1min": 1, "5min": 5, "15min": 15, "1h": 60}
_SESSION_MINUTES = 390
_DAY_MINUTES = 1440


def most_further_pages(request: Request, terms: Terms, instrument: Instrument | None) -> int:
    """Return how many pages may follow the first one of a symbol, had it traded all the time.

    Since when a symbol has traded only its answer tells, so there may be fewer.

    Args:
        request: that asks for its bars.
        terms: of the endpoint; only bars of a width come in pages that can be foreseen.
        instrument: that is meant.
    """
    calendar = "24/7" if instrument is None else instrument.calendar
    if terms.interval == "1day":
        per_day = 1.0
    elif terms.interval in _MINUTES:
        minutes = _SESSION_MINUTES if calendar == "XNYS" else _DAY_MINUTES
        per_day = minutes / _MINUTES[terms.interval]
    else:
        return 0
    days = (request.window.end - request.window.start).days + 1
    trading_days = days if calendar == "24/7" else ceil(days * 5 / 7)
    # Each page begins with the bar that the one before it ended with.
    return max(0, ceil((trading_days * per_day - terms.page_size) / (terms.page_size - 1)))
