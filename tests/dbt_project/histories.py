"""Random histories of bars that grow, are filled, revised, split and end, round after round."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

FIRST_DAY = date(2010, 1, 1)
ALWAYS = date.min
LENGTHS = (0, 1, 19, 60, 200, 250, 252, 253, 260, 300, 420, 600)
EVENTS = ("new", "new", "new", "late", "revised", "revised", "vanished", "split", "ended", "none")


@dataclass
class RandomBar:
    """A split-adjusted bar; a provider may lack its range or its volume."""

    high: float | None
    low: float | None
    close: float
    volume: float | None


@dataclass
class History:
    """The bars of an instrument by date, and since when they differ from those last taken."""

    instrument_id: str
    draw: random.Random
    bars: dict[date, RandomBar] = field(default_factory=dict)
    changes: list[date] = field(default_factory=list)
    has_ended: bool = False

    def begin(self) -> None:
        """Bring the first bars, of a length at which something begins, with holes among them."""
        day = FIRST_DAY
        for _ in range(self.draw.choice(LENGTHS)):
            day += timedelta(days=self.draw.choice((1, 1, 1, 1, 2, 4)))
            self.bars[day] = self._bar(day)
        self.changes.append(ALWAYS)

    def move(self) -> None:
        """Let something happen, or nothing."""
        event = "none" if self.has_ended else self.draw.choice(EVENTS)
        if event == "ended":
            self.has_ended = True
        elif event == "new" or (event != "none" and len(self.bars) < 2):
            for _ in range(self.draw.choice((1, 1, 1, 2, 5, 60))):
                self._put(max(self.bars, default=FIRST_DAY) + timedelta(days=1))
        elif event == "late":
            holes = sorted({day + timedelta(days=1) for day in self.bars} - self.bars.keys())
            self._put(self._pick(holes))
        elif event == "revised":
            self._put(self._pick(sorted(self.bars)))
        elif event == "vanished":
            day = self._pick(sorted(self.bars))
            del self.bars[day]
            self.changes.append(day)
        elif event == "split":
            for bar in self.bars.values():
                bar.high = None if bar.high is None else bar.high / 2
                bar.low = None if bar.low is None else bar.low / 2
                bar.close /= 2
                bar.volume = None if bar.volume is None else bar.volume * 2
            self.changes.append(ALWAYS)

    def _put(self, day: date) -> None:
        self.bars[day] = self._bar(day)
        self.changes.append(day)

    def _pick(self, days: list[date]) -> date:
        """Mostly one of the last, which is what providers correct."""
        recent = self.draw.random() < 0.7
        return self.draw.choice(days[-20:] if recent else days)

    def _bar(self, day: date) -> RandomBar:
        before = max((known for known in self.bars if known < day), default=None)
        close = self.bars[before].close if before else 10 ** self.draw.uniform(-9, 9)
        if self.draw.random() < 0.9:
            close *= 1 + self.draw.gauss(0, 0.02)
        volume = float(self.draw.randrange(1_000_000))
        chance = self.draw.random()
        if chance < 0.002:
            volume *= 100_000
        return RandomBar(
            None if chance > 0.999 else close * (1 + self.draw.random() / 50),
            None if chance > 0.9985 else close * (1 - self.draw.random() / 50),
            close,
            None if 0.997 < chance < 0.998 else volume,
        )
