"""Which requests Financial Modeling Prep is asked. Pure."""

from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from ingestion.planning import DAY, Endpoint, Request, Want, Window
from ingestion.plans import Terms
from ingestion.universe import Instrument

_SOURCE = "fmp"
_NEW_YORK = ZoneInfo("America/New_York")
# Only these have splits: for the rest the one series there is holds prices as traded.
_WITH_SPLITS = frozenset({"equity", "etf"})
_INTRADAY_CLASSES = frozenset({"index"})


def _symbol(instrument: Instrument) -> str | None:
    return instrument.fmp_symbol


def _company_symbol(instrument: Instrument) -> str | None:
    return _symbol(instrument) if instrument.asset_class in _WITH_SPLITS else None


def _intraday_symbol(instrument: Instrument) -> str | None:
    return _symbol(instrument) if instrument.asset_class in _INTRADAY_CLASSES else None


def eod_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for daily bars as traded."""
    return [
        Request(
            _SOURCE,
            "eod_prices",
            f"historical-price-eod/{_price_series(want.instrument)}",
            {"symbol": want.symbol, **_utc_dates(window)},
            (want.symbol,),
            window,
        )
        for want in wants
        for window in want.window.chunks(terms.chunk)
    ]


def intraday_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for bars within the day; their dates are those of New York."""
    return [
        Request(
            _SOURCE,
            "intraday_prices",
            f"historical-chart/{terms.interval}",
            {
                "symbol": want.symbol,
                "from": window.start.astimezone(_NEW_YORK).date().isoformat(),
                "to": window.end.astimezone(_NEW_YORK).date().isoformat(),
            },
            (want.symbol,),
            window,
        )
        for want in wants
        # Both dates are inclusive and lie on another clock than the window: one day less.
        for window in want.window.chunks(terms.chunk - DAY)
    ]


def treasury_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for the treasury curve."""
    return [
        Request(_SOURCE, "treasury_rates", "treasury-rates", _utc_dates(window), (), window)
        for want in wants
        for window in want.window.chunks(terms.chunk)
    ]


def _per_company(resource: str) -> Callable[[Sequence[Want], Terms], list[Request]]:
    path = {"profiles": "profile"}.get(resource, resource)

    def requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
        return [
            Request(_SOURCE, resource, path, {"symbol": want.symbol}, (want.symbol,), want.window)
            for want in wants
        ]

    return requests


def constituent_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the request for today's members of the S&P 500."""
    return [
        Request(_SOURCE, "sp500_constituents", "sp500-constituent", {}, (), want.window)
        for want in wants
    ]


def _price_series(instrument: Instrument | None) -> str:
    has_splits = instrument is not None and instrument.asset_class in _WITH_SPLITS
    return "non-split-adjusted" if has_splits else "full"


def _utc_dates(window: Window) -> dict[str, str]:
    return {"from": window.first_date.isoformat(), "to": window.last_date.isoformat()}


ENDPOINTS = (
    Endpoint("eod_prices", _symbol, eod_requests),
    Endpoint("splits", _company_symbol, _per_company("splits"), kind="snapshot", may_be_empty=True),
    Endpoint(
        "dividends", _company_symbol, _per_company("dividends"), kind="snapshot", may_be_empty=True
    ),
    Endpoint("profiles", _company_symbol, _per_company("profiles"), kind="snapshot"),
    Endpoint("treasury_rates", None, treasury_requests),
    Endpoint("sp500_constituents", None, constituent_requests, kind="snapshot"),
    Endpoint("intraday_prices", _intraday_symbol, intraday_requests),
)
