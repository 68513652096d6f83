"""One parse of the dbt project for all the rules. It needs no database."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conventions.manifest import Manifest
from warehouse.settings import PROJECT_ROOT

DBT = "import sys; from dbt.cli.main import cli; sys.argv[0] = 'dbt'; cli()"


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project as `dbt parse` understands it, deprecations being errors."""
    scratch = tmp_path_factory.mktemp("parse")
    shutil.copy(PROJECT_ROOT / "profiles.yml.example", scratch / "profiles.yml")
    arguments = [
        "--log-path", str(scratch / "logs"),
        "--warn-error-options", '{"error": ["Deprecations"]}',
        "parse",
        "--profiles-dir", str(scratch),
        "--target-path", str(scratch / "target"),
        "--no-partial-parse",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", DBT, *arguments],
        cwd=PROJECT_ROOT,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Manifest(json.loads((scratch / "target/manifest.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def tracked_files() -> list[Path]:
    """Every file that git tracks or would, relative to the root."""
    if shutil.which("git") is None or not (PROJECT_ROOT / ".git").exists():
        pytest.skip("this is no git checkout, so nobody can say which files are the project's")
    # In a container the checkout may belong to another user, which git distrusts by default.
    done = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = [Path(name) for name in done.stdout.split("\0") if name]
    return [name for name in names if (PROJECT_ROOT / name).is_file()]
