"""Many series at once, over processes; one that fails is an answer like the others."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context

from forecasting.choosing import choose
from forecasting.errors import Unsuitable
from forecasting.forecasts import Forecast, forecast_from
from forecasting.series import Series


@dataclass(frozen=True)
class Outcome:
    """What became of a series: forecasts with the chosen model, or a reason.

    Attributes:
        subject_id: whose.
        forecasts: of every model; empty with a reason.
        chosen: name of the chosen model; None with a reason.
        reason: one word; None with forecasts.
        sentence: the reason in full; None with forecasts.
    """

    subject_id: str
    forecasts: tuple[Forecast, ...] = ()
    chosen: str | None = None
    reason: str | None = None
    sentence: str | None = None


def forecast_one(series: Series, instant: datetime) -> Outcome:
    """Return the forecasts of a series, or why there are none. Never fails."""
    try:
        made = forecast_from(series, instant)
        return Outcome(series.subject_id, tuple(made), choose(series, instant))
    except Unsuitable as unsuitable:
        return Outcome(series.subject_id, reason=unsuitable.reason, sentence=str(unsuitable))
    except Exception as error:  # noqa: BLE001 - one bad series must not stop the rest
        return Outcome(series.subject_id, reason="failed", sentence=repr(error))


def forecast_many(
    series: Sequence[Series], instant: datetime, workers: int | None = None
) -> Iterator[Outcome]:
    """Yield what became of each series, in their order.

    Args:
        series: what to forecast.
        instant: the origin: nothing that was known later is used.
        workers: processes; one for each core if None, and with 1 none but this one.
    """
    count = min(workers or os.cpu_count() or 1, len(series))
    if count <= 1:
        yield from (forecast_one(one, instant) for one in series)
        return
    # Series are small: threads of a linear algebra library in every process only wait for each
    # other (measured: ten times the time). The processes inherit this when they start.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A fresh interpreter: the caller may have threads, which a fork would copy in any state.
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield from pool.map(forecast_one, series, [instant] * len(series), chunksize=4)
