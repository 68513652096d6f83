"""The tree holds nothing that a stranger should not find in it."""

import re
from pathlib import Path

from warehouse.settings import PROJECT_ROOT

# Spelled with classes so that this file does not offend itself.
UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
SOMEBODYS_MACHINE = re.compile(r"(?<![\w.])/(?:wor[k]|roo[t]|far[m]|hom[e]/\w+)/")
PACKAGE_INDEX = re.compile(r"\b(py[p]i\.org|files\.pythonhosted\.or[g]|index-ur[l])")
PRIVATE_KEY = re.compile(r"BEGIN [A-Z ]*PRIVATE KE[Y]")
LOCK = Path("uv.lock")


def offenders(files: list[Path], pattern: re.Pattern[str]) -> list[str]:
    found = []
    for name in files:
        try:
            text = (PROJECT_ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{name}:{number}"
            for number, line in enumerate(text.splitlines(), start=1)
            if pattern.search(line)
        ]
    return found


def test_nothing_is_marked_unfinished(tracked_files: list[Path]) -> None:
    assert offenders(tracked_files, UNFINISHED) == []


def test_nothing_names_a_path_of_one_machine(tracked_files: list[Path]) -> None:
    assert offenders(tracked_files, SOMEBODYS_MACHINE) == []


def test_only_the_lock_names_a_package_index(tracked_files: list[Path]) -> None:
    others = [name for name in tracked_files if name != LOCK]

    assert offenders([LOCK], PACKAGE_INDEX) != []
    assert offenders(others, PACKAGE_INDEX) == []


def test_no_private_key_is_committed(tracked_files: list[Path]) -> None:
    assert offenders(tracked_files, PRIVATE_KEY) == []


def test_what_is_written_by_running_is_ignored(tracked_files: list[Path]) -> None:
    written = re.compile(r"^(\.env|profiles\.yml|target/.*|logs/.*|\.marketflow/.*|\.venv/.*)$")

    assert [name for name in tracked_files if written.match(name.as_posix())] == []
