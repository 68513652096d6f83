"""The rules of alerts, read from their YAML file, which explains each."""

import logging
from dataclasses import dataclass, fields
from pathlib import Path

import apprise
import yaml

from warehouse.errors import SettingsError

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
