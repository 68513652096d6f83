"""Telling people: every minute what is wrong is found, and what is news goes to log and Apprise."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import apprise
import dagster as dg
import yaml

from orchestration import alerts, findings
from orchestration.alerts import News
from orchestration.resources import SettingsSource
from warehouse.errors import MarketFlowError, SettingsError
from warehouse.settings import Settings

_log = logging.getLogger(__name__)
# It writes URLs that it cannot use to the log as they are, and they hold secrets.
logging.getLogger("apprise").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Rules:
    """What alerts.yml says; the file explains each."""

    urls: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    cool_down_hours: float = 6
    grace_hours: float = 3
    schema_change_days: float = 7


def build() -> dg.SensorDefinition:
    """Return the sensor that looks every minute. It runs unless somebody stops it."""

    @dg.sensor(
        name="alerts",
        minimum_interval_seconds=60,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Finds what is wrong, keeps ops.fct_alerts, tells people once.",
    )
    def look(settings: dg.ResourceParam[SettingsSource]) -> dg.SkipReason:
        try:
            news = look_and_tell(settings.load())
        except MarketFlowError as error:
            return dg.SkipReason(str(error))
        return dg.SkipReason(news.text if news else "nothing new")

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


def read_rules(path: Path) -> Rules:
    """Return the rules of a YAML file.

    Raises:
        SettingsError: it cannot be read, or holds what it should not.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        unknown = sorted(set(values) - {one.name for one in fields(Rules)})
    except (OSError, TypeError, yaml.YAMLError) as error:
        raise SettingsError(
            f"the alerts {path} cannot be read ({type(error).__name__}): copy "
            "orchestration/alerts.yml and name the copy in MARKETFLOW_ALERTS"
        ) from None
    if unknown:
        known = ", ".join(one.name for one in fields(Rules))
        raise SettingsError(f"the alerts {path}: {unknown[0]} is unknown: there are {known}")
    lists = {name: tuple(values.get(name) or ()) for name in ("urls", "kinds")}
    for number, url in enumerate(lists["urls"], start=1):
        if not apprise.Apprise().add(url):
            raise SettingsError(
                f"the alerts {path}: number {number} of urls is no URL that Apprise can use"
            )
    return Rules(**{**values, **lists})
