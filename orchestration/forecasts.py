"""Forecasts from the marts into raw: each is made once, of what was known then, and stays."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg

from forecasting import models, yield_curve
from forecasting.errors import Unsuitable
from forecasting.many import Outcome, forecast_many
from ingestion.progress import NoProgress, Progress
from orchestration import forecast_inputs
from orchestration.forecast_inputs import Connection, DayOfYields, Subject
from warehouse import database, run_log
from warehouse.errors import MarketFlowError, UsageError
from warehouse.run_log import Run
from warehouse.settings import Settings

JOB = "forecast"

_FORECAST = """
insert into raw_marketflow.forecasts (
    subject_id, subject_kind, origin_date, model, model_version, horizon, target_date,
    origin_value, point, lower, upper, naive_scale, is_chosen, is_synthetic,
    known_as_of, made_at, run_id
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing
"""
_FIT = """
insert into raw_marketflow.yield_curve_fits (
    observation_date, model_version, yields_known_from, tenor_count, level_pct, slope_pct,
    curvature_pct, decay_months, rmse_pct, residuals, is_synthetic, made_at, run_id
)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict do nothing
"""


@dataclass
class Made:
    """What a run made.

    Attributes:
        forecasts, fits: rows that were written.
        subjects: series that were forecast.
        known: series whose forecasts from the same origin were there already.
        refused: why the others have none, by their id: a word and a sentence.
    """

    forecasts: int = 0
    fits: int = 0
    subjects: int = 0
    known: int = 0
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def reasons(self) -> Counter[str]:
        """How many series have no forecast, by the word for it."""
        return Counter(text.partition(":")[0] for text in self.refused.values())


def make(
    settings: Settings,
    *,
    origin: datetime | None = None,
    names: Sequence[str] | None = None,
    trigger: run_log.Trigger = "command_line",
    progress: Progress | None = None,
    workers: int | None = None,
) -> Made:
    """Forecast every series and fit every yield curve that is new, and return what was made.

    Args:
        settings: warehouse and clock.
        origin: nothing that was known later is used; now if None.
        names: symbols and FRED ids of the series, and then no curves; all that is tracked if None.
        trigger: who asked, for the log of runs.
        progress: told of each series.
        workers: processes; one for each core if None.

    Raises:
        UsageError: the origin lies in the future.
        MarketFlowError: the marts are not built.
        DatabaseError: the warehouse cannot be reached.
    """
    now = settings.now()
    instant = origin or now
    if instant > now:
        raise UsageError(f"the origin {instant.isoformat()} lies in the future: nothing is known")
    told = progress or NoProgress()
    with run_log.run(settings, JOB, trigger=trigger) as run:
        told.describe(JOB, "reading what was known")
        subjects, curves = _read(settings, instant, names)
        made = Made()
        with database.connect(settings, "loader") as connection:
            _forecast(connection, subjects, instant, run, made=made, progress=told, workers=workers)
            _fit(connection, curves, run, made)
        run.rows = made.forecasts + made.fits
        run.details = {
            "origin": instant.isoformat(),
            "model_version": models.VERSION,
            "forecasts": made.forecasts,
            "fits": made.fits,
            "known": made.known,
            "refused": made.refused,
        }
    return made


def _read(
    settings: Settings, instant: datetime, names: Sequence[str] | None
) -> tuple[list[Subject], list[DayOfYields]]:
    try:
        with database.connect(settings, "reader") as connection:
            prices = forecast_inputs.read_prices(connection, instant, names)
            macro = forecast_inputs.read_macro(connection, instant, names)
            curves = forecast_inputs.read_yields(connection, instant) if names is None else []
            return [*prices, *macro], curves
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedFunction):
        raise MarketFlowError(
            "there is nothing to forecast from: `marketflow transform` builds the marts"
        ) from None


def _forecast(
    connection: Connection,
    subjects: Sequence[Subject],
    instant: datetime,
    run: Run,
    *,
    made: Made,
    progress: Progress,
    workers: int | None,
) -> None:
    """Write the forecasts of each series as soon as they are made."""
    known = {
        (subject_id, day)
        for subject_id, day in connection.execute(
            "select distinct subject_id, origin_date from raw_marketflow.forecasts"
            " where model_version = %s and origin_date > %s - 3 * 366",
            [models.VERSION, instant.date()],
        )
    }
    new = [one for one in subjects if (one.series.subject_id, one.origin_date) not in known]
    made.known = len(subjects) - len(new)
    progress.describe(JOB, "series", total=len(new))
    outcomes = forecast_many([one.series for one in new], instant, workers)
    for subject, outcome in zip(new, outcomes, strict=True):
        if outcome.reason is not None:
            made.refused[outcome.subject_id] = f"{outcome.reason}: {outcome.sentence}"
        else:
            rows = _rows(subject, outcome, instant, run.run_id)
            made.forecasts += _write(connection, _FORECAST, rows)
            made.subjects += 1
        progress.advance(JOB)


def _rows(
    subject: Subject, outcome: Outcome, instant: datetime, run_id: str
) -> list[tuple[Any, ...]]:
    made_at = datetime.now(UTC)
    return [
        (
            outcome.subject_id,
            subject.kind,
            one.origin_date,
            one.model,
            models.VERSION,
            one.horizon,
            one.target_date,
            one.origin_value,
            one.point,
            one.lower,
            one.upper,
            one.naive_scale,
            one.model == outcome.chosen,
            subject.is_synthetic,
            instant,
            made_at,
            run_id,
        )
        for one in outcome.forecasts
    ]


def _fit(connection: Connection, curves: Sequence[DayOfYields], run: Run, made: Made) -> None:
    """Fit the curve of each day that has none of the same yields yet."""
    known = set(
        connection.execute(
            "select observation_date, yields_known_from from raw_marketflow.yield_curve_fits"
            " where model_version = %s",
            [yield_curve.VERSION],
        )
    )
    rows = []
    for one in curves:
        if (one.day, one.known_from) in known:
            continue
        try:
            found = yield_curve.fit(one.months, one.yields)
        except Unsuitable:
            continue
        residuals = dict(zip(one.tenors, found.residuals, strict=True))
        rows.append(
            (
                one.day,
                yield_curve.VERSION,
                one.known_from,
                len(one.tenors),
                found.level,
                found.slope,
                found.curvature,
                found.decay_months,
                found.rmse,
                json.dumps(residuals),
                one.is_synthetic,
                datetime.now(UTC),
                run.run_id,
            )
        )
    made.fits = _write(connection, _FIT, rows)


def _write(connection: Connection, statement: str, rows: list[tuple[Any, ...]]) -> int:
    """Write rows in a transaction and return how many were new."""
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.executemany(statement.encode(), rows)
        written = cursor.rowcount
    connection.commit()
    return written
