"""Attacks on who may ask: forged tokens, missing scopes, weak keys, guessed passwords."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

import httpx
import jwt
import pytest

from api.queries.endpoints import ENDPOINTS, Endpoint
from api.services import tokens
from tests.api.conftest import KEY, changed, client, needed, serving, token
from tests.api.wire import assert_tells_nothing
from warehouse.errors import SettingsError
from warehouse.settings import Settings

PATH = "/v1/latest_prices"
KEY_ID = jwt.get_unverified_header(token())["kid"]
NOW = int(time.time())
# Longer than the whole suite takes, on any machine.
HOURS = 6 * 3600
GOOD = {
    "sub": "tester",
    "aud": tokens.AUDIENCE,
    "exp": NOW + HOURS,
    "scope": "market macro crypto ops",
}


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
    "not yet": signed(GOOD | {"nbf": NOW + HOURS}),
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
