"""The wire format of CoinGecko v3: numbers, milliseconds, arrays of pairs, three kinds of error."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ingestion.sandbox import coins
from ingestion.sandbox.bars import MINUTE
from ingestion.sandbox.coins import CURRENCIES, DAY, Snapshot
from ingestion.sandbox.instruments import Instrument
from ingestion.sandbox.noise import Floats, Ints, stream, uniforms
from ingestion.sandbox.wire import REFUSED_KEY, Answer, Request, compact, listed
from ingestion.sandbox.wire import whole_number as number

_HOUR = 3600
_AUTOMATIC_GRAINS = ((1, 300), (90, _HOUR))  # up to so many days: seconds between points
_CANDLES = {1: 1800, 2: 1800, 7: 4 * _HOUR, 14: 4 * _HOUR, 30: 4 * _HOUR}
_LONG_CANDLE = 4 * DAY
_LONG_CANDLE_DAYS = (90, 180, 365)
_SAMPLE = 600  # candles are drawn from a price every ten minutes
_MOST_PER_PAGE = 250
_KEYS = (
    "x-cg-demo-api-key",
    "x-cg-pro-api-key",
    "x_cg_demo_api_key",
    "x_cg_pro_api_key",
)
_WINDOWS = {
    "1h": _HOUR,
    "24h": DAY,
    "7d": 7 * DAY,
    "14d": 14 * DAY,
    "30d": 30 * DAY,
    "200d": 200 * DAY,
    "1y": 365 * DAY,
}


class _RefusalError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def answer(request: Request) -> Answer:
    """Answer one request below the base URL of CoinGecko."""
    view = request.view
    at_minute = view.market.at(coins.floored(view.now))
    request = Request(request.path, request.query, request.headers, at_minute)
    try:
        return compact(_routed(request))
    except _RefusalError as refusal:
        return compact(refusal.body, refusal.status)


def _routed(request: Request) -> Any:
    if REFUSED_KEY in {request.headers.get(name, request.query.get(name)) for name in _KEYS}:
        raise _RefusalError(
            401, {"status": {"error_code": 10002, "error_message": "API Key Missing"}}
        )
    match request.path.split("/"):
        case ["coins", coin_id, ("market_chart" | "ohlc") as chart]:
            draw = _market_chart if chart == "market_chart" else _ohlc
            return draw(request, _coin(request, coin_id))
        case _ if request.path in _ROUTES:
            return _ROUTES[request.path](request)
    raise _RefusalError(
        404, {"error": "Incorrect path. Please check https://www.coingecko.com/api/"}
    )


def _ping(_request: Request) -> dict[str, str]:
    return {"gecko_says": "(V3) To the Moon!"}


def _list(request: Request) -> list[dict[str, str]]:
    return [
        {"id": coin_id, "symbol": coins.facts(one).symbol, "name": one.name}
        for coin_id, one in sorted(request.view.coins.items())
    ]


def _coin(request: Request, coin_id: str) -> Instrument:
    found = request.view.coins.get(coin_id)
    if found is None:
        raise _RefusalError(404, {"error": "coin not found"})
    return found


def _currency(request: Request) -> str:
    currency = request.query.get("vs_currency", "").lower()
    if not currency:
        raise _RefusalError(422, {"error": "Missing parameter vs_currency"})
    if currency not in CURRENCIES:
        raise _RefusalError(400, {"error": "invalid vs_currency"})
    return currency


def _flat(value: float) -> float:
    """Return a whole float as an int: CoinGecko's numbers change between the two."""
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _rounded(one: Instrument, snapshot: Snapshot, value: float) -> float:
    """Return a price with as many digits as its currency asks for."""
    more = max(int(np.ceil(np.log10(max(snapshot.rate, 1.0)))), 0)
    return _flat(round(value, one.decimals + more))


# ---------------------------------------------------------------- /coins/markets


