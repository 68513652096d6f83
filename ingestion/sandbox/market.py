"""The synthetic market: daily bars from the walks, minutes within them, and what `now` can see.

Late corrections: in every block of twenty stock sessions one share's daily bar is published with
a volume that is three per cent short (in every second block also with a close that is off by up
to a tenth of a per cent), and put right when the second session after it closes. Its intraday
bars add up to the corrected bar from the beginning.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache

import numpy as np

from ingestion.sandbox import bars as bar_columns
from ingestion.sandbox import minutes as minute_bars
from ingestion.sandbox.bars import Bars
from ingestion.sandbox.calendar import NEW_YORK, Sessions, local_date, sessions
from ingestion.sandbox.corporate_actions import (
    Dividend,
    Split,
    dividend_factors,
    plan_dividends,
    plan_splits,
    shares_held,
)
from ingestion.sandbox.instruments import Instrument, all_instruments
from ingestion.sandbox.noise import Floats, Ints, choice, normals, stream, uniform
from ingestion.sandbox.paths import Paths, walk

_BLOCK = 20
_SESSIONS_UNTIL_CORRECTED = 2
_SESSIONS_KEPT = 2


@dataclass(frozen=True)
class Correction:
    """A daily bar that is first published wrong."""

    key: str
    index: int
    is_close_wrong: bool


class Market:
    """Every instrument from 2015 to `last_day`, computed on demand and kept per instrument.

    Args:
        seed: the same seed gives the same market.
        last_day: the horizon; nothing before it depends on it.
    """

    def __init__(self, seed: int, last_day: date) -> None:
        self.seed = seed
        self.last_day = last_day
        self.instruments = {one.key: one for one in all_instruments()}
        self.sessions = {
            calendar: sessions(calendar, last_day)
            for calendar in ("XNYS", "us_futures", "24/5", "24/7")
        }
        self._paths: dict[str, Paths] = {}
        self._columns: dict[str, dict[str, int]] = {}
        self._daily: dict[str, Bars] = {}
        self._dividends: dict[str, list[Dividend]] = {}

    def sessions_of(self, instrument: Instrument) -> Sessions:
        """Return the sessions in which `instrument` trades."""
        return self.sessions[instrument.calendar]

    @cached_property
    def splits(self) -> list[Split]:
        """Every split up to the horizon, oldest first."""
        companies = [one for one in self.instruments.values() if one.asset_class == "equity"]
        paths, columns = self._paths_of("XNYS")
        prices = paths.price[:, [columns[one.key] for one in companies]]
        return plan_splits(self.seed, self.sessions["XNYS"], companies, prices)

    def splits_of(self, instrument: Instrument) -> list[Split]:
        """Return the splits of one instrument, oldest first."""
        return [split for split in self.splits if split.key == instrument.key]

    def dividends_of(self, instrument: Instrument) -> list[Dividend]:
        """Return the dividends of one instrument, oldest first."""
        if instrument.key not in self._dividends:
            self._dividends[instrument.key] = plan_dividends(
                self.seed,
                self.sessions_of(instrument),
                instrument,
                self.daily(instrument).close / 10.0**instrument.decimals,
                self.splits_of(instrument),
            )
        return self._dividends[instrument.key]

    def daily(self, instrument: Instrument) -> Bars:
        """Return the final daily bars as traded, one for each session up to the horizon."""
        if instrument.key not in self._daily:
            self._daily[instrument.key] = self._drawn(instrument)
        return self._daily[instrument.key]

    def minutes(self, instrument: Instrument, first: int, end: int) -> Bars:
        """Return the minute bars of the sessions `first` to `end` - 1."""
        times = self.sessions_of(instrument)
        daily = self.daily(instrument)
        lengths = times.minutes[first:end]
        parts: dict[int, Bars] = {}
        for length in np.unique(lengths):
            chosen = first + np.flatnonzero(lengths == length)
            picked = Bars(*(getattr(daily, name)[chosen] for name in Bars.__dataclass_fields__))
            parts[int(length)] = minute_bars.within(
                self.seed, instrument.key, picked, times.days[chosen], int(length)
            )
        return _in_order(list(parts.values()))

    def correction(self, index: int) -> Correction | None:
        """Return the late correction of the stock session `index`, where it has one."""
        key = stream(self.seed, "correction", str(index // _BLOCK))
        if index % _BLOCK != choice(key, _BLOCK):
            return None
        companies = [one for one in self.instruments.values() if one.asset_class == "equity"]
        chosen = companies[choice(key, len(companies), 1)]
        return Correction(chosen.key, index, is_close_wrong=index // _BLOCK % 2 == 1)

    def at(self, now: datetime) -> "MarketView":
        """Return what can be known of the market at `now`."""
        return MarketView(self, now)

    def _paths_of(self, calendar: str) -> tuple[Paths, dict[str, int]]:
        if calendar not in self._paths:
            traded = [one for one in self.instruments.values() if one.calendar == calendar]
            columns = {one.key: column for column, one in enumerate(traded)}
            self._paths[calendar] = walk(self.seed, self.sessions[calendar], traded)
            self._columns[calendar] = columns
        return self._paths[calendar], self._columns[calendar]

    def _drawn(self, instrument: Instrument) -> Bars:
        times = self.sessions_of(instrument)
        days = times.days
        paths, columns = self._paths_of(instrument.calendar)
        column = columns[instrument.key]
        close: Floats = paths.price[:, column]
        move: Floats = paths.move[:, column]
        held = shares_held(self.splits_of(instrument), len(days))
        before = np.append(instrument.start_price, close[:-1])
        if instrument.calendar == "XNYS":
            luck = normals(stream(self.seed, "gap", instrument.key), days)
            opening = before * np.exp(0.3 * np.log(close / before) + 0.3 * move * luck)
        else:
            opening = before
        reach = np.abs(normals(stream(self.seed, "reach", instrument.key), days))
        depth = np.abs(normals(stream(self.seed, "depth", instrument.key), days))
        high = np.maximum(opening, close) * np.exp(0.4 * move * reach)
        low = np.minimum(opening, close) * np.exp(-0.4 * move * depth)
        restless = np.abs(np.log(close / before)) / move
        trading = 0.3 * normals(stream(self.seed, "volume", instrument.key), days)
        shares = instrument.daily_volume * held * np.exp(trading + 0.25 * (restless - 0.8))
        if instrument.calendar == "XNYS":
            shares = shares * np.sqrt(times.minutes / 390.0)  # half days are quiet

        scale = 10.0**instrument.decimals / held
        return Bars(
            np.arange(len(days), dtype=np.int64),
            times.opens,
            _ticks(opening * scale),
            _ticks(high * scale),
            _ticks(low * scale),
            _ticks(close * scale),
            np.rint(shares).astype(np.int64),
        )


@dataclass(frozen=True)
class MarketView:
    """What is known of the market at one instant: nothing after it exists.

    Attributes:
        market: the whole market.
        now: the instant, in UTC.
    """

    market: Market
    now: datetime

    @cached_property
    def today(self) -> date:
        """The date in New York."""
        return local_date(self.now, NEW_YORK)

    @cached_property
    def instruments(self) -> list[Instrument]:
        """The instruments that have traded by now, in the order of the files."""
        return [
            one for one in self.market.instruments.values() if self.begun(one) > self.first(one)
        ]

    @cached_property
    def by_twelve_data_symbol(self) -> dict[str, Instrument]:
        """The instruments by the symbol that Twelve Data gives them today."""
        named = [(one.twelve_data_symbol_on(self.today), one) for one in self.instruments]
        return {symbol: one for symbol, one in named if symbol is not None}

    @cached_property
    def by_fmp_symbol(self) -> dict[str, Instrument]:
        """The instruments by the symbol that FMP gives them today."""
        named = [(one.fmp_symbol_on(self.today), one) for one in self.instruments]
        return {symbol: one for symbol, one in named if symbol is not None}

    @cached_property
    def coins(self) -> dict[str, Instrument]:
        """The coins by their CoinGecko id."""
        return {one.coin.coingecko_id: one for one in self.instruments if one.coin is not None}

    def sessions_of(self, instrument: Instrument) -> Sessions:
        """Return the sessions in which `instrument` trades."""
        return self.market.sessions_of(instrument)

    def first(self, instrument: Instrument) -> int:
        """Return the index of the session in which `instrument` was first traded."""
        return self.sessions_of(instrument).at_or_after(instrument.listed_on)

    def begun(self, instrument: Instrument) -> int:
        """Return the number of sessions that have begun."""
        return self.sessions_of(instrument).begun(self.now)

    def is_open(self, instrument: Instrument) -> bool:
        """Return whether a session of `instrument` is going on."""
        times = self.sessions_of(instrument)
        return times.begun(self.now) > times.finished(self.now)

    def splits_of(self, instrument: Instrument) -> list[Split]:
        """Return the splits that are effective: those with an ex-date up to today."""
        return [one for one in self.market.splits_of(instrument) if one.ex_date <= self.today]

    def dividends_of(self, instrument: Instrument) -> list[Dividend]:
        """Return the dividends with an ex-date up to today."""
        return [one for one in self.market.dividends_of(instrument) if one.ex_date <= self.today]

    def daily(self, instrument: Instrument) -> Bars:
        """Return the daily bars as traded, as published by now; the last one may be running."""
        times = self.sessions_of(instrument)
        first, begun, finished = (
            self.first(instrument),
            times.begun(self.now),
            times.finished(self.now),
        )
        bars = self.market.daily(instrument).take(slice(first, max(begun, first)))
        if len(bars) and begun > finished:
            running = bar_columns.by_session(self.minutes(instrument, begun - 1, begun))
            bars = _with_last_bar(bars, running)
        for index in range(max(finished - _SESSIONS_UNTIL_CORRECTED, first), finished):
            bars = self._as_first_published(instrument, bars, index - first, index)
        return bars

    def minutes(self, instrument: Instrument, first: int, end: int) -> Bars:
        """Return the minute bars seen so far of the sessions `first` to `end` - 1, as traded."""
        first = max(first, self.first(instrument))
        end = min(end, self.begun(instrument))
        if end <= first:
            return self.market.daily(instrument).take(slice(0, 0))
        drawn = _recent_minutes if end - first <= _SESSIONS_KEPT else _minutes
        return bar_columns.until(drawn(self.market, instrument, first, end), self._seconds)

    def intraday(self, instrument: Instrument, step: int, first: int, end: int) -> Bars:
        """Return bars of `step` minutes of the sessions `first` to `end` - 1, as traded."""
        times = self.sessions_of(instrument)
        return bar_columns.in_steps(self.minutes(instrument, first, end), times.opens, step)

    def split_factor(self, instrument: Instrument) -> Floats:
        """Return, for each daily bar, what its as-traded price is divided by today."""
        first, begun = self.first(instrument), self.begun(instrument)
        held = shares_held(self.splits_of(instrument), max(begun, first))
        today = 1.0
        for split in self.splits_of(instrument):
            today *= split.ratio
        return today / held[first:]

    def dividend_factor(self, instrument: Instrument) -> Floats:
        """Return, for each daily bar, what is left of its price for the dividends since."""
        first = self.first(instrument)
        begun = max(self.begun(instrument), first)
        closes = self.market.daily(instrument).close[:begun] / 10.0**instrument.decimals
        effective = self.dividends_of(instrument), self.splits_of(instrument)
        return dividend_factors(effective[0], effective[1], closes)[first:]

    @cached_property
    def _seconds(self) -> float:
        return self.now.timestamp()

    def _as_first_published(
        self, instrument: Instrument, bars: Bars, position: int, index: int
    ) -> Bars:
        if instrument.asset_class != "equity" or position < 0:
            return bars
        correction = self.market.correction(index)
        if correction is None or correction.key != instrument.key:
            return bars
        volume, close = bars.volume.copy(), bars.close.copy()
        volume[position] = int(volume[position] * 0.97)
        if correction.is_close_wrong:
            luck = uniform(stream(self.market.seed, "wrong close", str(index)))
            wrong = int(close[position] * (0.999 + 0.002 * luck))
            wrong += wrong == close[position]
            close[position] = min(max(wrong, bars.low[position]), bars.high[position])
        return replace(bars, volume=volume, close=close)


def _minutes(market: Market, instrument: Instrument, first: int, end: int) -> Bars:
    return market.minutes(instrument, first, end)


# What quotes and running bars are made of is asked for again and again.
_recent_minutes = lru_cache(maxsize=256)(_minutes)


def _ticks(values: Floats) -> Ints:
    return np.maximum(np.rint(values), 1.0).astype(np.int64)


def _with_last_bar(bars: Bars, last: Bars) -> Bars:
    columns = {}
    for name in Bars.__dataclass_fields__:
        values = getattr(bars, name).copy()
        values[-1] = getattr(last, name)[-1]
        columns[name] = values
    return Bars(**columns)


def _in_order(parts: list[Bars]) -> Bars:
    if len(parts) == 1:
        return parts[0]
    joined = {
        name: np.concatenate([getattr(part, name) for part in parts])
        for name in Bars.__dataclass_fields__
    }
    order = np.argsort(joined["start"], kind="stable")
    return Bars(**{name: values[order] for name, values in joined.items()})
