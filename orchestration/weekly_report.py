"""The report of the week, on its Saturday: the page that `marketflow report` writes."""

import logging

import dagster as dg

from orchestration.market_hours import NEW_YORK
from orchestration.resources import SettingsSource
from reporting.weekly import Week, making

WEEKLY_REPORT = "weekly_report"
# After 08:00, whose knowledge the report tells.
ON_SATURDAY = "15 8 * * 6"

_log = logging.getLogger(__name__)


def build_job() -> dg.JobDefinition:
    """Return the job that writes the report of the last week that is over into the home."""

    @dg.op(description="Read the marts, write the page and, with a Chromium, its PDF.")
    def write_report(settings: dg.ResourceParam[SettingsSource]) -> None:
        loaded = settings.load()
        for path in making.make(loaded, Week.last_told(loaded.now())):
            _log.info("wrote %s", path)

    @dg.job(name=WEEKLY_REPORT, description="The report of the week that is over, into the home.")
    def weekly_report() -> None:
        write_report()

    return weekly_report


def build_schedule(job: dg.JobDefinition) -> dg.ScheduleDefinition:
    """Return its schedule, which runs unless somebody stops it."""
    return dg.ScheduleDefinition(
        name="weekly_report_on_saturday",
        job=job,
        cron_schedule=ON_SATURDAY,
        execution_timezone=NEW_YORK,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="The report of the week, on Saturday morning in New York.",
    )
