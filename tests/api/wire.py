"""Bytes that are sent as they are, and what is asserted of any answer to an attack."""

import socket
import threading

import httpx

from tests.api.conftest import KEY

INNER = ("Traceback", "psycopg", "select ", "SELECT", "pg_catalog", 'File "', KEY)


def assert_tells_nothing(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert not any(word in answer.text for word in INNER), answer.text


def spoken(port: int, request: bytes) -> bytes:
    """What the server says to these very bytes until it closes, or stops reading."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        sender = threading.Thread(target=_send, args=(connection, request), daemon=True)
        sender.start()
        return until_closed(connection)


def until_closed(connection: socket.socket) -> bytes:
    connection.settimeout(30)
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def _send(connection: socket.socket, request: bytes) -> None:
    try:
        connection.sendall(request)
    except OSError:
        return
