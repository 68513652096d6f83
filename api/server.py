"""The processes that serve the application: uvicorn, which waits for no slow or endless request."""

import os
import sys
import tempfile
from asyncio import BaseTransport, TimerHandle
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from warehouse import logs
from warehouse.settings import Settings, load_settings

_REQUEST_SECONDS = 10
_MOST_HEAD_BYTES = 32 * 1024
_MOST_HEADERS = 100
_IDLE_SECONDS = 15
_GRACE_SECONDS = 8


class ImpatientProtocol(HttpToolsProtocol):
    """HTTP whose requests must be whole within ten seconds, and whose heads stay small.

    uvicorn itself waits for ever for a head that trickles in, and takes one of any size.
    """

    request_seconds: float = _REQUEST_SECONDS

    def connection_made(self, transport: BaseTransport) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._head_bytes = 0
        self._received_bytes = 0
        self._is_in_head = True
        self._patience: TimerHandle | None = None
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what came, and refuse a head that grows too long before it is read."""
        if self._is_in_head:
            self._received_bytes += len(data)
        super().data_received(data)
        is_endless = self._is_in_head and self._received_bytes > 2 * _MOST_HEAD_BYTES
        if is_endless and not self.transport.is_closing():
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        """Begin to wait for the rest of a request."""
        self._head_bytes, self._is_in_head = 0, True
        self._wait()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Count the path."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header."""
        self._count(len(name) + len(value))
        if len(self.headers) >= _MOST_HEADERS:
            raise ValueError("too many headers")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        self._is_in_head, self._received_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no more: all of it is there."""
        self._stop_waiting()
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002
        """Say what is wrong with a head, in a word."""
        is_too_long = (
            self._head_bytes > _MOST_HEAD_BYTES or len(self.headers or ()) >= _MOST_HEADERS
        )
        self._refuse(b"431 Request Header Fields Too Large" if is_too_long else b"400 Bad Request")

    def _count(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > _MOST_HEAD_BYTES:
            raise ValueError("the head is too long")

    def _refuse(self, status: bytes) -> None:
        head = b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        self.transport.write(head)
        self.transport.close()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.request_seconds, self._give_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self._refuse(b"408 Request Timeout")


def create() -> FastAPI:
    """Return the application of one worker, with its log begun."""
    from api.app import build  # noqa: PLC0415 - metrics look for the workers' folder at import

    settings = load_settings()
    logs.begin(settings, sys.stderr)
    return build(settings)


def options(settings: Settings) -> dict[str, Any]:
    """Return how uvicorn is run: nothing of a request is believed that was not agreed on."""
    proxies = settings.api_trusted_proxies
    return {
        "host": settings.api_host,
        "port": settings.api_port,
        "workers": settings.api_workers,
        "http": ImpatientProtocol,
        "ws": "none",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": proxies is not None,
        "forwarded_allow_ips": proxies or "",
        "timeout_keep_alive": _IDLE_SECONDS,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
    }


def serve(settings: Settings) -> None:
    """Answer until a signal ends it; questions that are being answered are answered first."""
    with tempfile.TemporaryDirectory(prefix="marketflow-api-") as counters:
        # prometheus_client sums the workers' counters in a folder, and looks for it here alone.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counters
        # glibc would give each of the many threads a heap, and none of them shrinks: two will do.
        os.environ.setdefault("MALLOC_ARENA_MAX", "2")
        uvicorn.run("api.server:create", factory=True, **options(settings))
