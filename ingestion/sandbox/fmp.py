"""The wire format of FMP stable: indented JSON arrays, newest first, numbers as JavaScript writes.

An unknown symbol and an empty window are both an empty array. `change` of an end-of-day row is
close less open, that of a quote close less previous close, and `vwap` is the mean of the four
prices: so FMP has it.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import islice

import numpy as np

from ingestion.sandbox.bars import Bars
from ingestion.sandbox.calendar import NEW_YORK, instant
from ingestion.sandbox.instruments import FMP_SECTORS, TICKER_CHANGES, Instrument
from ingestion.sandbox.macro import TREASURY_COLUMNS, treasury_rates
from ingestion.sandbox.market import MarketView
from ingestion.sandbox.noise import Floats
from ingestion.sandbox.wire import JSON_TYPE, REFUSED_KEY, Answer, Request, Route, indented, listed
from ingestion.sandbox.wire import day as day_in
from ingestion.sandbox.wire import whole_number as number

_INTERVALS = {"1min": 1, "5min": 5, "15min": 15, "30min": 30, "1hour": 60, "4hour": 240}
_MOST_INTRADAY_ROWS = 450
_MOST_DAILY_ROWS = 5000
_DEFAULT_YEARS = 5
_TREASURY_DAYS = 90
_YEAR_OF_SESSIONS = 252
_EARLIEST = date(1900, 1, 1)


class _RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def answer(request: Request) -> Answer:
    """Answer one request below the base URL of FMP."""
    try:
        return _routed(request)
    except _RefusalError as refusal:
        text = json.dumps({"Error Message": str(refusal)}, indent=2)
        return Answer(text.encode(), refusal.status, JSON_TYPE)


def _routed(request: Request) -> Answer:
    found = _ROUTES.get(request.path)
    if found is None:
        raise _RefusalError(404, f"Not Found . There is no endpoint /stable/{request.path}")
    if REFUSED_KEY in {request.query.get("apikey"), request.headers.get("apikey")}:
        raise _RefusalError(
            401,
            "Invalid API KEY. Feel free to create a Free API Key or visit "
            "https://site.financialmodelingprep.com/faqs?search=why-is-my-api-key-invalid "
            "for more information.",
        )
    return found(request)


def _symbol(request: Request) -> Instrument | None:
    symbol = request.query.get("symbol", "")
    if not symbol:
        raise _RefusalError(400, "Query Error: Invalid or missing query parameter - symbol")
    return request.view.by_fmp_symbol.get(symbol.upper())


def _date(request: Request, name: str, default: date) -> date:
    given = day_in(request.query.get(name), default)
    if given is None:
        raise _RefusalError(400, f"Query Error: Invalid or missing query parameter - {name}")
    return max(given, _EARLIEST)


def _limit(request: Request, default: int) -> int:
    limit = number(request.query.get("limit"), default)
    if limit is None:
        raise _RefusalError(400, "Query Error: Invalid or missing query parameter - limit")
    return limit


# ---------------------------------------------------------------- end of day

_Row = dict[str, str | float | None]
_Shape = Callable[[Request, Instrument, Bars, slice, list[str]], list[_Row]]


def _end_of_day(shape: _Shape) -> Route:
    def route(request: Request) -> Answer:
        one = _symbol(request)
        if one is None:
            return indented([])
        view = request.view
        end = _date(request, "to", date(9999, 1, 1))
        latest = min(end, view.now.date())
        start = _date(request, "from", _years_before(latest, _DEFAULT_YEARS))
        times, first = view.sessions_of(one), view.first(one)
        bars = view.daily(one)
        stop = min(max(times.after(end) - first, 0), len(bars))
        begin = max(times.at_or_after(start) - first, stop - _MOST_DAILY_ROWS, 0)
        chosen = slice(begin, max(stop, begin))
        rows = shape(request, one, bars, chosen, times.dates[first:][chosen])
        return indented(reversed(rows))

    return route


def _full(
    request: Request, one: Instrument, bars: Bars, chosen: slice, dates: list[str]
) -> list[_Row]:
    symbol = request.query["symbol"].upper()
    factor = request.view.split_factor(one)
    opens, highs, lows, closes = _prices(one, bars, factor, chosen)
    volumes = np.rint(bars.volume * factor)[chosen].tolist()
    return [
        {
            "symbol": symbol,
            "date": day,
            "open": opened,
            "high": high,
            "low": low,
            "close": close,
            "volume": volume,
            "change": round(close - opened, 6),
            "changePercent": round(100.0 * (close - opened) / opened, 8),
            "vwap": round((opened + high + low + close) / 4.0, 6),
        }
        for day, opened, high, low, close, volume in zip(
            dates, opens, highs, lows, closes, volumes, strict=True
        )
    ]


def _light(
    request: Request, one: Instrument, bars: Bars, chosen: slice, dates: list[str]
) -> list[_Row]:
    symbol = request.query["symbol"].upper()
    factor = request.view.split_factor(one)
    closes = _prices(one, bars, factor, chosen)[3]
    volumes = np.rint(bars.volume * factor)[chosen].tolist()
    return [
        {"symbol": symbol, "date": day, "price": close, "volume": volume}
        for day, close, volume in zip(dates, closes, volumes, strict=True)
    ]


def _dividend_adjusted(
    request: Request, one: Instrument, bars: Bars, chosen: slice, dates: list[str]
) -> list[_Row]:
    factor = request.view.split_factor(one)
    prices = _prices(one, bars, factor / request.view.dividend_factor(one), chosen)
    return _adjusted_rows(request, prices, np.rint(bars.volume * factor)[chosen], dates)


def _non_split_adjusted(
    request: Request, one: Instrument, bars: Bars, chosen: slice, dates: list[str]
) -> list[_Row]:
    prices = _prices(one, bars, np.ones(len(bars)), chosen)
    return _adjusted_rows(request, prices, bars.volume[chosen].astype(np.float64), dates)


def _adjusted_rows(
    request: Request, prices: list[list[float]], volumes: Floats, dates: list[str]
) -> list[_Row]:
    """Return rows whose names say `adj`, whichever adjustment the endpoint stands for."""
    symbol = request.query["symbol"].upper()
    return [
        {
            "symbol": symbol,
            "date": day,
            "adjOpen": opened,
            "adjHigh": high,
            "adjLow": low,
            "adjClose": close,
            "volume": volume,
        }
        for day, opened, high, low, close, volume in zip(
            dates, *prices, volumes.tolist(), strict=True
        )
    ]


def _prices(one: Instrument, bars: Bars, divisor: Floats, chosen: slice) -> list[list[float]]:
    scale = 10.0**one.decimals * divisor[chosen]
    digits = max(one.decimals, 6)
    return [
        np.round(column[chosen] / scale, digits).tolist()
        for column in (bars.open, bars.high, bars.low, bars.close)
    ]


def _years_before(day: date, years: int) -> date:
    return day - timedelta(days=round(365.25 * years))


# ---------------------------------------------------------------- intraday


def _chart(interval: str) -> Route:
    step = _INTERVALS[interval]

    def route(request: Request) -> Answer:
        one = _symbol(request)
        if one is None:
            return indented([])
        view, times = request.view, request.view.sessions_of(one)
        end = _date(request, "to", view.today)
        start = _date(request, "from", min(end, view.today) - timedelta(days=7))
        begins_at = instant(start, 0, 0, NEW_YORK).timestamp()
        ends_at = instant(min(end, view.today) + timedelta(days=1), 0, 0, NEW_YORK).timestamp()
        first = int(np.searchsorted(times.closes, begins_at, side="right"))
        last = int(np.searchsorted(times.opens, ends_at, side="left"))
        shortest = int(times.minutes[:last].min(initial=1440))
        first = max(first, last - _MOST_INTRADAY_ROWS // max(shortest // step, 1) - 2)
        bars = view.intraday(one, step, first, last)
        inside = np.flatnonzero((bars.start >= begins_at) & (bars.start < ends_at))
        inside = inside[-_MOST_INTRADAY_ROWS:]
        if len(inside) == 0:
            return indented([])
        bars = bars.take(slice(int(inside[0]), int(inside[-1]) + 1))
        factor = np.ones(len(bars))
        if request.query.get("nonadjusted", "false").lower() != "true":
            factor = view.split_factor(one)[bars.session - view.first(one)]
        opens, highs, lows, closes = _prices(one, bars, factor, slice(None))
        volumes = np.rint(bars.volume * factor).tolist()
        stamps = [
            datetime.fromtimestamp(start, NEW_YORK).strftime("%Y-%m-%d %H:%M:%S")
            for start in bars.start.tolist()
        ]
        rows = [
            {"date": stamp, "open": opened, "low": low, "high": high, "close": close, "volume": v}
            for stamp, opened, low, high, close, v in zip(
                stamps, opens, lows, highs, closes, volumes, strict=True
            )
        ]
        return indented(reversed(rows))

    return route


# ---------------------------------------------------------------- quotes


def _quote_row(view: MarketView, symbol: str, one: Instrument) -> _Row:
    bars = view.daily(one)
    factor = view.split_factor(one)
    opens, highs, lows, closes = _prices(one, bars, factor, slice(-_YEAR_OF_SESSIONS, None))
    price, previous = closes[-1], closes[-2] if len(closes) > 1 else opens[-1]
    times = view.sessions_of(one)
    closes_at = int(times.closes[bars.session[-1]])
    company, coin = one.company, one.coin
    market_cap: float | None = None
    if company is not None:
        market_cap = float(round(price * _shares(view, one)))
    elif coin is not None:
        market_cap = float(round(price * coin.circulating_supply))
    exchanges = {"index": "INDEX", "commodity": "COMMODITY", "fx": "FOREX", "crypto": "CRYPTO"}
    return {
        "symbol": symbol,
        "name": one.name if coin is None else f"{one.name} USD",
        "price": price,
        "changePercentage": round(100.0 * (price / previous - 1.0), 5),
        "change": round(price - previous, 6),
        "volume": float(bars.volume[-1]),
        "dayLow": lows[-1],
        "dayHigh": highs[-1],
        "yearHigh": max(highs),
        "yearLow": min(lows),
        "marketCap": market_cap,
        "priceAvg50": round(float(np.mean(closes[-50:])), 6),
        "priceAvg200": round(float(np.mean(closes[-200:])), 6),
        "exchange": company.exchange if company else exchanges[one.asset_class],
        "open": opens[-1],
        "previousClose": previous,
        "timestamp": min(int(view.now.timestamp()), closes_at),
    }


def _shares(view: MarketView, one: Instrument) -> float:
    """Return the shares of a company, which its splits multiply."""
    shares = one.company.shares if one.company else 0.0
    for split in view.splits_of(one):
        shares *= split.ratio
    return shares


def _short(row: _Row) -> _Row:
    return {name: row[name] for name in ("symbol", "price", "change", "volume")}


def _quote(request: Request) -> Answer:
    one = _symbol(request)
    symbol = request.query["symbol"].upper()
    return indented([] if one is None else [_quote_row(request.view, symbol, one)])


def _quote_short(request: Request) -> Answer:
    one = _symbol(request)
    symbol = request.query["symbol"].upper()
    return indented([] if one is None else [_short(_quote_row(request.view, symbol, one))])


def _named(request: Request) -> list[_Row]:
    symbols = listed(request.query.get("symbols", "").upper())
    if not symbols:
        raise _RefusalError(400, "Query Error: Invalid or missing query parameter - symbols")
    known = request.view.by_fmp_symbol
    return [_quote_row(request.view, name, known[name]) for name in symbols if name in known]


def _batch_quote(request: Request) -> Answer:
    return indented(_named(request))


def _batch_quote_short(request: Request) -> Answer:
    return indented(_short(row) for row in _named(request))


def _class_quotes(asset_class: str) -> Route:
    def route(request: Request) -> Answer:
        rows = [
            _quote_row(request.view, symbol, one)
            for symbol, one in request.view.by_fmp_symbol.items()
            if one.asset_class == asset_class
        ]
        is_short = request.query.get("short", "true").lower() != "false"
        return indented(_short(row) for row in rows) if is_short else indented(rows)

    return route


# ---------------------------------------------------------------- reference


def _treasury_rates(request: Request) -> Answer:
    view = request.view
    end = min(_date(request, "to", view.today), view.today)
    start = _date(request, "from", end - timedelta(days=_TREASURY_DAYS))
    start = max(start, end - timedelta(days=_TREASURY_DAYS))
    rows = [
        {"date": day.isoformat(), **dict(zip(TREASURY_COLUMNS, rates, strict=True))}
        for day, rates in treasury_rates(view, start, end)
    ]
    return indented(reversed(rows))


def _profile(request: Request) -> Answer:
    one = _symbol(request)
    if one is None or one.company is None:
        return indented([])
    view, company = request.view, one.company
    quote = _quote_row(view, request.query["symbol"].upper(), one)
    number_in_files = list(view.market.instruments).index(one.key) + 1
    dividends = view.dividends_of(one)
    volumes = view.daily(one).volume[-50:]
    is_fund = one.asset_class == "etf"
    city, _, state = (company.headquarters or "").partition(", ")
    if not city and is_fund:
        city, state = "New York", "New York"
    renamed = TICKER_CHANGES.get(one.key)
    name = one.name
    if renamed and view.today < date(2021, 12, 10):
        name = "Square, Inc."
    full_names = {"NASDAQ": "NASDAQ Global Select", "NYSE": "New York Stock Exchange"}
    return indented(
        [
            {
                "symbol": quote["symbol"],
                "price": quote["price"],
                "marketCap": quote["marketCap"],
                "beta": round(one.factor_beta, 3),
                "lastDividend": round(4.0 * dividends[-1].amount, 3) if dividends else 0.0,
                "range": f"{quote['yearLow']}-{quote['yearHigh']}",
                "change": quote["change"],
                "changePercentage": quote["changePercentage"],
                "volume": quote["volume"],
                "averageVolume": float(round(float(volumes.mean()))),
                "companyName": name,
                "currency": "USD",
                "cik": f"{9_000_000 + number_in_files:010d}",
                "isin": None,
                "cusip": None,
                "exchangeFullName": "New York Stock Exchange Arca"
                if company.mic_code == "ARCX"
                else full_names[company.exchange],
                "exchange": company.exchange,
                "industry": "Asset Management" if is_fund else company.industry,
                "website": None,
                "description": f"{name} as the MarketFlow sandbox imagines it: the name is real, "
                "every number is synthetic.",
                "ceo": None,
                "sector": "Financial Services"
                if is_fund
                else FMP_SECTORS.get(company.sector or ""),
                "country": "GB" if state == "United Kingdom" else "US",
                "fullTimeEmployees": None if is_fund else str(1000 * (5 + number_in_files)),
                "phone": None,
                "address": None,
                "city": city or None,
                "state": state or None,
                "zip": None,
                "image": f"https://images.financialmodelingprep.com/symbol/{quote['symbol']}.png",
                "ipoDate": one.listed_on.isoformat(),
                "defaultImage": False,
                "isEtf": is_fund,
                "isActivelyTrading": True,
                "isAdr": False,
                "isFund": False,
            }
        ]
    )


def _stock_list(request: Request) -> Answer:
    return indented(
        {"symbol": symbol, "companyName": one.name}
        for symbol, one in request.view.by_fmp_symbol.items()
        if one.company is not None
    )


def _splits(request: Request) -> Answer:
    one = _symbol(request)
    if one is None:
        return indented([])
    symbol = request.query["symbol"].upper()
    newest_first = reversed(request.view.splits_of(one))
    return indented(
        {
            "symbol": symbol,
            "date": split.ex_date.isoformat(),
            "numerator": split.numerator,
            "denominator": split.denominator,
            "splitType": "stock-split",
        }
        for split in islice(newest_first, _limit(request, 1000))
    )


def _dividends(request: Request) -> Answer:
    one = _symbol(request)
    if one is None:
        return indented([])
    view = request.view
    symbol = request.query["symbol"].upper()
    factor = view.split_factor(one)
    closes = view.market.daily(one).close / 10.0**one.decimals
    paid = view.dividends_of(one)
    rows: list[_Row] = []
    for position, dividend in enumerate(paid):
        year = sum(other.amount for other in paid[max(position - 3, 0) : position + 1])
        after = min(dividend.index - view.first(one), len(factor) - 1)
        rows.append(
            {
                "symbol": symbol,
                "date": dividend.ex_date.isoformat(),
                "recordDate": dividend.record_date.isoformat(),
                "paymentDate": dividend.payment_date.isoformat(),
                "declarationDate": dividend.declaration_date.isoformat(),
                "adjDividend": round(dividend.amount / float(factor[after]), 6),
                "dividend": dividend.amount,
                "yield": round(100.0 * year / float(closes[dividend.index - 1]), 6),
                "frequency": "Quarterly",
            }
        )
    return indented(islice(reversed(rows), _limit(request, 1000)))


def _constituents(request: Request) -> Answer:
    rows: list[_Row] = []
    for number_in_files, one in enumerate(request.view.market.instruments.values(), start=1):
        company = one.company
        joined = company.joined_sp500_on if company else None
        if company is None or joined is None or joined > request.view.today:
            continue
        if one not in request.view.instruments:
            continue
        rows.append(
            {
                "symbol": one.fmp_symbol_on(request.view.today),
                "name": one.name,
                "sector": company.sector,
                "subSector": company.industry,
                "headQuarter": company.headquarters,
                "dateFirstAdded": joined.isoformat(),
                "cik": f"{9_000_000 + number_in_files:010d}",
                "founded": company.founded,
            }
        )
    return indented(sorted(rows, key=lambda row: str(row["dateFirstAdded"]), reverse=True))


def _past_constituents(request: Request) -> Answer:
    """Return the changes of membership since 2015 that touch the sandbox's own companies."""
    rows: list[_Row] = []
    for one in request.view.instruments:
        company = one.company
        joined = company.joined_sp500_on if company else None
        if company is None or joined is None or not date(2015, 1, 2) <= joined:
            continue
        if joined > request.view.today:
            continue
        rows.append(
            {
                "dateAdded": f"{joined:%B} {joined.day}, {joined.year}",
                "addedSecurity": one.name,
                "removedTicker": company.replaced_symbol or "",
                "removedSecurity": company.replaced_name or "",
                "date": joined.isoformat(),
                "symbol": one.fmp_symbol,
                "reason": "Market capitalization change.",
            }
        )
    return indented(sorted(rows, key=lambda row: str(row["date"]), reverse=True))


_ROUTES: dict[str, Route] = {
    "historical-price-eod/full": _end_of_day(_full),
    "historical-price-eod/light": _end_of_day(_light),
    "historical-price-eod/dividend-adjusted": _end_of_day(_dividend_adjusted),
    "historical-price-eod/non-split-adjusted": _end_of_day(_non_split_adjusted),
    **{f"historical-chart/{interval}": _chart(interval) for interval in _INTERVALS},
    "quote": _quote,
    "quote-short": _quote_short,
    "batch-quote": _batch_quote,
    "batch-quote-short": _batch_quote_short,
    "batch-index-quotes": _class_quotes("index"),
    "batch-commodity-quotes": _class_quotes("commodity"),
    "batch-crypto-quotes": _class_quotes("crypto"),
    "batch-forex-quotes": _class_quotes("fx"),
    "batch-etf-quotes": _class_quotes("etf"),
    "treasury-rates": _treasury_rates,
    "profile": _profile,
    "stock-list": _stock_list,
    "splits": _splits,
    "dividends": _dividends,
    "sp500-constituent": _constituents,
    "historical-sp500-constituent": _past_constituents,
}
