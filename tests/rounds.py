"""Rounds of one test: a few with fixed seeds in `make test`, the full count in `make soak`."""

from typing import Any

import pytest


def rounds(short: int, long: int) -> list[Any]:
    """Return the seeds of a test's rounds, as its parameters; a failure names its own.

    Args:
        short: how many rounds run in `make test`.
        long: how many other rounds run in `make soak`.
    """
    return [
        *range(1, short + 1),
        *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(1001, 1001 + long)),
    ]
