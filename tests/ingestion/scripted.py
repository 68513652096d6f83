"""A provider on loopback that answers as a test says, and remembers what it was asked."""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Seen:
    """A request as it came in. Header names are in lower case."""

    path: str
    params: dict[str, str]
    headers: dict[str, str]


@dataclass(frozen=True)
class Reply:
    """What is sent back. `body` may be JSON, text or bytes."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_reset: bool = False
    is_cut: bool = False

    def payload(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


Answer = Callable[[Seen], Reply]


@dataclass
class ScriptedProvider:
    """A running provider.

    Attributes:
        answer: returns the reply to a request; may be replaced at any time.
        seen: all requests so far.
    """

    base: str
    answer: Answer
    seen: list[Seen] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]


@contextmanager
def scripted(answer: Answer) -> Iterator[ScriptedProvider]:
    """Serve `answer` on a free port of 127.0.0.1 until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    provider = ScriptedProvider(f"http://127.0.0.1:{server.server_address[1]}", answer)
    server.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def in_turn(*replies: Reply) -> Answer:
    """Answer with each reply once, in order, and with the last one for ever."""
    rest = list(replies)
    lock = threading.Lock()

    def answer(_: Seen) -> Reply:
        with lock:
            return rest.pop(0) if len(rest) > 1 else rest[0]

    return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        pass

    def do_GET(self) -> None:
        provider: ScriptedProvider = self.server.provider  # type: ignore[attr-defined]
        address = urlsplit(self.path)
        seen = Seen(
            address.path,
            dict(parse_qsl(address.query, keep_blank_values=True)),
            {name.lower(): value for name, value in self.headers.items()},
        )
        provider.seen.append(seen)
        reply = provider.answer(seen)
        if reply.is_reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        payload = reply.payload()
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload[: len(payload) // 2] if reply.is_cut else payload)
        self.close_connection = self.close_connection or reply.is_cut
