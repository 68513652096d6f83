"""Telling people: every minute what is wrong is found, and what is news goes to log and Apprise."""

import logging
from collections.abc import Sequence
from pathlib import Path

import apprise
import dagster as dg

from orchestration import alerts, findings, freshness
from orchestration.alerts import News
from orchestration.resources import SettingsSource
from orchestration.rules import read_rules
from warehouse.errors import MarketFlowError
from warehouse.settings import Settings

_log = logging.getLogger(__name__)


def build() -> dg.SensorDefinition:
    """Return the sensor that looks every minute. It runs unless somebody stops it."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Finds what is wrong, keeps ops.fct_alerts, tells people once.",
    )
    def look(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[SettingsSource]
    ) -> dg.SensorResult | dg.SkipReason:
        loaded = settings.load()
        try:
            news = look_and_tell(loaded)
            late = freshness.late_providers(loaded)
        except MarketFlowError as error:
            return dg.SkipReason(str(error))
        evaluations, cursor = freshness.turned(late, context.cursor)
        return dg.SensorResult(
            skip_reason=news.text if news else "nothing new",
            asset_events=evaluations,
            cursor=cursor,
        )

    return look


def look_and_tell(settings: Settings) -> News:
    """Find what is wrong, bring the alerts in line, and tell what is news.

    Raises:
        SettingsError: alerts.yml is malformed.
        DatabaseError: the warehouse cannot be reached.
    """
    rules = read_rules(settings.alerts_path)
    found = findings.find(
        settings, grace_hours=rules.grace_hours, schema_change_days=rules.schema_change_days
    )
    return alerts.bring_in_line(
        settings,
        found,
        cool_down_hours=rules.cool_down_hours,
        kinds=rules.kinds,
        tell=lambda news: tell(news, rules.urls),
    )


def tell(news: News, urls: tuple[str, ...]) -> None:
    """Write the news to the log, and send all of it as one message to every URL."""
    for line in news.text.splitlines():
        _log.warning("%s", line)
    title = f"MarketFlow: {len(news.opened)} new, {len(news.recovered)} recovered"
    if not send(urls, title, news.text):
        # The URLs are secrets, so they are counted and not named.
        _log.error("the alert did not reach each of the %s places of alerts.yml", len(urls))


def send(urls: Sequence[str], title: str, body: str, files: Sequence[Path] = ()) -> bool:
    """Send a message, with files where a place takes them; return whether it reached every URL."""
    if not urls:
        return True
    places = apprise.Apprise()
    for url in urls:
        places.add(url)
    return bool(places.notify(title=title, body=body, attach=[str(file) for file in files] or None))
