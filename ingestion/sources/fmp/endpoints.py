"""Which requests Financial Modeling Prep is asked. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ingestion.answers import Outcome
from ingestion.planning import DAY, Endpoint, Request, Want, Window, batches
from ingestion.plans import Terms
from ingestion.universe import Instrument

_SOURCE = "fmp"
_NEW_YORK = ZoneInfo("America/New_York")
_AS_TRADED = "non-split-adjusted"
# Only these have splits: for the rest the one series there is holds prices as traded.
_WITH_SPLITS = frozenset({"equity", "etf"})
_MINUTES = {"1min": 1, "5min": 5}
_MINUTES_PER_DAY = {"XNYS": 390}
# An answer to these tells of all there are: they take no symbols.
_WHOLE_CLASSES = {"index": "batch-index-quotes", "commodity": "batch-commodity-quotes"}


def _symbol(instrument: Instrument) -> str | None:
    return instrument.fmp_symbol


def _company_symbol(instrument: Instrument) -> str | None:
    return _symbol(instrument) if instrument.asset_class in _WITH_SPLITS else None


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
    """Return the requests for bars within the day, as many days at once as an answer holds."""
    return [
        _chart(want.symbol, window, terms, _price_series(want.instrument))
        for want in wants
        for window in _new_york_days(want.window, _days_per_answer(want, terms))
    ]


def older_days(request: Request, outcome: Outcome, terms: Terms) -> list[Request]:
    """Return the request for the days before those of an answer that was full."""
    (symbol,) = request.symbols
    part = outcome.slices[symbol]
    if part.rows < terms.page_size or part.oldest is None:
        return []
    last_day = part.oldest[:10]
    if not request.params["from"] <= last_day < request.params["to"]:
        return []
    return [replace(request, params={**request.params, "to": last_day})]


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


def quote_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for the latest quotes: in batches where the plan has them."""
    if terms.symbols_per_request == 1:
        return [_quotes("quote", {"symbol": want.symbol}, [want]) for want in wants]
    requests = []
    for path in (*_WHOLE_CLASSES.values(), "batch-quote"):
        some = [want for want in wants if _quote_path(want.instrument) == path]
        for batch in batches(some, terms.symbols_per_request):
            params = {"symbols": ",".join(want.symbol for want in batch)}
            is_whole = path in _WHOLE_CLASSES.values()
            requests.append(_quotes(path, {"short": "false"} if is_whole else params, batch))
    return requests


def _list_of(resource: str, path: str) -> Callable[[Sequence[Want], Terms], list[Request]]:
    def requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
        return [Request(_SOURCE, resource, path, {}, (), want.window) for want in wants]

    return requests


def _chart(symbol: str, window: Window, terms: Terms, series: str) -> Request:
    params = {
        "symbol": symbol,
        "from": _new_york_day(window.start).isoformat(),
        "to": _new_york_day(window.end - timedelta(microseconds=1)).isoformat(),
    }
    return Request(
        _SOURCE,
        "intraday_prices",
        f"historical-chart/{terms.interval}",
        params | ({"nonadjusted": "true"} if series == _AS_TRADED else {}),
        (symbol,),
        window,
        interval=terms.interval,
    )


def _days_per_answer(want: Want, terms: Terms) -> int:
    calendar = want.instrument.calendar if want.instrument is not None else None
    minutes = _MINUTES_PER_DAY.get(calendar or "", 1440)
    return max(1, terms.page_size * _MINUTES[terms.interval] // minutes)


def _new_york_days(window: Window, size: int) -> Iterator[Window]:
    """Cut a window at midnights of New York, whose days the dates of a request name."""
    start = window.start
    while start < window.end:
        midnight = datetime.combine(_new_york_day(start) + size * DAY, time(), _NEW_YORK)
        end = min(midnight.astimezone(start.tzinfo), window.end)
        yield Window(start, end)
        start = end


def _new_york_day(instant: datetime) -> date:
    return instant.astimezone(_NEW_YORK).date()


def _quotes(path: str, params: dict[str, str], wants: Sequence[Want]) -> Request:
    symbols = tuple(want.symbol for want in wants)
    return Request(_SOURCE, "quotes", path, params, symbols, wants[0].window)


def _quote_path(instrument: Instrument | None) -> str:
    asset_class = "" if instrument is None else instrument.asset_class
    return _WHOLE_CLASSES.get(asset_class, "batch-quote")


def _price_series(instrument: Instrument | None) -> str:
    has_splits = instrument is not None and instrument.asset_class in _WITH_SPLITS
    return _AS_TRADED if has_splits else "full"


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
    Endpoint("quotes", _symbol, quote_requests, kind="snapshot"),
    Endpoint(
        "sp500_constituents",
        None,
        _list_of("sp500_constituents", "sp500-constituent"),
        kind="snapshot",
    ),
    Endpoint(
        "sp500_constituent_changes",
        None,
        _list_of("sp500_constituent_changes", "historical-sp500-constituent"),
        kind="snapshot",
    ),
    Endpoint("intraday_prices", _symbol, intraday_requests, older_days),
)
