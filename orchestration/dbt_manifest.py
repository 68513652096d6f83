"""dbt's manifest, parsed again when the project has changed; needs no database and no profile."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from orchestration import dbt_directory
from orchestration.resources import dbt_executable
from warehouse.errors import MarketFlowError
from warehouse.file_lock import locked
from warehouse.settings import PROJECT_ROOT, Settings

_PROFILES = "profiles.yml"


def prepare(settings: Settings) -> Path:
    """Return the path of a manifest that is not older than the project.

    Raises:
        MarketFlowError: dbt cannot parse the project.
    """
    directory = settings.home / "dagster" / "dbt"
    directory.mkdir(parents=True, exist_ok=True)
    manifest = directory / "manifest.json"
    with locked(directory / "lock"):
        if not _is_current(manifest):
            _parse(settings, directory)
    return manifest


def descriptions(manifest: Path) -> dict[tuple[str, str], str]:
    """Return what dbt says of each source table, so that it is written once."""
    sources = json.loads(manifest.read_text(encoding="utf-8"))["sources"].values()
    return {(one["source_name"], one["name"]): one["description"] for one in sources}


def _is_current(manifest: Path) -> bool:
    if not manifest.exists():
        return False
    parsed_at = manifest.stat().st_mtime
    files = [PROJECT_ROOT / "dbt_project.yml", *(PROJECT_ROOT / "dbt_project").rglob("*")]
    # A folder's own time tells of a file that was removed.
    return all(path.stat().st_mtime <= parsed_at for path in files)


def _parse(settings: Settings, directory: Path) -> None:
    dbt_directory.hand_over(dbt_directory.of_command_line(), directory)
    with tempfile.TemporaryDirectory() as scratch:
        # Parsing connects to nothing, but dbt wants a profile: the example does.
        shutil.copyfile(PROJECT_ROOT / f"{_PROFILES}.example", Path(scratch) / _PROFILES)
        written = settings.profiles_directory / _PROFILES
        profiles = written.parent if written.exists() else Path(scratch)
        done = subprocess.run(
            [
                dbt_executable(),
                "--quiet",
                "parse",
                *["--profiles-dir", str(profiles), "--target-path", str(directory)],
                *["--log-path", str(directory / "logs")],
            ],
            cwd=PROJECT_ROOT,
            env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        story = " ".join((done.stdout + done.stderr).split())[-500:]
        raise MarketFlowError(f"dbt cannot parse the project: {story}")
    os.utime(directory / "manifest.json")
