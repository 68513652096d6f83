"""What dbt builds is what its YAML describes, column by column, in a real database."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingestion import raw_tables
from tests.conventions.conftest import DBT
from tests.conventions.manifest import Manifest
from warehouse import database
from warehouse.settings import PROJECT_ROOT, Settings

COLUMNS = """
    select namespaces.nspname || '.' || relations.relname, columns.attname
    from pg_attribute as columns
    inner join pg_class as relations
        on columns.attrelid = relations.oid
    inner join pg_namespace as namespaces
        on relations.relnamespace = namespaces.oid
    where namespaces.nspname in ('staging', 'intermediate', 'marts', 'ops', 'analyst')
        and relations.relkind in ('r', 'v')
        and columns.attnum > 0
        and not columns.attisdropped
        and (col_description(relations.oid, columns.attnum) is null) = %s
"""


def dbt(settings: Settings, scratch: Path, *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DBT, *arguments, "--target-path", str(scratch / "target")],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "DBT_PROFILES_DIR": str(settings.profiles_directory),
            "DBT_LOG_PATH": str(scratch / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.soak
def test_every_column_in_the_database_carries_its_description(
    warehouse_settings: Settings, manifest: Manifest, tmp_path: Path
) -> None:
    raw_tables.create(warehouse_settings)
    dbt(warehouse_settings, tmp_path, "build", "--exclude-resource-type", "test", "unit_test")

    with database.connect(warehouse_settings, "owner") as connection:
        described = {table for table, _ in connection.execute(COLUMNS, [False]).fetchall()}
        silent = connection.execute(COLUMNS, [True]).fetchall()

    names = {
        f"{model['config']['schema']}.{model['name']}"
        for model in manifest.models
        if model["config"]["materialized"] != "ephemeral"
    }
    assert not names - described, sorted(names - described)
    assert not silent, sorted(silent)
