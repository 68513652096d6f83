"""Faults to try out: the sandbox misbehaves as real providers do.

Four spoil every third answer. Two change the market: a close that was corrected after it was
published, and a split that has just come into effect, for which the past is restated.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np

from ingestion.sandbox.bars import Bars
from ingestion.sandbox.calendar import date_of
from ingestion.sandbox.corporate_actions import Split
from ingestion.sandbox.instruments import Instrument
from ingestion.sandbox.market import MarketView
from ingestion.sandbox.wire import Answer, compact
from warehouse.errors import UsageError

_EVERY = 3
_SYMBOL = "AAPL"
_RATIO = 2
_SESSIONS_UNTIL_REVISED = 2

# How each provider says "too many calls" inside HTTP 200.
_SOFT_429: Mapping[str, Any] = {
    "twelve_data": {
        "code": 429,
        "message": "You have run out of API credits for the current minute.",
        "status": "error",
    },
    "fmp": {"Error Message": "Limit Reach . Please upgrade your plan."},
    "fred": {"error_code": 429, "error_message": "Too Many Requests. Exceeded Rate Limit"},
    "coingecko": {
        "status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}
    },
}


class Fault(StrEnum):
    """What `marketflow sandbox --fault` takes."""

    HARD_429 = "429"
    SOFT_429 = "soft-429"
    UNAVAILABLE = "503"
    TRUNCATED = "truncated"
    LATE_REVISION = "late-revision"
    SPLIT_LANDING = "split-landing"


def named(text: str) -> Fault:
    """Return the fault of a name.

    Raises:
        UsageError: there is none.
    """
    try:
        return Fault(text)
    except ValueError:
        raise UsageError(f"there is no fault {text!r}: the faults are {', '.join(Fault)}") from None


@dataclass
class Spoiler:
    """Spoils every third answer to a provider's request.

    Args:
        fault: how.
    """

    fault: Fault | None = None
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def spoil(self, source: str, answer: Answer) -> Answer:
        """Return an answer, or what comes in its place."""
        with self._lock:
            self._count += 1
            if self._count % _EVERY:
                return answer
        match self.fault:
            case Fault.HARD_429:
                spoilt = compact({"message": "Too Many Requests"}, 429)
                return replace(spoilt, headers={"Retry-After": "1"})
            case Fault.SOFT_429:
                return compact(_SOFT_429[source])
            case Fault.UNAVAILABLE:
                return Answer(b"<html>Service Unavailable</html>", 503, "text/html")
            case Fault.TRUNCATED:
                return replace(answer, body=answer.body[: len(answer.body) // 2])
            case _:
                return answer


def faulty(view: MarketView, fault: Fault | None, since: datetime) -> MarketView:
    """Return the market as it is known with a fault.

    Args:
        view: as it is known without.
        fault: only those that change the market matter here.
        since: when the fault began.
    """
    match fault:
        case Fault.LATE_REVISION:
            return _RevisedView(view.market, view.now, since)
        case Fault.SPLIT_LANDING:
            return _SplitView(view.market, view.now, since)
        case _:
            return view


@dataclass(frozen=True)
class _RevisedView(MarketView):
    """The close of two sessions before the fault began is 1 % higher than first published."""

    since: datetime

    def daily(self, instrument: Instrument) -> Bars:
        bars = super().daily(instrument)
        finished = self.sessions_of(instrument).finished(self.since)
        if instrument.twelve_data_symbol_on(self.today) != _SYMBOL or finished < 3:
            return bars
        is_revised = bars.session == finished - 1 - _SESSIONS_UNTIL_REVISED
        close = np.where(is_revised, np.rint(bars.close * 1.01), bars.close).astype(np.int64)
        return replace(bars, close=close, high=np.maximum(bars.high, close))


@dataclass(frozen=True)
class _SplitView(MarketView):
    """Two shares stand for one from the last session that had begun when the fault did."""

    since: datetime

    def splits_of(self, instrument: Instrument) -> list[Split]:
        splits = super().splits_of(instrument)
        landed = self._landed(instrument)
        return splits if landed is None else sorted([*splits, landed], key=lambda one: one.index)

    def daily(self, instrument: Instrument) -> Bars:
        return self._as_traded(instrument, super().daily(instrument))

    def minutes(self, instrument: Instrument, first: int, end: int) -> Bars:
        return self._as_traded(instrument, super().minutes(instrument, first, end))

    def _landed(self, instrument: Instrument) -> Split | None:
        times = self.sessions_of(instrument)
        index = times.begun(self.since) - 1
        if instrument.twelve_data_symbol_on(self.today) != _SYMBOL or index < 0:
            return None
        return Split(instrument.key, index, date_of(int(times.days[index])), _RATIO, 1)

    def _as_traded(self, instrument: Instrument, bars: Bars) -> Bars:
        landed = self._landed(instrument)
        if landed is None:
            return bars
        divisor = np.where(bars.session >= landed.index, _RATIO, 1)
        prices = {
            name: np.maximum(getattr(bars, name) // divisor, 1)
            for name in ("open", "high", "low", "close")
        }
        return replace(bars, **prices, volume=bars.volume * divisor)
