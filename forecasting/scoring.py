"""How good a forecast was."""

import numpy as np

from forecasting.series import Values

LEVEL = 0.95


def naive_scale(values: Values, horizon: int) -> float:
    """Return the mean absolute error of the naive forecast over a history, in its unit.

    MASE is an absolute error divided by it (Hyndman and Koehler, 2006), here of one horizon.
    """
    return float(np.abs(values[horizon:] - values[:-horizon]).mean())


def interval_score(truth: float, lower: float, upper: float) -> float:
    """Return the width, and for a miss 2 / (1 - level) times how far it missed.

    Less is better, and no interval but the true one is best (Gneiting and Raftery, 2007).
    """
    missed = max(lower - truth, truth - upper, 0.0)
    return upper - lower + 2 / (1 - LEVEL) * missed
