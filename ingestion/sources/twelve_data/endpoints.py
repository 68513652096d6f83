"""Which requests Twelve Data is asked. Pure.

Both dates are always sent: with a start alone it answers with the newest rows, silently cut.
Pages are walked backwards. Bars of equities keep their prices as traded (adjust=none).
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from ingestion.answers import Outcome
from ingestion.planning import DAY, Endpoint, Request, Want, Window, batches
from ingestion.plans import Terms
from ingestion.universe import Instrument

_SOURCE = "twelve_data"
# The list in which instruments of a class stand.
_LISTS = {
    "equity": "stocks",
    "etf": "etfs",
    "index": "indices",
    "commodity": "commodities",
    "crypto": "cryptocurrencies",
    "fx": "forex_pairs",
}
_COUNTRIES = {"XNYS": "United States"}
_BARS_PER_DAY = {"1min": 390, "5min": 78, "15min": 26, "1h": 7, "1day": 1}


def _symbol(instrument: Instrument) -> str | None:
    return instrument.twelve_data_symbol


def _listed_symbol(instrument: Instrument) -> str | None:
    return _symbol(instrument) if instrument.asset_class in _LISTS else None


def daily_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for daily bars: the newest page of each batch."""
    return [
        _series("time_series_daily", [want.symbol for want in batch], batch[0].window, terms)
        for batch in batches(wants, _batch_size(wants, terms))
    ]


def intraday_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for bars within the day: the newest page of each batch."""
    return [
        _series("time_series_intraday", [want.symbol for want in batch], batch[0].window, terms)
        for batch in batches(wants, _batch_size(wants, terms))
    ]


def older_pages(request: Request, outcome: Outcome, terms: Terms) -> list[Request]:
    """Return the next page backwards of each symbol whose page was full."""
    return [
        _series(request.resource, [symbol], request.window, terms, end=part.oldest)
        for symbol, part in outcome.slices.items()
        if part.rows >= terms.page_size
        and part.oldest is not None
        and part.oldest != part.newest
        and part.oldest[:19] > _start(request.window, terms)
    ]


def quote_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for the latest quotes."""
    return [
        Request(
            _SOURCE,
            "quotes",
            "quote",
            {"symbol": ",".join(want.symbol for want in batch)},
            tuple(want.symbol for want in batch),
            batch[0].window,
            credits=len(batch),
        )
        for batch in batches(wants, terms.symbols_per_request)
    ]


def instrument_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the requests for what is known of instruments: the lines of each in its list.

    The lists as they are have tens of megabytes, and one symbol is listed all over the world.
    """
    return [
        Request(
            _SOURCE,
            "instruments",
            _LISTS[want.instrument.asset_class],
            _listing(want.symbol, want.instrument),
            (want.symbol,),
            want.window,
        )
        for want in wants
        if want.instrument is not None
    ]


def _listing(symbol: str, instrument: Instrument) -> dict[str, str]:
    """Return what picks one instrument out of its list; SBIN:NSE names an exchange itself."""
    name, _, exchange = symbol.partition(":")
    if exchange:
        return {"symbol": name, "exchange": exchange}
    country = _COUNTRIES.get(instrument.calendar or "")
    is_listed = instrument.asset_class in {"equity", "etf", "index"}
    return {"symbol": name} | ({"country": country} if country and is_listed else {})


def _series(
    resource: str, symbols: Sequence[str], window: Window, terms: Terms, end: str | None = None
) -> Request:
    params = {
        "symbol": ",".join(symbols),
        "interval": terms.interval,
        "start_date": _start(window, terms),
        "end_date": end or _end(window, terms),
        "outputsize": str(terms.page_size),
        "order": "desc",
    }
    params |= {"adjust": "none"} if _is_daily(terms) else {"timezone": "UTC"}
    return Request(
        _SOURCE,
        resource,
        "time_series",
        params,
        tuple(symbols),
        window,
        credits=len(symbols),
        interval="" if _is_daily(terms) else terms.interval,
    )


def _start(window: Window, terms: Terms) -> str:
    if _is_daily(terms):
        return window.first_date.isoformat()
    return _stamp(window.start)


def _end(window: Window, terms: Terms) -> str:
    # Whether the end is inclusive is not documented: one step more is right in both cases.
    if _is_daily(terms):
        return (window.last_date + DAY).isoformat()
    return _stamp(window.end + timedelta(hours=1))


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _is_daily(terms: Terms) -> bool:
    return terms.interval == "1day"


def _batch_size(wants: Sequence[Want], terms: Terms) -> int:
    """Return how many symbols one request may name, so that its answer stays of a bearable size."""
    if terms.rows_per_request is None or not wants:
        return terms.symbols_per_request
    days = max((want.window.end - want.window.start).days + 1 for want in wants)
    rows = min(days * _BARS_PER_DAY.get(terms.interval, 1440), terms.page_size)
    return max(1, min(terms.symbols_per_request, terms.rows_per_request // rows))


ENDPOINTS = (
    Endpoint("time_series_daily", _symbol, daily_requests, older_pages),
    Endpoint("time_series_intraday", _symbol, intraday_requests, older_pages),
    Endpoint("quotes", _symbol, quote_requests, kind="snapshot"),
    Endpoint("instruments", _listed_symbol, instrument_requests, kind="snapshot"),
)
