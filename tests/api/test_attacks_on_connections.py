"""Attacks by how it is sent: floods, slow clients, forged addresses, and what answers give away."""

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from api import server
from api.routes.gate import MOST_BODY_BYTES
from tests.api.conftest import KEY, changed, client, serving, token
from tests.api.wire import INNER, spoken, until_closed
from warehouse.settings import Settings

PATH = "/v1/latest_prices"
HEAD = b"POST /v1/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"


def test_a_body_of_ten_megabytes_is_refused(nobody: httpx.Client) -> None:
    body = b"username=a&password=" + b"x" * 10_000_000

    for path in ("/v1/token", PATH):
        try:
            answer = nobody.post(path, content=body)
        except httpx.WriteError:
            continue  # the server did not wait for the end of it
        assert answer.status_code in (413, 405)


def test_a_long_body_that_does_not_tell_its_length_is_refused(nobody: httpx.Client) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"username=a&password="
        for _ in range(40):
            yield b"x" * (MOST_BODY_BYTES // 8)

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        answer = nobody.post("/v1/token", content=chunks(), headers=form)
    except httpx.WriteError:
        return
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: y\r\n" % number for number in range(10_000)),
        b"X-Long: " + b"y" * 1_000_000 + b"\r\n",
        b"Cookie: " + b"a=b; " * 20_000 + b"\r\n",
        b"X-" + b"y" * 500_000,
    ],
    ids=["many", "long", "cookie", "endless name"],
)
def test_a_flood_of_headers_is_refused(address: str, head: bytes) -> None:
    port = urlsplit(address).port
    assert port is not None

    answer = spoken(port, b"GET /health HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n")

    assert answer.split(b" ")[1] in (b"431", b"400") if answer else True
    assert httpx.get(f"{address}/health").status_code == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    ],
)
def test_what_is_no_http_is_refused(address: str, request_: bytes) -> None:
    port = urlsplit(address).port
    assert port is not None

    answer = spoken(port, request_)

    assert not answer or answer.split(b" ")[1].startswith(b"4"), answer
    assert b"Traceback" not in answer


def test_slow_clients_are_let_go_and_hold_nobody_up(
    market: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.ImpatientProtocol, "request_seconds", 0.5)
    beginnings = [
        b"",
        b"GET /health HT",
        b"GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nusername=",
    ]
    with serving(market) as address:
        port = urlsplit(address).port
        assert port is not None
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        for number, connection in enumerate(slow):
            connection.sendall(beginnings[number % len(beginnings)])

        with client(address) as other:
            assert other.get(PATH).status_code == 200
        ends = [until_closed(connection) for connection in slow]
        for connection in slow:
            connection.close()

    assert all(not end or end.split(b" ")[1] == b"408" for end in ends)


def test_who_reads_slowly_holds_no_connection_of_the_database(market: Settings) -> None:
    with serving(market) as address:
        port = urlsplit(address).port
        assert port is not None
        head = f"Host: x\r\nAuthorization: Bearer {token()}"
        request = f"GET /v1/daily_market?limit=1000 HTTP/1.1\r\n{head}\r\n\r\n".encode()
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(30)]
        for connection in slow:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            connection.sendall(request)

        with client(address) as other:
            statuses = {other.get("/v1/check_results").status_code for _ in range(20)}
        for connection in slow:
            connection.close()

    assert statuses == {200}


def test_a_forged_address_is_not_believed(market: Settings, tmp_path: Path) -> None:
    strict = changed(market, api_address_limit=5, home_dir=tmp_path)
    with serving(strict) as address, httpx.Client(base_url=address) as attacker:
        statuses = [
            attacker.get(PATH, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code
            for n in range(8)
        ]

    assert statuses == [401] * 5 + [429] * 3


def test_the_address_that_a_trusted_proxy_gives_is_believed(
    market: Settings, tmp_path: Path
) -> None:
    behind = changed(
        market, api_address_limit=5, api_trusted_proxies="127.0.0.1", home_dir=tmp_path
    )
    with serving(behind) as address, httpx.Client(base_url=address) as proxy:
        # What the caller wrote itself stands on the left, and counts for nothing.
        statuses = [
            proxy.get(PATH, headers={"X-Forwarded-For": f"1.2.3.{n}, 10.0.0.7"}).status_code
            for n in range(8)
        ]
        other = proxy.get(PATH, headers={"X-Forwarded-For": "10.0.0.8"})

    assert statuses == [401] * 5 + [429] * 3
    assert other.status_code == 401


def test_every_answer_says_how_it_may_be_used(api: httpx.Client, nobody: httpx.Client) -> None:
    for answer in (api.get(PATH), nobody.get(PATH), api.get("/nope"), api.get("/health")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert len(answer.headers["x-request-id"]) == 32
        assert "server" not in answer.headers


def test_no_other_origin_may_read_unless_it_is_named(market: Settings, api: httpx.Client) -> None:
    named = changed(market, api_cors_origins="https://good.example")
    with serving(named) as address, client(address) as opened:
        good = opened.get(PATH, headers={"Origin": "https://good.example"})
        bad = opened.get(PATH, headers={"Origin": "https://bad.example"})

    assert good.headers["access-control-allow-origin"] == "https://good.example"
    assert "access-control-allow-origin" not in bad.headers
    closed = api.get(PATH, headers={"Origin": "https://good.example"})
    assert "access-control-allow-origin" not in closed.headers


def test_a_request_id_is_kept_if_it_is_one(api: httpx.Client) -> None:
    kept = api.get(PATH, headers={"X-Request-ID": "abc-12345678"})
    made = api.get(PATH, headers={"X-Request-ID": 'x" onload="'})

    assert kept.headers["x-request-id"] == "abc-12345678"
    assert len(made.headers["x-request-id"]) == 32


def test_what_nobody_foresaw_is_told_without_a_word_from_inside(
    market: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"select secret from {KEY}")

    monkeypatch.setattr("api.queries.versions.current", fail)
    with serving(market) as address, client(address) as opened:
        answer = opened.get(PATH)

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert not any(word in answer.text for word in (*INNER, "RuntimeError"))
    assert "RuntimeError at " in caplog.text
    assert KEY not in caplog.text
