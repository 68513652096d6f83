"""The minutes inside a session: a path from open to close that touches the day's high and low.

The daily bar comes first and the minutes are drawn to fit it exactly, so any single session can
be computed without the ones before it.
"""

import numpy as np

from ingestion.sandbox.bars import MINUTE, Bars
from ingestion.sandbox.noise import Floats, Ints, normals, stream, uniforms

_POSITIONS_PER_DAY = 2048  # more than the minutes of a day


def within(seed: int, key: str, daily: Bars, days: Ints, length: int) -> Bars:
    """Return the minute bars of sessions that all last `length` minutes.

    The first open, last close, highest high, lowest low and summed volume of each session are
    exactly those of its daily bar.

    Args:
        seed: of the market.
        key: of the instrument.
        daily: the daily bars, with `start` at the open of the session.
        days: the day number of each of them.
        length: minutes.
    """
    positions = days[:, None] * _POSITIONS_PER_DAY + np.arange(length, dtype=np.int64)
    pace = _pace(length)
    points = _path(daily, np.sqrt(pace) * normals(stream(seed, "path", key), positions))
    opens, closes = points[:, :-1], points[:, 1:]
    span = (daily.high - daily.low)[:, None]
    wick = span * 1.2 / np.sqrt(length) * uniforms(stream(seed, "wick", key), positions)
    tail = span * 1.2 / np.sqrt(length) * uniforms(stream(seed, "tail", key), positions)
    highs = np.minimum(np.maximum(opens, closes) + wick.astype(np.int64), daily.high[:, None])
    lows = np.maximum(np.minimum(opens, closes) - tail.astype(np.int64), daily.low[:, None])
    rows = np.arange(len(daily))
    highs[rows, np.maximum(points.argmax(axis=1) - 1, 0)] = daily.high
    lows[rows, np.maximum(points.argmin(axis=1) - 1, 0)] = daily.low

    weights = pace * np.exp(0.5 * normals(stream(seed, "trades", key), positions))
    shares = np.cumsum(weights, axis=1)
    total = np.floor(daily.volume[:, None] * (shares / shares[:, -1:])).astype(np.int64)
    volume = np.diff(total, axis=1, prepend=0)
    return Bars(
        np.repeat(daily.session, length),
        (daily.start[:, None] + MINUTE * np.arange(length, dtype=np.int64)).ravel(),
        opens.ravel(),
        highs.ravel(),
        lows.ravel(),
        closes.ravel(),
        volume.ravel(),
    )


def _pace(length: int) -> Floats:
    """Return how lively each minute is: stock sessions are so at their open and close."""
    if length > 600:
        return np.ones(length)
    from_middle = np.linspace(-1.0, 1.0, length)
    return 0.5 + 1.5 * from_middle**4


def _path(daily: Bars, steps: Floats) -> Ints:
    """Return the prices at the edges of the minutes: sessions x (minutes + 1)."""
    length = steps.shape[1]
    share = np.arange(length + 1) / length
    walked = np.concatenate([np.zeros((len(steps), 1)), np.cumsum(steps, axis=1)], axis=1)
    bridge = walked - walked[:, -1:] * share
    width = np.maximum(bridge.max(axis=1) - bridge.min(axis=1), 1e-9)
    first, last = daily.open[:, None], daily.close[:, None]
    span = (daily.high - daily.low) / width
    points = first + (last - first) * share + bridge * span[:, None]
    upper, lower = np.maximum(first, last), np.minimum(first, last)
    points = _folded(points, upper, points.max(axis=1)[:, None], daily.high[:, None])
    points = _folded(points, lower, points.min(axis=1)[:, None], daily.low[:, None])
    whole = np.rint(points).astype(np.int64)
    whole[:, 0], whole[:, -1] = daily.open, daily.close
    return whole


def _folded(points: Floats, edge: Ints, extreme: Floats, wanted: Ints) -> Floats:
    """Return `points` with those beyond `edge` stretched so that `extreme` becomes `wanted`."""
    reach = extreme - edge
    stretch = np.divide(wanted - edge, reach, out=np.zeros_like(reach), where=reach != 0.0)
    is_beyond = (points - edge) * np.sign(reach) > 0.0
    return np.where(is_beyond, edge + (points - edge) * stretch, points)
