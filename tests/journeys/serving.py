"""The API in another window, from when it is first asked until the person leaves."""

import subprocess
from typing import Any

import requests

from tests.warehouse import servers
from warehouse.embedded.ports import is_free


class Api:
    """`marketflow api`, asked with a token that `marketflow token` gave.

    Args:
        command, options: what starts it, and how, as for Popen.
        port: where it listens.
        token: of the person who asks.
    """

    def __init__(self, command: list[str], port: int, token: str, **options: Any) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )
        self._address = f"http://127.0.0.1:{port}"
        self._token = token
        servers.wait_until(lambda: not is_free(port), seconds=60)

    def ask(self, path: str) -> Any:
        """Return JSON decoded, anything else as text."""
        token = {"Authorization": f"Bearer {self._token}"}
        answer = requests.get(f"{self._address}{path}", headers=token, timeout=30)
        answer.raise_for_status()
        return answer.json() if "json" in answer.headers["Content-Type"] else answer.text

    def stop(self) -> None:
        """Let it end, as Ctrl-C does."""
        self._process.terminate()
        self._process.wait(timeout=30)
