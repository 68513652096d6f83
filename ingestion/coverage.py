"""How far the landed answers of one symbol reach without a hole. Pure."""

from dataclasses import dataclass, field
from datetime import datetime

from ingestion.planning import Window


@dataclass
class Coverage:
    """What has landed of one symbol and resource.

    A watermark says: of this stretch nothing is missing. So it begins where the first run began,
    grows by what touches it, and ends at the newest row: what lies behind that may yet come.

    Args:
        known: the watermark so far.
        begins_at: where the first run begins; only counts without a watermark.
    """

    known: Window | None
    begins_at: datetime
    newest_at: datetime | None = None
    has_rows: bool = False
    _pieces: list[Window] = field(default_factory=list)

    def see(self, rows: int, newest_at: datetime | None) -> None:
        """Take note of the rows of an answer."""
        self.has_rows = self.has_rows or rows > 0
        if newest_at is not None:
            self.newest_at = max(self.newest_at or newest_at, newest_at)

    def has_landed(self, window: Window) -> bool:
        """Return whether all of a stretch has landed in this run."""
        return any(_contains(piece, window) for piece in self._pieces)

    def add(self, window: Window) -> Window | None:
        """Add a stretch of which all answers have landed, and return the watermark it makes."""
        self._pieces = _merged([*self._pieces, window])
        if self.newest_at is None:
            return None
        if self.known is not None:
            pieces = _merged([*self._pieces, self.known])
            whole = next(piece for piece in pieces if _contains(piece, self.known))
            end = max(self.known.end, min(whole.end, self.newest_at))
        else:
            begun = [piece for piece in self._pieces if piece.start <= self.begins_at <= piece.end]
            if not begun:
                return None
            whole = begun[0]
            end = min(whole.end, self.newest_at)
        return Window(whole.start, end) if whole.start < end else None


def _merged(windows: list[Window]) -> list[Window]:
    merged: list[Window] = []
    for window in sorted(windows, key=lambda one: one.start):
        if merged and window.start <= merged[-1].end:
            end = max(merged[-1].end, window.end)
            merged[-1] = Window(merged[-1].start, end)
        else:
            merged.append(window)
    return merged


def _contains(outer: Window, inner: Window) -> bool:
    return outer.start <= inner.start and outer.end >= inner.end
