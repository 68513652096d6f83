"""Keys that the providers send back are in no file, table, log, event or process argument."""

import logging
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from urllib.parse import quote

import dagster as dg
import pytest
from psycopg.sql import SQL, Identifier

from orchestration import ingestion_assets
from orchestration.resources import SettingsSource
from tests.ingestion.canaries import answer_with, files_of
from tests.ingestion.markets import KEYS, NOW, settings_of
from tests.ingestion.scripted import Reply, Seen, scripted
from warehouse import database
from warehouse.settings import PROJECT_ROOT, PROVIDERS, Settings

FORMS = [form for key in KEYS.values() for form in {key, quote(key, safe="")}]


def leaks_in_tables(settings: Settings) -> tuple[list[str], int]:
    """Return the tables of any schema that hold a key, and how many rows were looked at."""
    leaks, rows = [], 0
    with database.connect_as_administrator(settings) as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            name = Identifier(schema, table)
            for (text,) in connection.execute(SQL("select one::text from {} as one").format(name)):
                rows += 1
                if any(form in text for form in FORMS):
                    leaks.append(f"{schema}.{table}")
    return leaks, rows


def leaks_in_files(directory: Path) -> list[Path]:
    """Return the files that hold a key, landed bodies unpacked."""
    return [
        file for file, data in files_of(directory) if any(form.encode() in data for form in FORMS)
    ]


def arguments_of_all_processes() -> str:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found.append((process / "cmdline").read_bytes().decode(errors="replace"))
        except OSError:
            continue
    return "\n".join(found)


@pytest.mark.parametrize("fault", ["echo", "echo_error"])
def test_the_command_line_shows_no_key_anywhere(
    warehouse_settings: Settings, tmp_path: Path, fault: str
) -> None:
    arguments: list[str] = []

    def answer(seen: Seen) -> Reply:
        if len(arguments) < 20:
            arguments.append(arguments_of_all_processes())
        return answer_with(fault, seen)

    with scripted(answer) as running:
        settings = settings_of(tmp_path, running.base, database_url=warehouse_settings.database_url)
        assert settings.database_url is not None
        keys = {f"{name.upper()}_API_KEY": KEYS[name] for name in PROVIDERS}
        bases = {f"{name.upper()}_BASE_URL": f"{running.base}/{name}" for name in PROVIDERS}
        plans = {f"{name.upper()}_PLAN": "unlimited" for name in PROVIDERS}
        done = subprocess.run(
            [sys.executable, "-m", "marketflow", "ingest", "--start", "2024-03-01"],
            cwd=PROJECT_ROOT,
            env={
                **os.environ,
                **keys,
                **bases,
                **plans,
                "MARKETFLOW_HOME": str(settings.home),
                "MARKETFLOW_DATABASE_URL": settings.database_url.get_secret_value(),
                "MARKETFLOW_UNIVERSE": str(settings.universe_path),
                "MARKETFLOW_LOG_LEVEL": "DEBUG",
                "MARKETFLOW_NOW": NOW,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        sent = " ".join(str(seen) for seen in running.seen)

    # Every key did go out, and came back.
    assert [name for name in PROVIDERS if KEYS[name] not in sent] == []
    assert done.returncode in ({3, 0} if fault == "echo" else {1})
    leaks, rows = leaks_in_tables(settings)
    assert rows > 20
    assert leaks == []
    assert len(list(files_of(tmp_path / "home"))) > 4
    assert leaks_in_files(tmp_path) == []
    assert not any(form in done.stdout + done.stderr for form in FORMS)
    assert any("marketflow" in text for text in arguments)
    assert not any(form in text for text in arguments for form in FORMS)


def test_dagster_logs_no_key(
    warehouse_settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "dagster").mkdir()
    with (
        scripted(lambda seen: answer_with("echo_error", seen)) as running,
        dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance,
    ):
        settings = settings_of(tmp_path, running.base, database_url=warehouse_settings.database_url)
        assets = ingestion_assets.build(defaultdict(str), settings)
        result = dg.materialize(
            assets,
            instance=instance,
            resources={"settings": SettingsSource(lambda: settings)},
            raise_on_error=False,
        )
        events = [str(event) for event in result.all_events]

    assert len(events) > 20
    assert not any(form in text for text in (*events, caplog.text) for form in FORMS)
    assert any(file.suffix == ".db" for file, _ in files_of(tmp_path / "dagster"))
    assert leaks_in_files(tmp_path) == []
    assert leaks_in_tables(settings)[0] == []
