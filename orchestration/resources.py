"""What assets get handed: the settings, read when a run begins, and dbt, which they point at."""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from dagster_dbt import DbtCliResource

from warehouse.settings import PROJECT_ROOT, Settings


@dataclass(frozen=True)
class SettingsSource:
    """Where runs get their settings from. A test puts its own here."""

    load: Callable[[], Settings]


def dbt_executable() -> str:
    """Return the dbt beside the interpreter that runs this."""
    name = "dbt.exe" if sys.platform == "win32" else "dbt"
    return str(Path(sys.executable).parent / name)


def dbt_cli(settings: Settings) -> DbtCliResource:
    """Return dbt on this project, with the profile that `marketflow db setup` wrote."""
    return DbtCliResource(
        project_dir=str(PROJECT_ROOT),
        profiles_dir=str(settings.profiles_directory),
        dbt_executable=dbt_executable(),
    )


def dbt_vars(settings: Settings) -> list[str]:
    """Return dbt's arguments for a watchlist and a present that are not the usual ones.

    Without them a run parses nothing again that Dagster's own start has parsed. An instant in the
    environment is dbt's too; a file that is named there it cannot read.
    """
    values = {}
    if settings.watchlist != Settings.model_fields["watchlist"].default:
        values["watchlist"] = settings.watchlist
    now = settings.now().isoformat()
    if settings.frozen_now is not None and os.environ.get("MARKETFLOW_NOW") != now:
        values["marketflow_now"] = now
    return ["--vars", json.dumps(values)] if values else []
