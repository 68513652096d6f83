"""Restated history: the provider sends the bars that it sent before, all times one factor.

That is how a split reaches a series that the provider adjusts: every bar before it is another
number from then on. The overlap shows it, and then the whole symbol is fetched again. A revised
bar or two are no restatement: the overlap itself brings those.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from ingestion.journal import Journal

# Prices of a few dollars are rounded to a cent.
_TOLERANCE = 0.005
_LEAST_CHANGE = 0.01
_LEAST_BARS = 3
_LEAST_SHARE = 0.8
_REMEMBERED_BARS = 30


@dataclass(frozen=True)
class Restatement:
    """A symbol whose history is fetched again.

    Attributes:
        symbol: in the provider's spelling.
        factor: what every known close was multiplied by.
    """

    source: str
    resource: str
    symbol: str
    factor: float

    def __str__(self) -> str:
        return (
            f"{self.source}.{self.resource} {self.symbol}: its history was restated by a factor "
            f"of {self.factor:.6g}, so all of it was fetched again"
        )


def restated_by(known: Mapping[str, float], fresh: Mapping[str, float]) -> float | None:
    """Return the one factor between known and fresh closes; None where there is none. Pure.

    Args:
        known: positive closes by the stamp of their bar.
        fresh: likewise, sent later.
    """
    ratios = [fresh[stamp] / known[stamp] for stamp in sorted(known) if stamp in fresh]
    # A provider may be late: bars that it first sent after the split are as they were.
    changed = [ratio for ratio in ratios if abs(ratio - 1) >= _LEAST_CHANGE]
    if len(changed) < _LEAST_BARS:
        return None
    factor = median(changed)
    agreeing = sum(_agree(ratio, factor) for ratio in changed)
    is_one_factor = agreeing >= max(_LEAST_BARS, _LEAST_SHARE * len(changed))
    reaches_back = any(_agree(ratio, factor) for ratio in ratios[:2])
    return factor if is_one_factor and reaches_back else None


def _agree(ratio: float, factor: float) -> bool:
    return abs(ratio / factor - 1) <= _TOLERANCE


class BarMemory:
    """The last closes of each symbol that a source sent, kept in the journal.

    A resource with several widths of bars goes by the names of their tracks.

    Args:
        journal: of the home.
        source: whose bars are meant.
    """

    def __init__(self, journal: Journal, source: str) -> None:
        self._journal = journal
        self._source = source

    def pending(self) -> dict[tuple[str, str], float]:
        """Return the factors of the symbols that are still to be fetched again, by resource."""
        with self._journal.transaction() as connection:
            rows = connection.execute(
                "select resource, symbol, factor from restatements where source = ?", [self._source]
            ).fetchall()
        return {(resource, symbol): factor for resource, symbol, factor in rows}

    def compare(self, resource: str, closes: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
        """Remember fresh closes, and return the factors of the symbols that they restate.

        A restatement is noted in the same breath, and stays pending until `settle`: a run that
        is killed leaves it to the next one.

        Args:
            resource: whose bars they are.
            closes: by symbol and stamp.
        """
        found = {}
        with self._journal.transaction() as connection:
            for symbol, fresh in closes.items():
                key = [self._source, resource, symbol]
                row = connection.execute(
                    "select closes from last_closes"
                    " where source = ? and resource = ? and symbol = ?",
                    key,
                ).fetchone()
                known: dict[str, float] = {} if row is None else json.loads(row[0])
                factor = restated_by(known, fresh)
                if factor is not None:
                    found[symbol] = factor
                    connection.execute(
                        "insert or replace into restatements values (?, ?, ?, ?, ?)",
                        [*key, factor, datetime.now(UTC).isoformat()],
                    )
                merged = dict(fresh) if factor is not None else {**known, **fresh}
                # The newest bar may still be open: its close is no history yet.
                stamps = sorted(merged)[-_REMEMBERED_BARS - 1 : -1]
                connection.execute(
                    "insert or replace into last_closes values (?, ?, ?, ?)",
                    [*key, json.dumps({stamp: merged[stamp] for stamp in stamps})],
                )
        return found

    def settle(self, resource: str, symbol: str) -> None:
        """Note that a restated symbol has been fetched again."""
        with self._journal.transaction() as connection:
            connection.execute(
                "delete from restatements where source = ? and resource = ? and symbol = ?",
                [self._source, resource, symbol],
            )
