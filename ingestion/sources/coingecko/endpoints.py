"""Which requests CoinGecko is asked. Pure.

Lists take commas without blanks: what follows a blank is left out of the answer without a word.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import ceil

from ingestion.planning import DAY, Endpoint, Request, Want, batches
from ingestion.plans import Terms
from ingestion.universe import Instrument

_SOURCE = "coingecko"
_CURRENCY = "usd"
# A range of 90 days or less is answered hourly, a longer one daily.
_SHORTEST_DAILY_RANGE = timedelta(days=92)
_MOST_DAYS = 3650


def _coin(instrument: Instrument) -> str | None:
    return instrument.coingecko_id


def market_requests(wants: Sequence[Want], terms: Terms) -> list[Request]:
    """Return the requests for the coins' present markets."""
    return [
        Request(
            _SOURCE,
            "coin_markets",
            "coins/markets",
            {
                "vs_currency": _CURRENCY,
                "ids": ",".join(want.symbol for want in batch),
                "order": "id_asc",
                "per_page": str(terms.page_size),
                "page": "1",
            },
            tuple(want.symbol for want in batch),
            batch[0].window,
        )
        for batch in batches(wants, min(terms.symbols_per_request, terms.page_size))
    ]


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


ENDPOINTS = (
    Endpoint("coin_markets", _coin, market_requests, kind="snapshot"),
    Endpoint("market_chart", _coin, chart_requests),
    Endpoint("ohlc", _coin, ohlc_requests, kind="snapshot"),
)
