"""Bars as columns of numbers, and how finer ones make coarser ones.

Prices are whole ticks, so that a maximum over minutes is exactly the maximum of the day.
"""

from dataclasses import dataclass

import numpy as np

from ingestion.sandbox.noise import Ints

MINUTE = 60


@dataclass(frozen=True)
class Bars:
    """Bars of one instrument, oldest first.

    Attributes:
        session: the index of the session in its calendar.
        start: when the bar opens, in seconds since 1970-01-01 UTC.
        open, high, low, close: prices in ticks.
        volume: shares, contracts or ticks; of coins, USD.
    """

    session: Ints
    start: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints

    def __len__(self) -> int:
        return len(self.start)

    def take(self, chosen: slice) -> "Bars":
        """Return the bars at `chosen` positions."""
        return Bars(
            self.session[chosen],
            self.start[chosen],
            self.open[chosen],
            self.high[chosen],
            self.low[chosen],
            self.close[chosen],
            self.volume[chosen],
        )


def merged(bars: Bars, starts: Ints) -> Bars:
    """Return one bar for each run of `bars` that begins at one of the positions `starts`."""
    if len(starts) == 0:
        return bars.take(slice(0, 0))
    ends = np.append(starts[1:], len(bars)) - 1
    return Bars(
        bars.session[starts],
        bars.start[starts],
        bars.open[starts],
        np.maximum.reduceat(bars.high, starts),
        np.minimum.reduceat(bars.low, starts),
        bars.close[ends],
        np.add.reduceat(bars.volume, starts),
    )


def in_steps(minutes: Bars, opens: Ints, step: int) -> Bars:
    """Return minute bars as bars of `step` minutes, counted from each session's open.

    Args:
        minutes: the minute bars.
        opens: when each session of the calendar opens.
        step: how many minutes a bar shall last.
    """
    if step == 1:
        return minutes
    offset = (minutes.start - opens[minutes.session]) // MINUTE
    return merged(minutes, np.flatnonzero(offset % step == 0))


def by_session(minutes: Bars) -> Bars:
    """Return minute bars as one bar for each session."""
    if len(minutes) == 0:
        return minutes
    is_first = np.append(True, minutes.session[1:] != minutes.session[:-1])
    return merged(minutes, np.flatnonzero(is_first))


def until(minutes: Bars, now: float) -> Bars:
    """Return what can be seen of `minutes` at `now`: the last bar is the running one, in part.

    Args:
        minutes: minute bars.
        now: seconds since 1970-01-01 UTC.
    """
    begun = int(np.searchsorted(minutes.start, now, side="left"))
    seen = minutes.take(slice(0, begun))
    if begun == 0 or seen.start[-1] + MINUTE <= now:
        return seen
    share = (now - float(seen.start[-1])) / MINUTE
    price = seen.open[-1] + int(np.rint((seen.close[-1] - seen.open[-1]) * share))
    return Bars(
        seen.session,
        seen.start,
        seen.open,
        _with_last(seen.high, max(seen.open[-1], price)),
        _with_last(seen.low, min(seen.open[-1], price)),
        _with_last(seen.close, price),
        _with_last(seen.volume, int(seen.volume[-1] * share)),
    )


def _with_last(values: Ints, last: int) -> Ints:
    changed = values.copy()
    changed[-1] = last
    return changed
