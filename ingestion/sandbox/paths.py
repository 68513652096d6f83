"""The daily walk of every price: one market, eleven sectors, and each instrument's own luck.

Logarithms of prices walk around a trend that pulls them back gently, with a volatility that comes
in waves and rises when the market falls.
"""

from dataclasses import dataclass

import numpy as np

from ingestion.sandbox.calendar import Sessions
from ingestion.sandbox.instruments import Instrument
from ingestion.sandbox.noise import Floats, Ints, normals, stream

_PULL_BACK = 0.002
_COIN_PULL_BACK = 0.003
_MARKET_VOLATILITY = 0.0085  # per day, as a fraction
_BITCOIN_VOLATILITY = 0.0240
_SECTOR_VOLATILITY = 0.0060
_DAYS_PER_YEAR = 365.25
_SESSIONS_PER_YEAR = 252.0


@dataclass(frozen=True)
class Paths:
    """The walks of all instruments of one calendar.

    Attributes:
        price: what one share of the first day is worth at each close; sessions x instruments.
        move: the usual size of a move in that session, as a fraction; likewise.
    """

    price: Floats
    move: Floats


def walk(seed: int, sessions: Sessions, instruments: list[Instrument]) -> Paths:
    """Return the walks of `instruments`, which all trade in `sessions`."""
    days = sessions.days
    is_crypto = sessions.calendar == "24/7"
    mood = _mood(seed, days)
    swing = np.exp(mood)
    market = _MARKET_VOLATILITY * swing * normals(stream(seed, "market"), days)
    factor = market
    if is_crypto:
        own_luck = normals(stream(seed, "bitcoin"), days)
        factor = 0.6 * market + _BITCOIN_VOLATILITY * np.sqrt(swing) * own_luck
    factor_volatility = _BITCOIN_VOLATILITY if is_crypto else _MARKET_VOLATILITY
    year = _DAYS_PER_YEAR if is_crypto else _SESSIONS_PER_YEAR

    shocks = np.empty((len(days), len(instruments)))
    moves = np.empty_like(shocks)
    trends = np.empty_like(shocks)
    sectors: dict[str, Floats] = {}
    for column, one in enumerate(instruments):
        own = one.annual_volatility / np.sqrt(year)
        if one.key == "bitcoin":
            own = 0.001  # it is the factor itself
        shock = one.factor_beta * factor
        shock += own * np.sqrt(swing) * normals(stream(seed, "own", one.key), days)
        if one.sector is not None and one.sector_beta > 0.0:
            if one.sector not in sectors:
                luck = normals(stream(seed, "sector", one.sector), days)
                sectors[one.sector] = _SECTOR_VOLATILITY * np.sqrt(swing) * luck
            shock += one.sector_beta * sectors[one.sector]
        shocks[:, column] = shock
        moves[:, column] = swing * np.hypot(one.factor_beta * factor_volatility, own)
        trends[:, column] = (
            np.log(one.start_price) + one.annual_growth * (days - days[0]) / _DAYS_PER_YEAR
        )

    price = np.exp(trends + _pulled_back(shocks, _COIN_PULL_BACK if is_crypto else _PULL_BACK))
    for column, one in enumerate(instruments):
        if one.key == "^VIX":
            price[:, column] = (
                112.0
                * _MARKET_VOLATILITY
                * np.sqrt(_SESSIONS_PER_YEAR)
                * np.exp(np.append(mood[1:], mood[-1]) - 4.0 * market)
            )
            moves[:, column] = 0.05
    return Paths(price, moves)


def _mood(seed: int, days: Ints) -> Floats:
    """Return the logarithm of the volatility's wave; it rises after the market fell."""
    market = normals(stream(seed, "market"), days)
    luck = normals(stream(seed, "mood"), days)
    mood = np.zeros(len(days))
    level = 0.0
    for index in range(1, len(days)):
        level = 0.97 * level - 0.06 * market[index - 1] + 0.05 * luck[index - 1]
        mood[index] = level
    return mood


def _pulled_back(shocks: Floats, pull_back: float) -> Floats:
    positions = np.empty_like(shocks)
    position = np.zeros(shocks.shape[1])
    for index, shock in enumerate(shocks):
        position = (1.0 - pull_back) * position + shock
        positions[index] = position
    return positions
