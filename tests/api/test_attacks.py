"""Attacks, each a test: none gets data, an answer of 5xx, or a word about what is inside."""

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
import jwt
import pytest

from api import server
from api.queries.endpoints import ENDPOINTS, Endpoint
from api.routes.gate import MOST_BODY_BYTES
from api.services import tokens
from tests.api.conftest import KEY, changed, client, needed, serving, token
from warehouse.errors import SettingsError
from warehouse.settings import Settings

PATH = "/v1/latest_prices"
HEAD = b"POST /v1/token HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
KEY_ID = jwt.get_unverified_header(token())["kid"]
NOW = int(time.time())
GOOD = {
    "sub": "tester",
    "aud": tokens.AUDIENCE,
    "exp": NOW + 600,
    "scope": "market macro crypto ops",
}
INNER = ("Traceback", "psycopg", "select ", "SELECT", "pg_catalog", 'File "', KEY)


def signed(claims: dict[str, object], key: str = KEY, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key, algorithm, headers={"kid": KEY_ID})


def by_hand(header: dict[str, object], claims: dict[str, object], key: str = KEY) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    head = f"{part(json.dumps(header).encode())}.{part(json.dumps(claims).encode())}"
    return f"{head}.{part(hmac.new(key.encode(), head.encode(), hashlib.sha256).digest())}"


def without(name: str) -> dict[str, object]:
    return {key: value for key, value in GOOD.items() if key != name}


HEADER = {"alg": "HS256", "kid": KEY_ID}
CHANGED = [*signed(GOOD).split(".")[:1], *signed(GOOD | {"sub": "x"}).split(".")[1:2]]
FORGED = {
    "alg none": by_hand(HEADER | {"alg": "none"}, GOOD).rpartition(".")[0] + ".",
    "alg nOnE": by_hand(HEADER | {"alg": "nOnE"}, GOOD).rpartition(".")[0] + ".",
    "another algorithm with the right key": signed(GOOD, algorithm="HS512"),
    "a wrong key": signed(GOOD, "another key that is also long enough"),
    "an unknown key id": by_hand(HEADER | {"kid": "../../dev/null"}, GOOD),
    "a key id that is no text": by_hand(HEADER | {"kid": {"a": 1}}, GOOD),
    "no key id": by_hand({"alg": "HS256"}, GOOD),
    "a key in the header": by_hand(HEADER | {"jwk": {"k": "AA"}, "kid": "x"}, GOOD, "AA"),
    "expired": signed(GOOD | {"exp": NOW - 1}),
    "no expiry": signed(without("exp")),
    "an expiry that is no number": by_hand(HEADER, GOOD | {"exp": "never"}),
    "an expiry that is no time": by_hand(HEADER, GOOD | {"exp": {"a": 1}}),
    "not yet": signed(GOOD | {"nbf": NOW + 600}),
    "another audience": signed(GOOD | {"aud": "others"}),
    "several audiences": signed(GOOD | {"aud": [tokens.AUDIENCE, "others"]}),
    "no audience": signed(without("aud")),
    "no subject": signed(without("sub")),
    "a subject that is no text": by_hand(HEADER, GOOD | {"sub": 7}),
    "a changed claim": ".".join([*CHANGED, signed(GOOD).split(".")[2]]),
    "nonsense": "nonsense",
    "three dots": "...",
    "very long": "a" * 20_000,
}  # fmt: skip


@pytest.fixture
def nobody(address: str) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=address, timeout=30) as opened:
        yield opened


def assert_tells_nothing(answer: httpx.Response) -> None:
    assert answer.status_code < 500, answer.text
    assert not any(word in answer.text for word in INNER), answer.text


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_token_is_refused(nobody: httpx.Client, name: str) -> None:
    answer = nobody.get(PATH, headers={"Authorization": f"Bearer {FORGED[name]}"})

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert "data" not in answer.json()
    assert_tells_nothing(answer)


def test_the_token_from_which_the_forged_ones_are_made_is_good(nobody: httpx.Client) -> None:
    answer = nobody.get(PATH, headers={"Authorization": f"Bearer {signed(GOOD)}"})

    assert answer.status_code == 200


@pytest.mark.parametrize("scheme", ["Basic dXNlcjpwYXNz", "Bearer", "Token x", "bearer"])
def test_another_scheme_is_no_token(nobody: httpx.Client, scheme: str) -> None:
    assert nobody.get(PATH, headers={"Authorization": scheme}).status_code == 401


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.word)
def test_no_endpoint_answers_without_a_token_or_without_its_scope(
    nobody: httpx.Client, address: str, endpoint: Endpoint
) -> None:
    path, scope = endpoint.path, endpoint.scope
    others = [one for one in ("market", "macro", "crypto", "ops") if one != scope]

    with client(address, *others) as wrong, client(address, scope) as right:
        params = needed(endpoint)
        assert nobody.get(path, params=params).status_code == 401
        assert wrong.get(path, params=params).status_code == 403
        assert right.get(path, params=params).status_code == 200


