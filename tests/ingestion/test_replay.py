"""A whole extract from the sandbox, loaded; then raw rebuilt elsewhere with nobody to ask."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from ingestion import sandbox
from ingestion.extract import extract
from ingestion.load import load
from ingestion.resources import resources
from ingestion.sandbox import Sandbox
from tests.conftest import DatabaseFactory, SettingsFactory
from tests.ingestion.landings import raw_rows
from tests.ingestion.object_store import ObjectStore
from tests.orchestration import market
from warehouse import setup
from warehouse.settings import PROVIDERS, Settings, load_settings


@pytest.fixture
def open_sandbox(settings_for: SettingsFactory, tmp_path: Path) -> Iterator[Sandbox]:
    server = sandbox.start(settings_for(tmp_path / "sandbox", frozen_now=market.NOW), 0)
    yield server
    server.stop()


def raw(settings: Settings) -> dict[str, list[dict[str, object]]]:
    """Every row of every raw table, load ids aside."""
    return {
        resource.table: raw_rows(settings, resource.source, resource.name)
        for resource in resources()
    }


def copy_to_disk(store: ObjectStore, landing_url: str, directory: Path) -> None:
    """Copy a landing from S3, as any tool could that knows nothing of it."""
    client = store.client()
    bucket, _, root = landing_url.removeprefix("s3://").partition("/")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for entry in page["Contents"]:
            target = directory / entry["Key"].removeprefix(f"{root}/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(client.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read())


def test_raw_is_rebuilt_from_the_landing_alone_on_s3_and_on_disk(
    open_sandbox: Sandbox, store: ObjectStore, new_database: DatabaseFactory, tmp_path: Path
) -> None:
    place = store.settings(store.new_bucket())
    settings = market.settings_of(tmp_path, new_database("asked"), open_sandbox, **place)
    with settings.universe_path.open("a", encoding="utf-8") as universe:
        universe.write("^GSPC,S&P 500,index,XNYS,USD,,^GSPC,,\n")
    setup.set_up(settings)
    extracted = extract(settings, start=date(2025, 3, 12))
    open_sandbox.stop()
    loaded = load(settings)
    copy_to_disk(store, settings.landing_url, tmp_path / "copy")
    before = raw(settings)

    replays = {}
    for landing_url in (settings.landing_url, str(tmp_path / "copy")):
        empty = load_settings(
            None,
            **settings.model_dump()
            | {"landing_location": landing_url, "home_dir": tmp_path / f"home {len(replays)}"}
            | {"database_url": new_database("replayed")},
        )
        setup.set_up(empty)
        summary = load(empty, all=True)
        replays[landing_url] = raw(empty)
        assert (summary.rows, summary.exit_code) == (loaded.rows, 0)

    filled = [table for table, rows in before.items() if rows]
    assert (extracted.exit_code, loaded.exit_code) == (0, 0)
    assert len(filled) >= 15
    assert {table.partition(".")[0] for table in filled} == {f"raw_{name}" for name in PROVIDERS}
    assert loaded.rows == sum(len(rows) for rows in before.values()) > 500
    assert [rows == before for rows in replays.values()] == [True, True]
