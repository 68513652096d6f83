"""Logs: JSON lines with the run in a file a day, human lines on a screen, no secrets."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SettingsFactory
from warehouse import logs
from warehouse.settings import PROJECT_ROOT, Settings

KEY = "canary-fmp-0123456789abcdef"


@pytest.fixture
def settings(tmp_path: Path, settings_for: SettingsFactory) -> Settings:
    return settings_for(tmp_path, fmp_api_key=KEY)


@pytest.fixture
def screen(settings: Settings) -> Iterator[io.StringIO]:
    """Logging as a command sets it up, and everything as it was before afterwards."""
    root, dlt = logging.getLogger(), logging.getLogger("dlt")
    kept = root.handlers[:], root.level, dlt.handlers[:], dlt.propagate
    levels = {name: logging.getLogger(name).level for name in logs.LIBRARIES}
    root.handlers, dlt.handlers = [], []
    text = io.StringIO()
    logs.begin(settings, text)
    yield text
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level, dlt.handlers, dlt.propagate = kept
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def lines(settings: Settings) -> list[dict[str, Any]]:
    today = logs.directory(settings) / f"marketflow-{datetime.now(UTC):%Y-%m-%d}.jsonl"
    return [json.loads(line) for line in today.read_text(encoding="utf-8").splitlines()]


def test_a_line_of_the_file_is_json_and_names_its_run(
    settings: Settings, screen: io.StringIO
) -> None:
    log = logging.getLogger("ingestion.test")

    log.info("outside")
    with logs.of_run("0190abc"):
        log.info("asked %d times", 3)

    before, inside = lines(settings)
    assert before["run_id"] is None
    assert inside["run_id"] == "0190abc"
    assert (inside["level"], inside["logger"], inside["message"]) == (
        "INFO",
        "ingestion.test",
        "asked 3 times",
    )
    assert datetime.fromisoformat(inside["at"]).tzinfo is not None
    assert screen.getvalue() == ""


def test_a_warning_is_one_line_on_the_screen_and_its_traceback_in_the_file(
    settings: Settings, screen: io.StringIO
) -> None:
    try:
        int(f"with the key {KEY}")
    except ValueError:
        logging.getLogger("ingestion.test").warning("it\nbroke at %s", KEY, exc_info=True)

    (line,) = lines(settings)
    assert screen.getvalue() == "warning: it broke at ***\n"
    assert "Traceback" in line["exception"]
    assert "'with the key ***'" in line["exception"]
    assert KEY not in json.dumps(line)


def test_libraries_log_their_warnings_to_the_file_alone(
    settings: Settings, screen: io.StringIO
) -> None:
    import dlt  # noqa: PLC0415
    from dlt.common import logger as dlt_logger  # noqa: PLC0415

    dlt_logger._create_logger("dlt", "WARNING", "{message}", "test", {})
    for name in ("dlt", "urllib3.connectionpool", "dagster"):
        logging.getLogger(name).info("of no interest")
        logging.getLogger(name).warning("mind %s", KEY)

    assert dlt.__version__
    assert [(line["logger"], line["message"]) for line in lines(settings)] == [
        ("dlt", "mind ***"),
        ("urllib3.connectionpool", "mind ***"),
        ("dagster", "mind ***"),
    ]
    assert screen.getvalue() == ""


def test_old_files_are_removed_and_no_other(settings: Settings, screen: io.StringIO) -> None:
    where = logs.directory(settings)
    where.mkdir(parents=True)
    for day in range(1, 21):
        (where / f"marketflow-2024-01-{day:02}.jsonl").write_text("{}\n")
    (where / "dbt.log").write_text("")

    logging.getLogger("ingestion.test").info("today")

    kept = sorted(path.name for path in where.iterdir())
    assert len(kept) == 15
    assert kept[:2] == ["dbt.log", "marketflow-2024-01-08.jsonl"]


def test_a_home_that_cannot_be_written_stops_nothing(
    settings: Settings, screen: io.StringIO
) -> None:
    settings.home.parent.mkdir(parents=True, exist_ok=True)
    settings.home.write_text("a file is in the way")

    logging.getLogger("ingestion.test").warning("all the same")

    assert screen.getvalue() == "warning: all the same\n"


_A_RUN = """
import dagster as dg
import logging

@dg.asset
def prices(context):
    context.log.info("asset speaks")
    logging.getLogger("ingestion.extract").warning("ingestion speaks")

with dg.DagsterInstance.get() as instance:
    dg.materialize([prices], instance=instance)
"""


def test_a_run_of_dagster_logs_to_the_same_file(tmp_path: Path, settings: Settings) -> None:
    home = tmp_path / "dagster"
    home.mkdir()
    template = PROJECT_ROOT / "orchestration" / "dagster.yaml"
    (home / "dagster.yaml").write_bytes(template.read_bytes())

    subprocess.run(
        [sys.executable, "-c", _A_RUN],
        check=True,
        cwd=PROJECT_ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "DAGSTER_HOME": str(home),
            "MARKETFLOW_HOME": str(settings.home),
            "FMP_API_KEY": KEY,
        },
        capture_output=True,
        timeout=120,
    )

    messages = [line["message"] for line in lines(settings)]
    assert any("asset speaks" in message for message in messages)
    assert any("ingestion speaks" in message for message in messages)
