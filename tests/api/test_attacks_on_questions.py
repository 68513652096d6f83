"""Attacks by what is asked: SQL, tricks in paths, endless ranges, made-up cursors."""

import base64
from urllib.parse import quote, urlsplit

import httpx
import pytest

from api.queries.endpoints import ENDPOINTS, Endpoint
from tests.api.conftest import needed, token
from tests.api.wire import assert_tells_nothing, spoken

PATH = "/v1/latest_prices"


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

    as_of = {"as_of": "2030-01-01T00:00:00Z", "limit": 5}
    known = api.get("/v1/daily_bars_as_of", params=as_of).json()["next_cursor"]
    other_time = as_of | {"as_of": "2029-01-01T00:00:00Z", "cursor": known}
    elsewhere.append(api.get("/v1/daily_bars_as_of", params=other_time))

    assert api.get("/v1/daily_bars_as_of", params=as_of | {"cursor": known}).status_code == 200
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
