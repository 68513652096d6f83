"""One sandbox for all tests of a worker, with a clock that each request can set."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from ingestion import sandbox
from tests.conftest import SettingsFactory

# A Tuesday in the middle of a session: 10:07:30 in New York.
NOW = "2025-11-25T15:07:30Z"


@dataclass
class Client:
    """Asks the running sandbox, at an instant that each question names."""

    server: sandbox.Sandbox
    clock: Path
    session: requests.Session

    def get(self, source: str, path: str, now: str = NOW, **params: Any) -> requests.Response:
        """Return the answer of one provider; `from_` stands for the parameter `from`."""
        self.clock.write_text(now, encoding="utf-8")
        given = {name.rstrip("_"): value for name, value in params.items()}
        url = f"{self.server.base_urls[source]}/{path}"
        return self.session.get(url, params=given, timeout=30)

    def json(self, source: str, path: str, now: str = NOW, **params: Any) -> Any:
        """Return the JSON of a successful answer."""
        answer = self.get(source, path, now, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def client(
    tmp_path_factory: pytest.TempPathFactory, settings_for: SettingsFactory
) -> Iterator[Client]:
    directory = tmp_path_factory.mktemp("sandbox")
    clock = directory / "now"
    clock.write_text(NOW, encoding="utf-8")
    server = sandbox.start(settings_for(directory, frozen_now=f"@{clock}"), 0)
    with requests.Session() as session:
        yield Client(server, clock, session)
    server.stop()
