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
