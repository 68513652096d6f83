"""What long steps tell of how far they are, whoever draws it."""

from typing import Protocol


class Progress(Protocol):
    """Told of the steps of a task; called from several threads."""

    def describe(self, task: str, text: str, *, total: int | None = None) -> None:
        """Say what `task` is doing, and how many steps it has by now."""

    def advance(self, task: str, steps: int = 1) -> None:
        """Say that `task` has done some steps."""


class NoProgress:
    """Draws nothing."""

    def describe(self, task: str, text: str, *, total: int | None = None) -> None:
        """Do nothing."""

    def advance(self, task: str, steps: int = 1) -> None:
        """Do nothing."""


class Phase:
    """A phase of a longer task: its tasks are told under names of their own.

    Args:
        progress: told of them.
        name: stands before the name of each task.
    """

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name

    def describe(self, task: str, text: str, *, total: int | None = None) -> None:
        """Pass it on."""
        self._progress.describe(f"{self._name} {task}", text, total=total)

    def advance(self, task: str, steps: int = 1) -> None:
        """Pass it on."""
        self._progress.advance(f"{self._name} {task}", steps)
