"""An embedded server of a test's own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.warehouse import servers
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

Starter = Callable[[Settings], "subprocess.Popen[str]"]


@pytest.fixture
def fresh(tmp_path: Path, watch: servers.Watch) -> Iterator[Settings]:
    """Settings of an embedded server that was never started; gone with its data afterwards."""
    settings = load_settings(
        None,
        home_dir=tmp_path / "home of ours",
        profiles_location=tmp_path,
        embedded_port=servers.free_port(),
    )
    watch.over(settings)
    yield settings
    servers.remove(settings)


@pytest.fixture
def start_elsewhere() -> Iterator[Starter]:
    """Start the embedded server from another process, its output through pipes."""
    begun: list[subprocess.Popen[str]] = []

    def begin(settings: Settings) -> subprocess.Popen[str]:
        code = (
            "from warehouse import embedded; from warehouse.settings import load_settings;"
            " embedded.start(load_settings(None))"
        )
        environment = {
            **os.environ,
            "MARKETFLOW_HOME": str(settings.home),
            "MARKETFLOW_POSTGRES_PORT": str(settings.embedded_port),
        }
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=PROJECT_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        begun.append(process)
        return process

    yield begin
    for process in begun:
        process.communicate(timeout=60)
