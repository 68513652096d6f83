"""dlt as we use it: named sources, nothing read from outside, nothing left behind."""

import importlib
import os
from pathlib import Path

import pytest

from ingestion import pipelines
from ingestion.resources import resources, source_names
from warehouse import file_lock


@pytest.mark.parametrize("source", source_names())
def test_a_dlt_source_has_a_resource_for_every_raw_table(source: str) -> None:
    module = importlib.import_module(f"ingestion.sources.{source}.source")

    made = getattr(module, source)()

    assert made.name == source
    assert list(made.resources) == [resource.name for resource in resources(source)]
    assert list(made) == []


def test_the_directories_of_dead_loads_are_removed_and_living_ones_kept(tmp_path: Path) -> None:
    dead, living = (tmp_path / "dlt" / f"load-{name}" for name in ("dead", "living"))
    for directory in (dead, living):
        directory.mkdir(parents=True)
        (directory / "package").write_text("x")

    with file_lock.locked(living / "in_use.lock"), pipelines.working_directory(tmp_path) as own:
        assert own.is_dir()
        assert sorted((tmp_path / "dlt").iterdir()) == sorted([living, own])

    assert list((tmp_path / "dlt").iterdir()) == [living]


def test_a_configuration_beside_us_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text("[runtime]\ndlthub_telemetry = true\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "true")
    monkeypatch.setenv("PROGRESS", "")
    import dlt  # noqa: PLC0415
    from dlt.common.runtime import run_context  # noqa: PLC0415

    with pipelines.working_directory(tmp_path) as directory:
        assert dlt.config["runtime.dlthub_telemetry"] is False
        assert run_context.active().global_dir == str(directory)
        assert not run_context.active().runtime_config.dlthub_telemetry

    assert Path.cwd() == tmp_path
    assert "RUNTIME__DLTHUB_TELEMETRY" in os.environ
