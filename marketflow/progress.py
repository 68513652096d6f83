"""Progress of long steps: bars on a terminal, plain lines anywhere else."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichBars

from ingestion.progress import Progress
from marketflow.screen import err, note

_PLAIN_SECONDS = 5.0


@contextmanager
def shown() -> Iterator[Progress]:
    """Yield progress that is drawn on standard error until the block ends."""
    if not err.is_terminal:
        lines = PlainLines(note)
        yield lines
        lines.finish()
        return
    bars = RichBars(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
    )
    with bars:
        yield Bars(bars)


class Bars:
    """One bar for each task."""

    def __init__(self, bars: RichBars) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def describe(self, task: str, text: str, *, total: int | None = None) -> None:
        """Draw the task, with a new total where one is given."""
        with self._lock:
            if task not in self._tasks:
                self._tasks[task] = self._bars.add_task(task, total=total)
            self._bars.update(self._tasks[task], description=f"{task}: {text}")
            if total is not None:
                self._bars.update(self._tasks[task], total=total)

    def advance(self, task: str, steps: int = 1) -> None:
        """Move the bar of the task."""
        with self._lock:
            if task in self._tasks:
                self._bars.advance(self._tasks[task], steps)


@dataclass
class _Line:
    text: str = ""
    total: int | None = None
    done: int = 0
    told: str = ""
    told_at: float = field(default=float("-inf"))

    def __str__(self) -> str:
        # Some tasks turn out to have more steps than they were announced with.
        count = f" {self.done} of {max(self.total, self.done)}" if self.total else ""
        return f"{self.text}{count}"


class PlainLines:
    """A line per task every few seconds, and one at its end.

    Args:
        tell: prints a line.
        clock: seconds, for the pace.
    """

    def __init__(
        self, tell: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tell = tell
        self._clock = clock
        self._lines: dict[str, _Line] = {}
        self._lock = threading.Lock()

    def describe(self, task: str, text: str, *, total: int | None = None) -> None:
        """Note what the task is doing and tell it, unless it was told of just now."""
        with self._lock:
            line = self._lines.setdefault(task, _Line())
            line.text = text
            line.total = total if total is not None else line.total
            self._tell_if_due(task, line)

    def advance(self, task: str, steps: int = 1) -> None:
        """Count the steps and tell them, unless the task was told of just now."""
        with self._lock:
            line = self._lines.setdefault(task, _Line())
            line.done += steps
            if line.done == line.total:
                self._tell_now(task, line)
            else:
                self._tell_if_due(task, line)

    def finish(self) -> None:
        """Tell what was not told yet."""
        with self._lock:
            for task, line in self._lines.items():
                self._tell_now(task, line)

    def _tell_if_due(self, task: str, line: _Line) -> None:
        if self._clock() - line.told_at >= _PLAIN_SECONDS:
            self._tell_now(task, line)

    def _tell_now(self, task: str, line: _Line) -> None:
        if str(line) != line.told:
            line.told, line.told_at = str(line), self._clock()
            self._tell(f"{task}: {line}")
