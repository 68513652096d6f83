"""Schedules: when a job runs by itself, in the time of the exchange, on its trading days alone."""

from collections.abc import Sequence
from datetime import datetime

import dagster as dg

from ingestion.calendars import Calendars
from orchestration.jobs import EVERYTHING, AssetJob

NEW_YORK = "America/New_York"
# Providers publish the bars of the day within an hour of the close at 16:00.
AFTER_THE_CLOSE = "0 17 * * 1-5"


def build(jobs: Sequence[AssetJob]) -> list[dg.ScheduleDefinition]:
    """Return the schedules of the jobs. They run unless somebody stops them."""
    job = next(job for job in jobs if job.name == EVERYTHING)

    @dg.schedule(
        name="daily_after_the_close",
        job=job,
        cron_schedule=AFTER_THE_CLOSE,
        execution_timezone=NEW_YORK,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Everything, at 17:00 in New York on each trading day of its exchange.",
    )
    def daily_after_the_close(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        day = context.scheduled_execution_time.date()
        if _is_holiday(context.scheduled_execution_time):
            return dg.SkipReason(f"{day} is no session of the New York Stock Exchange")
        return dg.RunRequest(run_key=f"daily {day}", tags={"marketflow/session": str(day)})

    return [daily_after_the_close]


def _is_holiday(tick: datetime) -> bool:
    return Calendars.around(tick).calendar("XNYS").session(tick.date()) is None
