"""The docs site is there at once: with the page of last time, until a new one is made."""

from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from urllib.request import urlopen

import pytest

from marketflow import docs_site, session
from marketflow.dbt import DbtError
from marketflow.synthetic import answers
from tests.conftest import SettingsFactory
from tests.warehouse import servers
from warehouse.settings import Settings

Serving = Callable[[Path], Callable[[], str]]


@pytest.fixture
def serving(
    settings_for: SettingsFactory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Serving:
    """The site over a directory; it gives what reads its page."""
    monkeypatch.setattr(session, "begin", lambda: settings_for(tmp_path))

    def serve(directory: Path) -> Callable[[], str]:
        port = servers.free_port()
        Thread(target=docs_site.main, args=(port, directory), daemon=True).start()
        url = f"http://127.0.0.1:{port}/"
        servers.wait_until(lambda: answers(url))

        def read() -> str:
            with urlopen(url, timeout=10) as response:
                return str(response.read().decode())

        return read

    return serve


def last_time(directory: Path) -> Path:
    page = directory / "site" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("of last time")
    return page


def test_the_page_of_last_time_is_served_until_the_new_one_is_made(
    serving: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, is_made = last_time(tmp_path / "docs"), Event()

    def generate(settings: Settings, directory: Path) -> Path:
        assert is_made.wait(30)
        page.write_text("new")
        return page.parent

    monkeypatch.setattr(docs_site, "generate", generate)
    read = serving(tmp_path / "docs")

    assert read() == "of last time"
    is_made.set()
    servers.wait_until(lambda: read() == "new")


def test_the_page_of_last_time_stays_where_dbt_can_make_none(
    serving: Serving,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    last_time(tmp_path / "docs")

    def generate(settings: Settings, directory: Path) -> Path:
        raise DbtError("a model is wrong")

    monkeypatch.setattr(docs_site, "generate", generate)
    read = serving(tmp_path / "docs")

    servers.wait_until(lambda: "the documentation is that of last time" in caplog.text)
    assert "a model is wrong" in caplog.text
    assert read() == "of last time"