def test_a_token_in_the_path_is_none(nobody: httpx.Client) -> None:
    answer = nobody.get(PATH, params={"access_token": token()})

    assert answer.status_code == 401


def test_anonymous_is_refused_unless_it_is_allowed(market: Settings) -> None:
    allowed = changed(market, api_anonymous=True)
    with serving(allowed) as address, httpx.Client(base_url=address) as nobody:
        assert nobody.get(PATH).status_code == 200
        # A token that does not hold is not as good as none.
        assert nobody.get(PATH, headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize("path", ["/health", "/docs", "/redoc", "/openapi.json"])
def test_health_and_documentation_need_no_token(nobody: httpx.Client, path: str) -> None:
    assert nobody.get(path).status_code == 200


def test_metrics_need_the_scope_of_operations(address: str, nobody: httpx.Client) -> None:
    with client(address, "market") as wrong, client(address, "ops") as right:
        assert nobody.get("/metrics").status_code == 401
        assert wrong.get("/metrics").status_code == 403
        assert "marketflow_api_requests_total" in right.get("/metrics").text


@pytest.mark.parametrize("keys", ["short", "x" * 31, f"{'x' * 80},short", ","])
def test_keys_under_32_bytes_are_refused_at_the_start(market: Settings, keys: str) -> None:
    weak = changed(market, api_keys=keys)

    with pytest.raises(SettingsError, match="32 bytes or more"), serving(weak):
        pass


def test_a_key_can_be_replaced_while_older_tokens_hold(market: Settings) -> None:
    new_key = "the key that comes after it and is no less long than the one before"
    old = token()
    both = changed(market, api_keys=f"{new_key},{KEY}")

    keys = tokens.load_keys(both)

    assert keys.verify(old).subject == "tester"
    assert jwt.get_unverified_header(keys.issue("a", ["market"], 60))["kid"] != KEY_ID


INJECTIONS = [
    "' or 1=1 --",
    "1; drop table marts.dim_instruments; --",
    "AAPL' union select rolname from pg_roles --",
    "$$; select pg_sleep(10); $$",
    "\\'; select 1; --",
    "%s%(x)s%b",
    "\x00",
    "AAPL\x00",
    "{}{0}",
    "x" * 7000,
    "🜁",
    "\ud7ff\ufffe",
]  # fmt: skip


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.word)
def test_sql_in_any_parameter_finds_nothing(api: httpx.Client, endpoint: Endpoint) -> None:
    path = endpoint.path
    specification = api.get("/openapi.json").json()["paths"][path]["get"]
    names = [one["name"] for one in specification["parameters"]]
    # The parameters of two endpoints are checked alike: each endpoint gets another few texts.
    begin = ENDPOINTS.index(endpoint)
    chosen = [INJECTIONS[(begin + number) % len(INJECTIONS)] for number in range(4)]

    answers = [
        (name, text, api.get(path, params={**needed(endpoint), "limit": "5", name: text}))
        for name in names
        for text in chosen
    ]

    assert {"fields", "order", "limit", "cursor"} <= set(names)
    for name, text, answer in answers:
        assert_tells_nothing(answer)
        is_empty = answer.status_code == 200 and answer.json()["data"] == []
        # A filter by a text finds the one row that a test put there, and no other.
        is_literal = answer.status_code == 200 and all(
            text in str(list(row.values())) for row in answer.json()["data"]
        )
        assert answer.status_code in (404, 422) or is_empty or is_literal, (name, text)
        if answer.status_code == 422:
            assert [error["parameter"] for error in answer.json()["errors"]] == [name]


