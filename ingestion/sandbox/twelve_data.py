"""The wire format of Twelve Data: strings for prices, newest first, errors in a JSON envelope.

Client errors 400 and 404 come inside HTTP 200, the others with their own status: both happen.
"""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from ingestion.sandbox.bars import Bars
from ingestion.sandbox.calendar import NEW_YORK, date_of
from ingestion.sandbox.instruments import Instrument
from ingestion.sandbox.market import MarketView
from ingestion.sandbox.noise import Floats
from ingestion.sandbox.wire import REFUSED_KEY, Answer, Request, Route, compact, listed
from ingestion.sandbox.wire import whole_number as number

# Minutes of each interval that is served; 1day is apart.
_INTERVALS = {
    "1min": 1,
    "5min": 5,
    "15min": 15,
    "30min": 30,
    "45min": 45,
    "1h": 60,
    "2h": 120,
    "4h": 240,
}
_MOST_ROWS = 5000
_DEFAULT_ROWS = 30
_MOST_SYMBOLS = 120
# A spot metal is a little cheaper than the front-month future that FMP quotes.
_SPOT_DISCOUNT = 0.996
_AVERAGED_VOLUMES = 9
_YEAR_OF_SESSIONS = 252
_CREDITS_LEFT = 1_000_000
_NO_EXCHANGE = "Physical Currency"

_NO_DATA = "No data is available on the specified dates. Try setting different start/end dates."