def _markets(request: Request) -> list[dict[str, Any]]:
    currency = _currency(request)
    wanted = [name.strip() for name in listed(request.query.get("ids", ""))]
    chosen = [one for coin_id, one in request.view.coins.items() if not wanted or coin_id in wanted]
    ranks = _ranks(request)
    order = request.query.get("order", "market_cap_desc")
    if order in {"id_asc", "id_desc"}:
        chosen.sort(key=lambda one: one.key, reverse=order == "id_desc")
    else:
        chosen.sort(key=lambda one: ranks[one.key], reverse=order == "market_cap_asc")
    per_page = number(request.query.get("per_page"), 100)
    page = number(request.query.get("page"), 1)
    if per_page is None or page is None or page < 1 or per_page < 1:
        raise _RefusalError(400, {"error": "invalid page or per_page"})
    per_page = min(per_page, _MOST_PER_PAGE)
    windows = [
        name
        for name in listed(request.query.get("price_change_percentage", ""))
        if name in _WINDOWS
    ]
    on_page = chosen[(page - 1) * per_page : page * per_page]
    return [_market_row(request, one, currency, ranks[one.key], windows) for one in on_page]


def _ranks(request: Request) -> dict[str, int]:
    now = np.array([int(request.view.now.timestamp())], dtype=np.int64)
    caps = {
        one.key: float(coins.prices_at(request.view, one, now)[0])
        * coins.facts(one).circulating_supply
        for one in request.view.coins.values()
    }
    ordered = sorted(caps, key=lambda key: -caps[key])
    return {key: rank for rank, key in enumerate(ordered, start=1)}


def _market_row(
    request: Request, one: Instrument, currency: str, rank: int, windows: list[str]
) -> dict[str, Any]:
    view, coin = request.view, coins.facts(one)
    now = coins.snapshot(view, one, currency)
    yesterday = coins.price_before(view, one, currency, DAY) or now.price
    change = now.price - yesterday
    change_percent = 100.0 * change / yesterday
    cap = now.price * coin.circulating_supply
    fully_diluted = now.price * (coin.max_supply or coin.total_supply)

    def amount(value: float) -> float:
        return _flat(float(round(value))) if value >= 1000.0 else value

    row: dict[str, Any] = {
        "id": coin.coingecko_id,
        "symbol": coin.symbol,
        "name": one.name,
        "image": f"https://coin-images.coingecko.com/coins/images/{coin.coingecko_id}.png",
        "current_price": _rounded(one, now, now.price),
        "market_cap": amount(cap),
        "market_cap_rank": rank,
        "fully_diluted_valuation": amount(fully_diluted),
        "total_volume": amount(now.volume_24h),
        "high_24h": _rounded(one, now, now.high_24h),
        "low_24h": _rounded(one, now, now.low_24h),
        "price_change_24h": change,
        "price_change_percentage_24h": round(change_percent, 5),
        "market_cap_change_24h": change * coin.circulating_supply,
        "market_cap_change_percentage_24h": round(change_percent, 5),
        "circulating_supply": coin.circulating_supply,
        "total_supply": coin.total_supply,
        "max_supply": coin.max_supply,
        "ath": _rounded(one, now, now.ath),
        "ath_change_percentage": round(100.0 * (now.price / now.ath - 1.0), 5),
        "ath_date": f"{now.ath_on}T00:00:00.000Z",
        "atl": _rounded(one, now, now.atl),
        "atl_change_percentage": round(100.0 * (now.price / now.atl - 1.0), 5),
        "atl_date": f"{now.atl_on}T00:00:00.000Z",
        "roi": None,
        "last_updated": f"{view.now:%Y-%m-%dT%H:%M:%S}.000Z",
    }
    for name in windows:
        then = coins.price_before(view, one, currency, _WINDOWS[name])
        percent = None if then is None else 100.0 * (now.price / then - 1.0)
        row[f"price_change_percentage_{name}_in_currency"] = percent
    return row


# ---------------------------------------------------------------- charts


def _days(request: Request, one: Instrument) -> int:
    """Return the days asked for; `max` are those since the coin was listed."""
    text = request.query.get("days", "")
    if not text:
        raise _RefusalError(422, {"error": "Missing parameter days"})
    days = _days_listed(request, one) if text == "max" else number(text, 1)
    if days is None or days < 1:
        raise _RefusalError(400, {"error": "invalid days"})
    return days


