"""The report of the week, on its Saturday: the page that `marketflow report` writes, sent on."""

import logging

import dagster as dg

from orchestration import telling
from orchestration.resources import SettingsSource
from orchestration.rules import read_rules
from reporting.weekly import Week, making
from warehouse.settings import Settings

WEEKLY_REPORT = "weekly_report"

_log = logging.getLogger(__name__)


def build_job() -> dg.JobDefinition:
    """Return the job that writes the report of the last week that is over into the home."""

    @dg.op(description="Read the marts, write the page and, with a Chromium, its PDF; send it.")
    def write_report(settings: dg.ResourceParam[SettingsSource]) -> None:
        write_and_send(settings.load())

    @dg.job(name=WEEKLY_REPORT, description="The report of the week that is over, into the home.")
    def weekly_report() -> None:
        write_report()

    return weekly_report


def write_and_send(settings: Settings) -> None:
    """Write the report of the last week that is over, and send it to the places of alerts.yml.

    Raises:
        SettingsError: alerts.yml is malformed.
        DatabaseError: the warehouse cannot be reached.
    """
    week = Week.last_told(settings.now())
    files = making.make(settings, week)
    for path in files:
        _log.info("wrote %s", path)
    urls = read_rules(settings.alerts_path).urls
    title = f"MarketFlow: markets in week {week.name}"
    body = f"The report of {week.monday} to {week.friday}, as known at {week.known_at:%F %R} UTC."
    if not telling.send(urls, title, body, files):
        _log.error("the report did not reach each of the %s places of alerts.yml", len(urls))