class _RefusalError(Exception):
    """A request, or one symbol of it, that is answered with an error envelope."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.envelope: dict[str, object] = {"code": code, "message": message, "status": "error"}
        self.code = code


_Builder = Callable[[Request, str], dict[str, object]]


def answer(request: Request) -> Answer:
    """Answer one request below the base URL of Twelve Data."""
    lowered = {name.lower(): value for name, value in request.query.items()}
    request = Request(request.path, lowered, request.headers, request.view)
    credit_count = max(len(listed(lowered.get("symbol", ""))), 1)
    try:
        given = _routed(request)
    except _RefusalError as refusal:
        is_inside = refusal.code in {400, 404} and request.path in _ROUTES
        given = compact(refusal.envelope, 200 if is_inside else refusal.code)
    spent = {"api-credits-used": str(credit_count), "api-credits-left": str(_CREDITS_LEFT)}
    return Answer(given.body, given.status, given.content_type, {**given.headers, **spent})


def _routed(request: Request) -> Answer:
    found = _ROUTES.get(request.path)
    if found is None:
        raise _RefusalError(404, f"The requested endpoint /{request.path} was not found.")
    if _key(request) == REFUSED_KEY:
        raise _RefusalError(
            401,
            "**apikey** parameter is incorrect or not specified. You can get your free API "
            "key instantly following this link: https://twelvedata.com/pricing. If you "
            "believe that everything is correct, you can contact us at "
            "https://twelvedata.com/contact/customer",
        )
    return found(request)


def _key(request: Request) -> str | None:
    authorization = request.headers.get("authorization", "")
    if authorization.lower().startswith("apikey "):
        return authorization[len("apikey ") :].strip()
    return request.query.get("apikey")


def _for_each_symbol(request: Request, build: _Builder) -> Answer:
    """Answer for one symbol with its body, for several with a body for each requested string."""
    symbols = listed(request.query.get("symbol", ""))
    if not symbols:
        raise _RefusalError(400, "**symbol** or **figi** parameter is missing or invalid")
    if len(symbols) > _MOST_SYMBOLS:
        raise _RefusalError(
            414, f"**symbol** parameter holds too many items: at most {_MOST_SYMBOLS} are allowed"
        )
    if len(symbols) == 1:
        return compact(build(request, symbols[0]))
    bodies: dict[str, object] = {}
    for symbol in symbols:
        try:
            bodies[symbol] = build(request, symbol)
        except _RefusalError as refusal:
            bodies[symbol] = refusal.envelope
    batch = compact(bodies)
    return Answer(batch.body, batch.status, batch.content_type, {"Is_batch": "true"})


def _instrument(view: MarketView, symbol: str) -> Instrument:
    found = view.by_twelve_data_symbol.get(symbol.partition(":")[0].upper())
    if found is None:
        raise _RefusalError(
            400,
            f"**symbol** not found: {symbol}. Please specify it correctly according to API "
            "Documentation.",
        )
    return found


# ---------------------------------------------------------------- /time_series


def _time_series(request: Request) -> Answer:
    return _for_each_symbol(request, _one_series)


def _one_series(request: Request, symbol: str) -> dict[str, object]:
    interval = request.query.get("interval", "")
    if interval not in _INTERVALS and interval != "1day":
        raise _RefusalError(
            400,
            f"Invalid **interval** provided: {interval}. Supported intervals: "
            f"{', '.join(_INTERVALS)}, 1day",
        )
    one = _instrument(request.view, symbol)
    if interval == "1day":
        values = _daily_values(request, one)
    else:
        values = _intraday_values(request, one, _INTERVALS[interval])
    if not values:
        raise _RefusalError(400, _NO_DATA)
    if request.query.get("order", "desc").lower() != "asc":
        values.reverse()
    return {"meta": _meta(one, symbol, interval), "values": values, "status": "ok"}


def _daily_values(request: Request, one: Instrument) -> list[dict[str, str]]:
    start = _boundary(request.query.get("start_date"), UTC, datetime(1970, 1, 1, tzinfo=UTC))
    end = _boundary(request.query.get("end_date"), UTC, datetime(9999, 1, 1, tzinfo=UTC))
    view = request.view
    bars = view.daily(one)
    divisor = _divisor(request, one)
    first = view.first(one)
    times = view.sessions_of(one)
    begin = max(times.at_or_after(start.date()) - first, 0)
    stop = min(max(times.after(end.date()) - first, 0), len(bars))
    chosen = slice(max(begin, stop - _row_count(request)), stop)
    stamps = times.dates[first:][chosen]
    return _values(request, one, bars.take(chosen), stamps, divisor[chosen])


def _intraday_values(request: Request, one: Instrument, step: int) -> list[dict[str, str]]:
    zone = _zone(request, one)
    view, times = request.view, request.view.sessions_of(one)
    start = _boundary(request.query.get("start_date"), zone, datetime(1970, 1, 1, tzinfo=UTC))
    end = min(
        _boundary(request.query.get("end_date"), zone, datetime(9999, 1, 1, tzinfo=UTC)), view.now
    )
    rows = _row_count(request)
    last = int(np.searchsorted(times.opens, end.timestamp(), side="right"))
    begin = int(np.searchsorted(times.closes, start.timestamp(), side="right"))
    sessions_needed = rows // max(int(times.minutes[:last].min(initial=1440)) // step, 1) + 2
    bars = view.intraday(one, step, max(begin, last - sessions_needed), last)
    is_inside = (bars.start >= start.timestamp()) & (bars.start <= end.timestamp())
    inside = np.flatnonzero(is_inside)[-rows:]
    if len(inside) == 0:
        return []
    chosen = bars.take(slice(int(inside[0]), int(inside[-1]) + 1))
    return _values(request, one, chosen, _stamps(chosen, zone), np.ones(len(chosen)))


def _values(
    request: Request, one: Instrument, bars: Bars, stamps: list[str], divisor: Floats
) -> list[dict[str, str]]:
    digits = _digits(request, one)
    scale = 10.0**one.decimals * divisor
    if one.asset_class == "commodity":
        scale = scale / _SPOT_DISCOUNT
    prices = [
        [f"{price:.{digits}f}" for price in (column / scale).tolist()]
        for column in (bars.open, bars.high, bars.low, bars.close)
    ]
    names = ("datetime", "open", "high", "low", "close")
    if not _has_volume(one):
        return [dict(zip(names, row, strict=True)) for row in zip(stamps, *prices, strict=True)]
    volumes = [str(volume) for volume in bars.volume.tolist()]
    rows = zip(stamps, *prices, volumes, strict=True)
    return [dict(zip((*names, "volume"), row, strict=True)) for row in rows]


def _divisor(request: Request, one: Instrument) -> Floats:
    """Return what each daily price is divided by; volumes stay as traded."""
    adjust = request.query.get("adjust", "splits").lower()
    if adjust not in {"all", "splits", "dividends", "none"}:
        raise _RefusalError(400, f"Invalid **adjust** provided: {adjust}")
    view = request.view
    divisor = np.ones(max(view.begun(one) - view.first(one), 0))
    if adjust in {"all", "splits"}:
        divisor = divisor * view.split_factor(one)
    if adjust in {"all", "dividends"}:
        divisor = divisor / view.dividend_factor(one)
    return divisor


def _meta(one: Instrument, symbol: str, interval: str) -> dict[str, str]:
    if one.company is not None:
        return {
            "symbol": symbol,
            "interval": interval,
            "currency": "USD",
            "exchange_timezone": "America/New_York",
            "exchange": one.company.exchange,
            "mic_code": one.company.mic_code,
            "type": "ETF" if one.asset_class == "etf" else "Common Stock",
        }
    base, quote = (one.base_currency_name or "", _quote_currency(one))
    if one.asset_class == "crypto":
        return {
            "symbol": symbol,
            "interval": interval,
            "currency_base": base,
            "currency_quote": quote,
            "exchange": "Coinbase Pro",
            "type": "Digital Currency",
        }
    return {
        "symbol": symbol,
        "interval": interval,
        "currency_base": base,
        "currency_quote": quote,
        "type": _NO_EXCHANGE,
    }


def _quote_currency(one: Instrument) -> str:
    return "Japanese Yen" if one.key == "USDJPY" else "US Dollar"


def _has_volume(one: Instrument) -> bool:
    return one.company is not None


def _row_count(request: Request) -> int:
    has_dates = "start_date" in request.query or "end_date" in request.query
    count = number(request.query.get("outputsize"), _MOST_ROWS if has_dates else _DEFAULT_ROWS)
    if count is None or not 1 <= count <= _MOST_ROWS:
        raise _RefusalError(400, f"**outputsize** parameter must be in the range 1 to {_MOST_ROWS}")
    return count


def _digits(request: Request, one: Instrument) -> int:
    digits = number(request.query.get("dp"), max(5, one.decimals))
    if digits is None or digits > 11:
        raise _RefusalError(400, "**dp** parameter must be in the range 0 to 11")
    return digits


def _zone(request: Request, one: Instrument) -> ZoneInfo:
    name = request.query.get("timezone", "Exchange")
    if name.lower() == "exchange":
        return NEW_YORK if one.company is not None else ZoneInfo("UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _RefusalError(400, f"Invalid **timezone** provided: {name}") from None


def _boundary(text: str | None, zone: tzinfo, default: datetime) -> datetime:
    if not text:
        return default
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _RefusalError(400, f"Invalid date provided: {text}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _stamps(bars: Bars, zone: ZoneInfo) -> list[str]:
    return [
        datetime.fromtimestamp(start, zone).strftime("%Y-%m-%d %H:%M:%S")
        for start in bars.start.tolist()
    ]


# ---------------------------------------------------------------- /quote, /price


def _quote(request: Request) -> Answer:
    return _for_each_symbol(request, _one_quote)


def _one_quote(request: Request, symbol: str) -> dict[str, object]:
    view = request.view
    one = _instrument(view, symbol)
    bars = view.daily(one)
    divisor = view.split_factor(one)
    digits = _digits(request, one)
    scale = 10.0**one.decimals * divisor
    if one.asset_class == "commodity":
        scale = scale / _SPOT_DISCOUNT
    price, low, high = bars.close / scale, bars.low / scale, bars.high / scale
    last, previous = float(price[-1]), float(price[-2] if len(price) > 1 else price[-1])
    year_low, year_high = (
        float(low[-_YEAR_OF_SESSIONS:].min()),
        float(high[-_YEAR_OF_SESSIONS:].max()),
    )

    def text(value: float) -> str:
        return f"{value:.{digits}f}"

    times = view.sessions_of(one)
    closes_at = int(times.closes[bars.session[-1]])
    last_minute = min(int(view.now.timestamp()) // 60 * 60, closes_at)
    meta = _meta(one, symbol, "1day")
    body: dict[str, object] = {"symbol": symbol, "name": _display_name(one)}
    body["exchange"] = meta.get("exchange", _NO_EXCHANGE)
    body |= {name: meta[name] for name in ("mic_code", "currency") if name in meta}
    body |= {
        "datetime": date_of(times.days[bars.session[-1]]).isoformat(),
        "timestamp": int(bars.start[-1]),
        "last_quote_at": last_minute,
        "open": text(float(bars.open[-1] / scale[-1])),
        "high": text(float(high[-1])),
        "low": text(float(low[-1])),
        "close": text(last),
    }
    if _has_volume(one):
        body["volume"] = str(int(bars.volume[-1]))
    body |= {
        "previous_close": text(previous),
        "change": text(last - previous),
        "percent_change": text(100.0 * (last / previous - 1.0)),
    }
    if _has_volume(one):
        body["average_volume"] = str(int(bars.volume[-_AVERAGED_VOLUMES:].mean()))
    if one.asset_class == "crypto":
        week = float(price[-8] if len(price) > 7 else price[0])
        body |= {
            "rolling_1d_change": text(100.0 * (last / previous - 1.0)),
            "rolling_7d_change": text(100.0 * (last / week - 1.0)),
            "rolling_period_change": text(100.0 * (last / previous - 1.0)),
        }
    body["is_market_open"] = view.is_open(one)
    body["fifty_two_week"] = {
        "low": text(year_low),
        "high": text(year_high),
        "low_change": text(last - year_low),
        "high_change": text(last - year_high),
        "low_change_percent": text(100.0 * (last / year_low - 1.0)),
        "high_change_percent": text(100.0 * (last / year_high - 1.0)),
        "range": f"{year_low:.6f} - {year_high:.6f}",
    }
    return body


def _display_name(one: Instrument) -> str:
    if one.company is not None:
        return one.name
    return f"{one.base_currency_name} / {_quote_currency(one)}"


def _price(request: Request) -> Answer:
    return _for_each_symbol(request, _one_price)


def _one_price(request: Request, symbol: str) -> dict[str, object]:
    return {"price": _one_quote(request, symbol)["close"]}


# ---------------------------------------------------------------- reference


def _stocks(request: Request) -> Answer:
    return _companies(request, "equity", "Common Stock")


def _etfs(request: Request) -> Answer:
    return _companies(request, "etf", "ETF")


def _indices(request: Request) -> Answer:
    # It knows none of the sandbox's, as the free plan of the provider knows few.
    return _companies(request, "index", "Index")


def _companies(request: Request, asset_class: str, type_name: str) -> Answer:
    wanted = {
        name: request.query[name]
        for name in ("symbol", "exchange", "mic_code", "country", "type")
        if request.query.get(name)
    }
    rows = [
        {
            "symbol": symbol,
            "name": one.name,
            "currency": "USD",
            "exchange": one.company.exchange,
            "mic_code": one.company.mic_code,
            "country": "United States",
            "type": type_name,
            "figi_code": "",
            "cfi_code": "ESVUFR" if asset_class == "equity" else "CEOGEU",
            "isin": "request_access_via_add_ons",
            "cusip": "request_access_via_add_ons",
        }
        for symbol, one in request.view.by_twelve_data_symbol.items()
        if one.company is not None and one.asset_class == asset_class
    ]
    chosen = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
    return compact({"data": chosen, "count": len(chosen), "status": "ok"})


def _cryptocurrencies(request: Request) -> Answer:
    def line(symbol: str, one: Instrument) -> dict[str, object]:
        return {
            "symbol": symbol,
            "available_exchanges": ["Coinbase Pro"],
            "currency_base": one.base_currency_name,
            "currency_quote": _quote_currency(one),
        }

    return _pairs(request, "crypto", line)


def _forex_pairs(request: Request) -> Answer:
    def line(symbol: str, one: Instrument) -> dict[str, object]:
        return {
            "symbol": symbol,
            "currency_group": "Major",
            "currency_base": one.base_currency_name,
            "currency_quote": _quote_currency(one),
        }

    return _pairs(request, "fx", line)


def _commodities(request: Request) -> Answer:
    def line(symbol: str, one: Instrument) -> dict[str, object]:
        name = _display_name(one)
        return {"symbol": symbol, "name": name, "category": "Precious Metal", "description": ""}

    return _pairs(request, "commodity", line)


def _pairs(
    request: Request, asset_class: str, line: Callable[[str, Instrument], dict[str, object]]
) -> Answer:
    rows = [
        line(symbol, one)
        for symbol, one in request.view.by_twelve_data_symbol.items()
        if one.asset_class == asset_class and request.query.get("symbol", symbol) == symbol
    ]
    return compact({"data": rows, "count": len(rows), "status": "ok"})


def _earliest_timestamp(request: Request) -> Answer:
    return _for_each_symbol(request, _one_earliest_timestamp)


def _one_earliest_timestamp(request: Request, symbol: str) -> dict[str, object]:
    one = _instrument(request.view, symbol)
    times, first = request.view.sessions_of(one), request.view.first(one)
    first_day = date_of(times.days[first])
    if request.query.get("interval", "1day") == "1day":
        midnight = datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC)
        return {"datetime": first_day.isoformat(), "unix_time": int(midnight.timestamp())}
    opens_at = datetime.fromtimestamp(int(times.opens[first]), _zone(request, one))
    return {
        "datetime": opens_at.strftime("%Y-%m-%d %H:%M:%S"),
        "unix_time": int(times.opens[first]),
    }


def _api_usage(request: Request) -> Answer:
    return compact(
        {
            "timestamp": request.view.now.strftime("%Y-%m-%d %H:%M:%S"),
            "current_usage": 1,
            "plan_limit": _CREDITS_LEFT,
            "plan_category": "sandbox",
        }
    )


_ROUTES: dict[str, Route] = {
    "time_series": _time_series,
    "quote": _quote,
    "price": _price,
    "stocks": _stocks,
    "etfs": _etfs,
    "indices": _indices,
    "cryptocurrencies": _cryptocurrencies,
    "commodities": _commodities,
    "forex_pairs": _forex_pairs,
    "earliest_timestamp": _earliest_timestamp,
    "api_usage": _api_usage,
}