@pytest.mark.parametrize("text", INJECTIONS[:9])
def test_sql_in_the_path_finds_nothing(api: httpx.Client, text: str) -> None:
    answer = api.get(f"/v1/instruments/{quote(text, safe='')}")

    assert answer.status_code in (404, 422)
    assert_tells_nothing(answer)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/instruments/../../etc/passwd",
        "/v1/instruments/..%2f..%2fetc%2fpasswd",
        "/docs/assets/..%2f__init__.py",
        "/docs/assets/%2e%2e/core.py",
        "/docs/assets/../../core.py",
        "//v1/latest_prices",
        "/v1//latest_prices",
        "/v1/latest_prices/",
        "/V1/latest_prices",
        "/v1/latest_prices%00",
        "/v1/latest_prices%0d%0aX: y",
        "/v1/marts.dim_instruments",
        "/v1/dim_instruments",
        "/%ff%fe",
        "/.env",
    ],
)
def test_a_path_that_plays_tricks_leads_nowhere(address: str, path: str) -> None:
    place = urlsplit(address)
    assert place.port is not None
    head = f"Host: x\r\nConnection: close\r\nAuthorization: Bearer {token()}"

    answer = spoken(place.port, f"GET {path} HTTP/1.1\r\n{head}\r\n\r\n".encode())

    status = int(answer.split()[1])
    assert status in (400, 404, 422), answer
    assert b"root:" not in answer
    assert b"import " not in answer


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "10001"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "9" * 400},
        {"limit": "1e3"},
        {"start": "0000-01-01"},
        {"end": "99999-01-01"},
        {"start": "2024-01-02", "end": "2024-01-01"},
        {"fields": "symbol," * 500 + "symbol"},
        {"fields": "instrument_id,password"},
        {"symbol": ",".join(["AAPL"] * 51)},
    ],
)
def test_a_range_that_is_too_much_is_refused_by_name(
    api: httpx.Client, params: dict[str, str]
) -> None:
    answer = api.get("/v1/daily_bars", params=params)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] in params


def test_the_widest_range_returns_no_more_than_the_limit(api: httpx.Client) -> None:
    answer = api.get("/v1/daily_bars", params={"start": "0001-01-01", "end": "9999-12-31"})

    assert answer.status_code == 200
    assert len(answer.json()["data"]) <= 100


def test_a_cursor_cannot_be_made_up_or_taken_elsewhere(api: httpx.Client) -> None:
    cursor = api.get("/v1/daily_bars", params={"limit": 5}).json()["next_cursor"]
    sealed = base64.urlsafe_b64decode(cursor + "==")
    forged = {
        "changed": base64.urlsafe_b64encode(sealed[:-4] + b'0"]]').decode(),
        "without its seal": base64.urlsafe_b64encode(sealed[16:]).decode(),
        "sealed with nothing": base64.urlsafe_b64encode(b"\0" * 16 + sealed[16:]).decode(),
        "cut": cursor[:-3],
        "empty": "",
        "no base64": "%%%",
        "long": "A" * 5000,
    }

    refused = {
        name: api.get("/v1/daily_bars", params={"cursor": text}) for name, text in forged.items()
    }
    elsewhere = [
        api.get("/v1/daily_indicators", params={"cursor": cursor}),
        api.get("/v1/daily_bars", params={"cursor": cursor, "order": "desc"}),
        api.get("/v1/daily_bars", params={"cursor": cursor, "symbol": "BTC/USD"}),
    ]

    assert api.get("/v1/daily_bars", params={"cursor": cursor}).status_code == 200
    for answer in [*refused.values(), *elsewhere]:
        assert answer.status_code == 422, answer.url
        assert answer.json()["errors"][0]["parameter"] == "cursor"


def test_an_unknown_parameter_is_refused_by_its_name(api: httpx.Client) -> None:
    answer = api.get("/v1/daily_bars", params={"simbol": "AAPL"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "simbol"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"])
def test_nothing_can_be_written(api: httpx.Client, method: str) -> None:
    answer = api.request(method, PATH)

    assert answer.status_code in (400, 404, 405)


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


def test_passwords_cannot_be_guessed_fast(market: Settings, tmp_path: Path) -> None:
    users = tokens.user_entry("alice", "correct horse battery")
    with_users = changed(market, api_users=users, home_dir=tmp_path)
    with serving(with_users) as address, httpx.Client(base_url=address, timeout=30) as person:

        def ask(**form: str) -> httpx.Response:
            return person.post("/v1/token", data={"grant_type": "password", **form})

        good = ask(username="alice", password="correct horse battery", scope="market ops")
        wrong = ask(username="alice", password="wrong")
        nobody = ask(username="bob", password="correct horse battery")
        too_much = ask(username="alice", password="correct horse battery", scope="admin")
        empty = ask(username="", password="")
        rest = [ask(username="alice", password=f"guess {n}").status_code for n in range(8)]
        given = {"Authorization": f"Bearer {good.json()['access_token']}"}
        reached = person.get(PATH, headers=given).status_code
        beyond = person.get("/v1/macro_latest", headers=given).status_code

    assert (good.status_code, reached, beyond) == (200, 200, 403)
    assert good.headers["cache-control"] == "no-store"
    assert (wrong.status_code, nobody.status_code) == (401, 401)
    assert wrong.json()["detail"] == nobody.json()["detail"]
    assert too_much.status_code == 422
    assert empty.status_code in (401, 422)
    assert rest[-1] == 429


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
