"""The definitions, loaded once as on a fresh clone: no database, no profiles.yml, no key."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dagster as dg
import pytest

from orchestration.definitions import build_definitions
from tests.conftest import SettingsFactory


@pytest.fixture(scope="session")
def definitions(
    tmp_path_factory: pytest.TempPathFactory, settings_for: SettingsFactory
) -> dg.Definitions:
    """What Dagster loads."""
    settings = settings_for(tmp_path_factory.mktemp("definitions"))
    return build_definitions(lambda: settings)


@pytest.fixture
def told() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Where Apprise can post to, and what it has posted."""
    messages: list[dict[str, str]] = []

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            messages.append(json.loads(body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"json://127.0.0.1:{server.server_address[1]}", messages
    server.shutdown()
    thread.join()
    server.server_close()
