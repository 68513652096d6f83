"""What CoinGecko knows of a coin at an instant: an average over venues, near the traded price."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from ingestion.sandbox.bars import MINUTE
from ingestion.sandbox.calendar import date_of
from ingestion.sandbox.instruments import Coin, Instrument
from ingestion.sandbox.market import MarketView
from ingestion.sandbox.noise import Floats, Ints, normals, stream

DAY = 86_400
_WOBBLE = 1e-4  # how far the average over venues lies from one venue's price
_FX_KEYS = {"eur": ("EURUSD", False), "gbp": ("GBPUSD", False), "jpy": ("USDJPY", True)}
_COIN_KEYS = {"btc": "bitcoin", "eth": "ethereum"}

CURRENCIES = ("usd", *_FX_KEYS, *_COIN_KEYS)


@dataclass(frozen=True)
class Snapshot:
    """A coin at one instant, in some currency.

    Attributes:
        price: now.
        rate: the currency's worth in USD.
        high_24h, low_24h: over the last 24 hours.
        volume_24h: traded in the last 24 hours.
        ath, atl: the highest and lowest price ever, and their days.
    """

    price: float
    rate: float
    high_24h: float
    low_24h: float
    volume_24h: float
    ath: float
    ath_on: str
    atl: float
    atl_on: str


def facts(one: Instrument) -> Coin:
    """Return the coin behind an instrument of class crypto."""
    if one.coin is None:
        raise ValueError(f"{one.key} is not a coin")
    return one.coin


def prices_at(view: MarketView, one: Instrument, seconds: Ints) -> Floats:
    """Return what CoinGecko says `one` costs in USD at each instant.

    Args:
        view: the market.
        one: a coin.
        seconds: instants since 1970-01-01 UTC, ascending, none before the coin's first minute.
    """
    wobble = _WOBBLE * normals(stream(view.market.seed, "venues", one.key), seconds // MINUTE)
    return _traded_at(view, one, seconds) * (1.0 + wobble)


def midnight_prices(view: MarketView, one: Instrument, seconds: Ints) -> Floats:
    """Return the same as `prices_at` for instants at 00:00 UTC, from daily closes alone."""
    sessions = view.sessions_of(one)
    before = np.searchsorted(sessions.closes, seconds)
    closes = view.market.daily(one).close[before] / 10.0**one.decimals
    wobble = _WOBBLE * normals(stream(view.market.seed, "venues", one.key), seconds // MINUTE)
    return closes * (1.0 + wobble)


def volumes_at(view: MarketView, one: Instrument, seconds: Ints) -> Floats:
    """Return the USD traded in the 24 hours before each instant."""
    sessions = view.sessions_of(one)
    volume = view.market.daily(one).volume.astype(np.float64)
    today = np.searchsorted(sessions.opens, seconds, side="right") - 1
    share = (seconds - sessions.opens[today]) / DAY
    return volume[np.maximum(today - 1, 0)] * (1.0 - share) + volume[today] * share


def rates_at(view: MarketView, currency: str, seconds: Ints) -> Floats:
    """Return how many USD one unit of `currency` (one of CURRENCIES) is worth at each instant."""
    if currency in _FX_KEYS:
        key, is_inverse = _FX_KEYS[currency]
        traded = _traded_at(view, view.market.instruments[key], seconds)
        return 1.0 / traded if is_inverse else traded
    if currency in _COIN_KEYS:
        return prices_at(view, view.market.instruments[_COIN_KEYS[currency]], seconds)
    return np.ones(len(seconds))


def snapshot(view: MarketView, one: Instrument, currency: str) -> Snapshot:
    """Return what is known of a coin now, in `currency`."""
    now = int(view.now.timestamp())
    seconds = np.array([now], dtype=np.int64)
    price = float(prices_at(view, one, seconds)[0])
    rate = float(rates_at(view, currency, seconds)[0])
    begun = view.begun(one)
    minutes = view.minutes(one, begun - 2, begun)
    recent = minutes.start >= now - DAY
    scale = 10.0**one.decimals
    bars = view.daily(one)
    highest, lowest = int(bars.high.argmax()), int(bars.low.argmin())
    days = view.sessions_of(one).days[bars.session]
    return Snapshot(
        price=price / rate,
        rate=rate,
        high_24h=max(float(minutes.high[recent].max(initial=0)) / scale, price) / rate,
        low_24h=min(float(minutes.low[recent].min(initial=2**62)) / scale, price) / rate,
        volume_24h=float(minutes.volume[recent].sum()) / rate,
        ath=max(float(bars.high[highest]) / scale, price) / rate,
        ath_on=date_of(int(days[highest])).isoformat(),
        atl=min(float(bars.low[lowest]) / scale, price) / rate,
        atl_on=date_of(int(days[lowest])).isoformat(),
    )


def price_before(view: MarketView, one: Instrument, currency: str, age: int) -> float | None:
    """Return the price `age` seconds ago, None when the coin was not listed yet."""
    then = int(view.now.timestamp()) - age
    first_open = int(view.sessions_of(one).opens[view.first(one)])
    if then <= first_open:
        return None
    seconds = np.array([then], dtype=np.int64)
    return float(prices_at(view, one, seconds)[0] / rates_at(view, currency, seconds)[0])


def floored(now: datetime) -> datetime:
    """Return `now` at the beginning of its minute: answers are cached for so long."""
    return now.replace(second=0, microsecond=0)


def _traded_at(view: MarketView, one: Instrument, seconds: Ints) -> Floats:
    """Return the close of the last minute that ended at or before each instant."""
    sessions = view.sessions_of(one)
    first = int(np.searchsorted(sessions.opens, seconds[0] - MINUTE, side="right")) - 1
    end = int(np.searchsorted(sessions.opens, seconds[-1], side="left"))
    first = max(first, view.first(one))
    minutes = view.minutes(one, first, max(end, first + 1))
    ended = np.searchsorted(minutes.start + MINUTE, seconds, side="right") - 1
    return minutes.close[np.maximum(ended, 0)] / 10.0**one.decimals