def _days_listed(request: Request, one: Instrument) -> int:
    first_open = int(request.view.sessions_of(one).opens[request.view.first(one)])
    return (int(request.view.now.timestamp()) - first_open) // DAY + 1


def _market_chart(request: Request, one: Instrument) -> dict[str, Any]:
    currency = _currency(request)
    days = _days(request, one)
    interval = request.query.get("interval") or None
    if interval not in {None, "daily", "hourly"}:
        raise _RefusalError(400, {"error": "invalid interval"})
    grain = next((grain for most, grain in _AUTOMATIC_GRAINS if days <= most), DAY)
    grain = {"daily": DAY, "hourly": _HOUR}.get(interval or "", grain)

    view = request.view
    now = int(view.now.timestamp())
    first_open = int(view.sessions_of(one).opens[view.first(one)])
    last_slot = now // grain
    count = min(days, _days_listed(request, one)) * DAY // grain
    slots = np.arange(last_slot - count + 1, last_slot + 1, dtype=np.int64)
    milliseconds = slots * grain * 1000
    if grain < DAY:
        lateness = uniforms(stream(view.market.seed, "lateness", one.key, str(grain)), slots)
        milliseconds = milliseconds + (0.08 * grain * 1000 * lateness).astype(np.int64)
    is_known = (milliseconds > first_open * 1000) & (milliseconds < now * 1000)
    milliseconds = np.append(milliseconds[is_known], now * 1000)
    prices = _chart_prices(request, one, milliseconds // 1000, grain)
    rates = coins.rates_at(view, currency, milliseconds // 1000) if currency != "usd" else 1.0
    prices = prices / rates
    caps = prices * coins.facts(one).circulating_supply
    volumes = coins.volumes_at(view, one, milliseconds // 1000) / rates
    stamps = milliseconds.tolist()
    return {
        "prices": [list(pair) for pair in zip(stamps, prices.tolist(), strict=True)],
        "market_caps": [list(pair) for pair in zip(stamps, caps.tolist(), strict=True)],
        "total_volumes": [list(pair) for pair in zip(stamps, volumes.tolist(), strict=True)],
    }


def _chart_prices(request: Request, one: Instrument, seconds: Ints, grain: int) -> Floats:
    if grain < DAY:
        return coins.prices_at(request.view, one, seconds)
    at_midnight = coins.midnight_prices(request.view, one, seconds[:-1])
    return np.append(at_midnight, coins.prices_at(request.view, one, seconds[-1:]))


def _ohlc(request: Request, one: Instrument) -> list[list[float]]:
    if "vs_currency" not in request.query or "days" not in request.query:
        raise _RefusalError(500, {"status": 500, "error": "Internal Server Error"})
    currency = _currency(request)
    if request.query.get("interval"):
        raise _RefusalError(
            401,
            {
                "status": {
                    "error_code": 10005,
                    "error_message": "This request is limited to PRO API subscribers. Please "
                    "visit https://www.coingecko.com/en/api/pricing",
                }
            },
        )
    days = _days(request, one)
    is_long = days in _LONG_CANDLE_DAYS or request.query["days"] == "max"
    if not is_long and days not in _CANDLES:
        raise _RefusalError(400, {"error": "Invalid days parameter"})
    grain = _LONG_CANDLE if is_long else _CANDLES[days]
    now = int(request.view.now.timestamp())
    last_close = -(-now // grain) * grain
    first_close = last_close - (max(days * DAY // grain, 1) - 1) * grain
    seconds, opens, highs, lows, closes = _samples(request, one, first_close - grain, grain)
    rate = float(coins.rates_at(request.view, currency, np.array([now]))[0])
    candle = -(-seconds // grain) * grain
    starts = np.flatnonzero(np.append(True, candle[1:] != candle[:-1]))
    if len(seconds) == 0:
        return []
    ends = np.append(starts[1:], len(seconds)) - 1
    digits = one.decimals
    columns = (
        opens[starts],
        np.maximum.reduceat(highs, starts),
        np.minimum.reduceat(lows, starts),
        closes[ends],
    )
    prices = [np.round(column / rate, digits).tolist() for column in columns]
    return [
        [stamp, *(_flat(value) for value in values)]
        for stamp, *values in zip((candle[starts] * 1000).tolist(), *prices, strict=True)
    ]


def _samples(
    request: Request, one: Instrument, after: int, grain: int
) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    """Return when, and the four prices of, what the candles that begin `after` are drawn from."""
    view, scale = request.view, 10.0**one.decimals
    sessions = view.sessions_of(one)
    if grain == _LONG_CANDLE:
        bars = view.daily(one)
        ends = np.minimum(sessions.closes[bars.session], int(view.now.timestamp()))
        kept = ends > after
        columns = (bars.open, bars.high, bars.low, bars.close)
        opens, highs, lows, closes = (column[kept] / scale for column in columns)
        return ends[kept], opens, highs, lows, closes
    first = int(np.searchsorted(sessions.opens, after, side="right")) - 1
    minutes = view.minutes(one, first, view.begun(one))
    ends = minutes.start + MINUTE
    now = int(view.now.timestamp())
    kept = (ends > after) & ((ends % _SAMPLE == 0) | (ends == now)) & (ends <= now)
    sampled = minutes.close[kept] / scale
    return ends[kept], sampled, sampled, sampled, sampled


# ---------------------------------------------------------------- /simple/price, /global


def _simple_price(request: Request) -> dict[str, Any]:
    for name in ("ids", "vs_currencies"):
        if not request.query.get(name):
            raise _RefusalError(422, {"error": f"Missing parameter {name}"})
    body: dict[str, Any] = {}
    for coin_id in listed(request.query["ids"]):  # a blank after the comma hides a coin
        one = request.view.coins.get(coin_id)
        if one is None:
            continue
        row: dict[str, Any] = {}
        for currency in listed(request.query["vs_currencies"]):
            if currency in CURRENCIES:
                row |= _simple_entries(request, one, currency)
        if row and request.query.get("include_last_updated_at") == "true":
            row["last_updated_at"] = int(request.view.now.timestamp())
        body[coin_id] = row
    return body


def _simple_entries(request: Request, one: Instrument, currency: str) -> dict[str, float]:
    now = coins.snapshot(request.view, one, currency)
    entries = {currency: _rounded(one, now, now.price)}
    if request.query.get("include_market_cap") == "true":
        entries[f"{currency}_market_cap"] = now.price * coins.facts(one).circulating_supply
    if request.query.get("include_24hr_vol") == "true":
        entries[f"{currency}_24h_vol"] = now.volume_24h
    if request.query.get("include_24hr_change") == "true":
        before = coins.price_before(request.view, one, currency, DAY)
        if before is not None:
            entries[f"{currency}_24h_change"] = 100.0 * (now.price / before - 1.0)
    return entries


def _global(request: Request) -> dict[str, Any]:
    view = request.view
    now = np.array([int(view.now.timestamp())], dtype=np.int64)
    caps: dict[str, float] = {}
    before, volume = 0.0, 0.0
    for one in view.coins.values():
        coin = coins.facts(one)
        price = float(coins.prices_at(view, one, now)[0])
        caps[coin.symbol] = price * coin.circulating_supply
        before += (coins.price_before(view, one, "usd", DAY) or price) * coin.circulating_supply
        volume += float(coins.volumes_at(view, one, now)[0])
    total = sum(caps.values())
    worth = {name: float(coins.rates_at(view, name, now)[0]) for name in CURRENCIES}
    largest = sorted(caps, key=lambda symbol: -caps[symbol])[:10]
    return {
        "data": {
            "active_cryptocurrencies": len(caps),
            "upcoming_icos": 0,
            "ongoing_icos": 0,
            "ended_icos": 0,
            "markets": 1,
            "total_market_cap": {name: total / rate for name, rate in worth.items()},
            "total_volume": {name: volume / rate for name, rate in worth.items()},
            "market_cap_percentage": {name: 100.0 * caps[name] / total for name in largest},
            "market_cap_change_percentage_24h_usd": 100.0 * (total / before - 1.0),
            "updated_at": int(now[0]),
        }
    }


_ROUTES: dict[str, Callable[[Request], Any]] = {
    "ping": _ping,
    "coins/list": _list,
    "coins/markets": _markets,
    "global": _global,
    "simple/price": _simple_price,
}
