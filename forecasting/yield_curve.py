"""Nelson and Siegel's curve (1987), fitted by lmfit to the yields of one day."""

from collections.abc import Sequence
from dataclasses import dataclass

import lmfit
import numpy as np

from forecasting.errors import Unsuitable
from forecasting.series import Values

VERSION = "1"
FEWEST_TENORS = 6


@dataclass(frozen=True)
class CurveFit:
    """The fitted curve.

    Attributes:
        level: the yield at infinity, in percent.
        slope: the short end less the level, in percentage points.
        curvature: the hump, in percentage points.
        decay_months: where slope and hump fade, in months.
        rmse: root of the mean squared residual, in percentage points.
        residuals: yield less curve of each tenor, in percentage points.
    """

    level: float
    slope: float
    curvature: float
    decay_months: float
    rmse: float
    residuals: tuple[float, ...]


def curve(months: Values, level: float, slope: float, curvature: float, decay: float) -> Values:
    """Return yields in percent at maturities in months."""
    scaled = months / decay
    loading = -np.expm1(-scaled) / scaled
    return np.asarray(level + slope * loading + curvature * (loading - np.exp(-scaled)))


def fit(months: Sequence[float], yields: Sequence[float]) -> CurveFit:
    """Return the least-squares curve through the yields of one day.

    Args:
        months: maturities.
        yields: percent a year, one for each maturity.

    Raises:
        Unsuitable: fewer than six tenors, or a yield that is no finite number.
    """
    maturities, observed = np.asarray(months, dtype=float), np.asarray(yields, dtype=float)
    if len(maturities) < FEWEST_TENORS:
        raise Unsuitable("few_tenors", f"{len(maturities)} tenors, of {FEWEST_TENORS} it takes")
    if not np.isfinite(observed).all():
        raise Unsuitable("not_finite", "a yield is no finite number")
    longest, shortest = observed[maturities.argmax()], observed[maturities.argmin()]
    start = lmfit.Parameters()
    start.add("level", value=longest)
    start.add("slope", value=shortest - longest)
    start.add("curvature", value=0.0)
    # Diebold and Li (2006) fix it at 16.4; between these the loadings still differ.
    start.add("decay", value=16.4, min=2.0, max=120.0)
    found = lmfit.minimize(
        lambda tried: observed - curve(maturities, **tried.valuesdict()), start
    ).params.valuesdict()
    residuals = observed - curve(maturities, **found)
    return CurveFit(
        level=found["level"],
        slope=found["slope"],
        curvature=found["curvature"],
        decay_months=found["decay"],
        rmse=float(np.sqrt(np.mean(residuals**2))),
        residuals=tuple(float(residual) for residual in residuals),
    )
