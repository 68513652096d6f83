"""Which requests CoinGecko is asked. Pure.

Lists take commas without blanks: what follows a blank is left out of the answer without a word.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil

from ingestion.planning import DAY, Endpoint, Request, Want, Window, batches
from ingestion.plans import Terms
from ingestion.universe import Instrument

_SOURCE = "coingecko"
_CURRENCY = "usd"
# A range of 90 days or less is answered hourly, a longer one daily.
_SHORTEST_DAILY_RANGE = timedelta(days=92)
_MOST_DAYS = 3650


def _coin(instrument: Instrument) -> str | None:
    return instrument.coingecko_id


def coin_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the request for the list of all coins, which is one answer."""
    return [Request(_SOURCE, "coins", "coins/list", {}, (), want.window) for want in wants]


def market_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for the coins' present markets, and for the largest of all coins."""
    named = [want for want in wants if want.symbol]
    requests = [
        _markets(
            {
                "ids": ",".join(want.symbol for want in batch),
                "order": "id_asc",
                "per_page": str(terms.page_size),
                "page": "1",
            },
            tuple(want.symbol for want in batch),
            batch[0].window,
        )
        for batch in batches(named, min(terms.symbols_per_request, terms.page_size))
    ]
    for want in wants:
        if not want.symbol:
            requests += _largest(want, terms)
    return requests


def _largest(want: Want, terms: Terms) -> list[Request]:
    """Return the pages of the largest coins, all of one length so that they join.

    The ranking moves between two pages: a coin that comes twice is one row, of its last update.
    """
    pages = ceil(terms.largest / terms.page_size)
    return [
        _markets(
            {
                "order": "market_cap_desc",
                "per_page": str(ceil(terms.largest / pages)),
                "page": str(page),
            },
            (),
            want.window,
        )
        for page in range(1, pages + 1)
    ]


def _markets(params: dict[str, str], coins: tuple[str, ...], window: Window) -> Request:
    params = {"vs_currency": _CURRENCY} | params
    return Request(_SOURCE, "coin_markets", "coins/markets", params, coins, window)


def chart_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the requests for daily prices, market capitalisations and volumes."""
    return [_chart(want) for want in wants]


def _chart(want: Want) -> Request:
    window = want.window
    path = f"coins/{want.symbol}/market_chart"
    params = {"vs_currency": _CURRENCY}
    if want.is_up_to_now:
        params["interval"] = "daily"
        days = ceil((window.end - window.start) / DAY)
        params["days"] = str(days) if days <= _MOST_DAYS else "max"
    else:
        path += "/range"
        start = min(window.start, window.end - _SHORTEST_DAILY_RANGE)
        params["from"] = str(int(start.timestamp()))
        params["to"] = str(int(window.end.timestamp()))
    return Request(_SOURCE, "market_chart", path, params, (want.symbol,), window)


def ohlc_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for the latest candles."""
    return [
        Request(
            _SOURCE,
            "ohlc",
            f"coins/{want.symbol}/ohlc",
            {"vs_currency": _CURRENCY, "days": terms.days},
            (want.symbol,),
            want.window,
        )
        for want in wants
    ]


def global_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:  # noqa: ARG001
    """Return the request for the market as a whole."""
    return [Request(_SOURCE, "global", "global", {}, (), want.window) for want in wants]


ENDPOINTS = (
    Endpoint("coin_markets", _coin, market_requests, kind="snapshot"),
    Endpoint("market_chart", _coin, chart_requests),
    Endpoint("ohlc", _coin, ohlc_requests, kind="snapshot"),
    Endpoint("coins", None, coin_requests, kind="snapshot"),
    Endpoint("global", None, global_requests, kind="snapshot"),
)
