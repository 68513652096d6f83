"""Which requests it is asked. Pure."""

from collections.abc import Sequence

from ingestion.planning import Endpoint, Request, Want
from ingestion.plans import Terms
from ingestion.universe import Instrument


def _symbol(instrument: Instrument) -> str | None:
    return instrument.symbol if instrument.asset_class == "equity" else None


def close_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for daily closes."""
    return [
        Request(
            "openmarket",
            "closes",
            f"closes/{want.symbol}",
            {"from": window.first_date.isoformat(), "to": window.last_date.isoformat()},
            (want.symbol,),
            window,
        )
        for want in wants
        for window in want.window.chunks(terms.chunk)
    ]


ENDPOINTS = (Endpoint("closes", _symbol, close_requests),)
