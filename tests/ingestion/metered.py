"""A Twelve Data on loopback that counts credits in a minute of its own, and refuses more."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.ingestion.markets import answer_well
from tests.ingestion.scripted import Reply, Seen

REFUSAL = {
    "code": 429,
    "message": "You have run out of API credits for the current minute.",
    "status": "error",
}


@dataclass
class Meter:
    """Answers well while no `minute` seconds hold more than `limit` credits.

    Attributes:
        spent: when each request came, and what it cost.
        refused: how many requests were too many.
    """

    limit: int
    minute: float
    spent: list[tuple[float, int]] = field(default_factory=list)
    refused: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def credits(self) -> int:
        return sum(cost for _, cost in self.spent)

    def answer(self, seen: Seen) -> Reply:
        cost = len(seen.params["symbol"].split(","))
        with self.lock:
            now = time.monotonic()
            used = sum(spent for at, spent in self.spent if at > now - self.minute)
            if used + cost > self.limit:
                self.refused += 1
                return Reply(REFUSAL, status=429)
            self.spent.append((now, cost))
        return answer_well(seen)


def many(count: int) -> Sequence[str]:
    """Rows of a universe with so many stocks, S000, S001, ..."""
    return [f"S{n:03},Stock {n},equity,XNYS,USD,S{n:03},,," for n in range(count)]


def write_limits(directory: Path, **limits: object) -> Path:
    """Write a file for MARKETFLOW_PLANS that changes the free plan of Twelve Data."""
    path = directory / "limits.toml"
    lines = [f"{name} = {value}" for name, value in limits.items()]
    path.write_text("\n".join(["[twelve_data.plans.free]", *lines]) + "\n")
    return path
