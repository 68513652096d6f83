"""The Makefile, the CI and the workflow, as far as they can be run without installing anything."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")

TOOLS = ("awk", "dirname", "mktemp", "rm", "sh", "touch")


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of what `make` needs, in a folder with a space in its name."""
    house = tmp_path / "a clone"
    house.mkdir()
    for name in ("Makefile", "pyproject.toml", "uv.lock"):
        shutil.copy(PROJECT_ROOT / name, house / name)
    return house


def run_make(
    house: Path, targets: list[str], path: Path | str, **environment: str
) -> tuple[int, str]:
    make = shutil.which("make")
    assert make is not None
    done = subprocess.run(
        [make, *targets],
        cwd=house,
        env={"PATH": str(path), "HOME": str(house), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def bare_machine(tmp_path: Path) -> Path:
    """A PATH with a shell on it and no Python."""
    path = tmp_path / "bin"
    path.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (path / name).symlink_to(found)
    return path


def pretend_python(path: Path, script: str) -> None:
    python = path / "python3"
    python.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    python.chmod(0o755)


def own_lines(output: str) -> list[str]:
    """What was printed, make's own closing remark aside."""
    return [line for line in output.splitlines() if not line.startswith("make:")]


def test_make_alone_lists_its_targets(house: Path) -> None:
    code, output = run_make(house, [], os.environ["PATH"])

    assert code == 0
    assert {"make demo", "make test", "make lint"} <= set(re.findall(r"make \w+", output))


def test_make_without_python_says_what_is_needed(house: Path, tmp_path: Path) -> None:
    code, output = run_make(house, ["sync"], bare_machine(tmp_path))

    assert code != 0
    assert len(own_lines(output)) == 1
    assert "needs Python 3.11, 3.12 or 3.13" in output


def test_make_with_an_old_python_says_what_is_needed(house: Path, tmp_path: Path) -> None:
    path = bare_machine(tmp_path)
    pretend_python(path, "exit 1")

    code, output = run_make(house, ["sync"], path)

    assert code != 0
    assert "needs Python 3.11, 3.12 or 3.13" in output


def test_make_with_a_python_that_lacks_pip_names_the_remedy(house: Path, tmp_path: Path) -> None:
    path = bare_machine(tmp_path)
    # Debian's python3 without python3-venv: it runs, and `-m venv` fails.
    pretend_python(path, 'case "$1" in -c) echo "$0";; *) exit 1;; esac')

    code, output = run_make(house, ["sync"], path)

    assert code != 0
    assert len(own_lines(output)) == 1
    assert "python3-venv" in output
    assert not (house / ".uv").exists()


def test_make_takes_the_interpreter_that_it_is_given(house: Path, tmp_path: Path) -> None:
    path = bare_machine(tmp_path)
    uv = path / "uv"
    uv.write_text('#!/bin/sh\necho "UV_PYTHON=$UV_PYTHON" "$@"\n', encoding="utf-8")
    uv.chmod(0o755)

    code, output = run_make(house, ["sync"], path, UV="uv", PYTHON=sys.executable)

    assert code == 0
    assert f"UV_PYTHON={sys._base_executable} sync --locked --inexact" in output


def test_demo_installs_no_development_tools(house: Path, tmp_path: Path) -> None:
    path = bare_machine(tmp_path)
    uv = path / "uv"
    uv.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    uv.chmod(0o755)
    program = house / ".venv/bin/marketflow"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "marketflow $1"\n', encoding="utf-8")
    program.chmod(0o755)

    code, output = run_make(house, ["demo"], path, UV="uv", PYTHON=sys.executable)

    assert code == 0
    assert "sync --locked --inexact --quiet --no-dev" in output
    assert output.rstrip().endswith("marketflow demo")


def test_ci_runs_what_the_readme_promises() -> None:
    script = PROJECT_ROOT / ".ci/run"
    commands = re.findall(r"^make .*$", script.read_text(encoding="utf-8"), re.MULTILINE)

    assert os.access(script, os.X_OK)
    assert commands == ["make lint", "make test"]


def test_the_workflow_covers_every_supported_python_with_pinned_actions() -> None:
    text = (PROJECT_ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    job = yaml.safe_load(text)["jobs"]["test"]

    assert project["project"]["requires-python"] == ">=3.11,<3.14"
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    assert job["steps"][-1]["run"] == ".ci/run"
    actions = re.findall(r"uses: (.*)", text)
    assert actions
    assert [a for a in actions if not re.match(r"[\w/-]+@[0-9a-f]{40} # v", a)] == []


def test_every_python_package_is_installed_checked_and_layered() -> None:
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    folders = {path.parent.name for path in PROJECT_ROOT.glob("*/__init__.py")}
    packages = sorted(folders - {"tests"})
    layers = project["importlinter"]["contracts"][0]["layers"]

    # Who installs it has no use for benchmarks.
    installed = [name for name in packages if name != "bench"]
    assert project["hatch"]["build"]["targets"]["wheel"]["packages"] == installed
    assert project["mypy"]["packages"] == packages
    assert project["importlinter"]["root_packages"] == packages
    assert sorted(name for layer in layers for name in layer.split(" | ")) == packages
