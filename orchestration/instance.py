"""The Dagster instance of a home: where its files are, and how its processes find the code.

Imports no Dagster, so that the command line starts quickly.
"""

import os
import sys
from pathlib import Path

from warehouse.errors import SettingsError
from warehouse.settings import PROJECT_ROOT, Settings

MODULE = "orchestration.definitions"
_TEMPLATE = Path(__file__).with_name("dagster.yaml")


def directory(settings: Settings) -> Path:
    """Return the directory that DAGSTER_HOME names for these settings."""
    return settings.home / "dagster"


def prepare(settings: Settings, code_port: int) -> Path:
    """Make the directory with its dagster.yaml and workspace.yaml, and return it.

    Args:
        settings: whose home it lies in.
        code_port: where the code server listens, on 127.0.0.1.

    Raises:
        SettingsError: the home cannot be written.
    """
    home = directory(settings)
    workspace = (
        "load_from:\n"
        "  - grpc_server:\n"
        "      host: 127.0.0.1\n"
        f"      port: {code_port}\n"
        "      location_name: marketflow\n"
    )
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not (home / "dagster.yaml").exists():
            (home / "dagster.yaml").write_bytes(_TEMPLATE.read_bytes())
        (home / "workspace.yaml").write_text(workspace, encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"MARKETFLOW_HOME is {settings.home}, which cannot be written ({error.strerror}): "
            "set it to a directory that you may write"
        ) from None
    return home


def is_as_shipped(settings: Settings) -> bool:
    """Tell whether the home's dagster.yaml is today's, or there is none yet."""
    kept = directory(settings) / "dagster.yaml"
    return not kept.exists() or kept.read_bytes() == _TEMPLATE.read_bytes()


def location(code_port: int) -> list[str]:
    """Return the arguments with which a code server serves our definitions."""
    return [
        *["-h", "127.0.0.1", "-p", str(code_port)],
        *["-m", MODULE, "-d", str(PROJECT_ROOT), "--location-name", "marketflow"],
    ]


def path_with_dbt() -> str:
    """Return a PATH on which the dbt of this environment comes first; Dagster starts it by name."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
