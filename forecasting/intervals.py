"""How far off a model was at past values, and so how far off it may be now.

Conformal prediction, over the errors of rolling origins at the same horizon, each divided by the
spread of its day (Lei et al., 2018). Errors of origins nearer to each other than the horizon
overlap, so that a stretch as long as the horizon counts as one.
"""

import numpy as np
from scipy import stats

from forecasting.models import Path
from forecasting.scoring import LEVEL
from forecasting.series import Values

# Of the first values a model has learnt nothing yet.
_LEARNT_FROM = 30


def margin(values: Values, path: Path, horizon: int) -> float:
    """Return by how much truth may differ from the forecast, with 95 % probability.

    Args:
        values: what the model saw, shape (values,).
        path: what it said at each of them.
        horizon: steps ahead, one of the columns of `path`.

    Raises:
        ValueError: no forecast of that horizon can be judged.
    """
    spread = np.ones(len(values)) if path.spread is None else path.spread
    errors = values[horizon:] - path.said[:-horizon, horizon - 1]
    is_judged = np.isfinite(errors) & (spread[:-horizon] > 0)
    is_judged[:_LEARNT_FROM] = False
    judged = np.abs(errors[is_judged] / spread[:-horizon][is_judged])
    if not len(judged):
        raise ValueError(f"no forecast of {horizon} steps can be judged by {len(values)} values")
    stretches = len(judged) / horizon
    level = LEVEL * (1 + 1 / stretches)
    if level <= 1:
        return float(np.quantile(judged, level, method="higher") * spread[-1])
    # Fewer than 19 stretches have no such quantile: that of Student for their mean square.
    student = stats.t.ppf((1 + LEVEL) / 2, max(stretches, 1))
    return float(student * np.sqrt(np.mean(judged**2)) * spread[-1])
