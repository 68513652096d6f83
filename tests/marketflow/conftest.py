"""A terminal with a home of its own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.marketflow.typing_person import Terminal
from warehouse.settings import Settings


@pytest.fixture
def terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Terminal]:
    """Someone at a terminal, without keys, whose home is empty."""
    home = tmp_path / "home"
    monkeypatch.setenv("MARKETFLOW_HOME", str(home))
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path / "profiles"))
    monkeypatch.setenv("DBT_TARGET_PATH", str(tmp_path / "target"))
    monkeypatch.setenv("DBT_LOG_PATH", str(tmp_path / "logs"))
    kept = signal.getsignal(signal.SIGTERM)
    yield Terminal(monkeypatch, capsys, home)
    signal.signal(signal.SIGTERM, kept)


@pytest.fixture
def at_warehouse(terminal: Terminal, warehouse_settings: Settings) -> Terminal:
    """The same, with a warehouse that is set up and empty."""
    assert warehouse_settings.database_url is not None
    terminal.set(MARKETFLOW_DATABASE_URL=warehouse_settings.database_url.get_secret_value())
    return terminal
