"""Explanations: what the function of ops tells, asked for by the columns that tell a row."""

import httpx
import pytest
from psycopg.sql import SQL, Identifier, Literal

from api.queries.explanations import EXPLANATIONS, Explanation
from tests.api.conftest import client
from warehouse import database
from warehouse.settings import Settings

ASKED = {
    "daily_bar": {"symbol": "AAPL", "session_date": "2024-01-02"},
    "macro_observation": {"series_id": "GDP", "observation_date": "2024-01-02"},
    "yield": {"tenor": "tenor_00", "observation_date": "2024-01-02"},
}
BAR = "/v1/explain/daily_bar"
EACH = pytest.mark.parametrize("explanation", EXPLANATIONS, ids=lambda one: one.word)


@EACH
def test_it_is_what_the_function_tells(
    api: httpx.Client, market: Settings, explanation: Explanation
) -> None:
    asked = ASKED[explanation.word]
    values = [*asked.values(), "2030-01-01T00:00:00Z"][: len(explanation.arguments)]
    statement = SQL("select {}({})").format(
        Identifier("ops", explanation.function), SQL(", ").join(map(Literal, values))
    )
    with database.connect(market, "reader") as connection:
        connection.execute("set timezone = 'UTC'")
        (expected,) = connection.execute(statement).fetchone() or (None,)

    answer = api.get(explanation.path, params=asked)

    assert answer.status_code == 200, answer.text
    assert {name: expected["row"][name] for name in asked} == asked
    assert answer.json() == expected


@EACH
def test_it_needs_a_token_with_the_scope_and_a_row_that_is_there(
    api: httpx.Client, address: str, nobody: httpx.Client, explanation: Explanation
) -> None:
    path, asked = explanation.path, ASKED[explanation.word]
    first = next(iter(asked))
    with client(address, "crypto", "ops") as wrong:
        refused = wrong.get(path, params=asked)
    missing = api.get(path, params=asked | {first: "NOPE"})
    unnamed = api.get(path)

    assert nobody.get(path, params=asked).status_code == 401
    assert refused.status_code == 403
    assert missing.status_code == 404
    assert unnamed.status_code == 422
    assert first in {error["parameter"] for error in unnamed.json()["errors"]}


def test_the_vintage_of_an_instant_is_asked_for(api: httpx.Client) -> None:
    path, asked = "/v1/explain/macro_observation", ASKED["macro_observation"]
    newest = api.get(path, params=asked).json()["row"]["known_from"]

    before = api.get(path, params=asked | {"known_at": "2024-01-03T00:00:00Z"})
    never = api.get(path, params=asked | {"known_at": "1999-01-01T00:00:00Z"})

    assert before.json()["row"]["known_from"] < "2024-01-03" < newest
    assert never.status_code == 404


def test_it_is_served_as_json_alone_and_not_sent_twice(api: httpx.Client) -> None:
    asked = ASKED["daily_bar"]
    first = api.get(BAR, params=asked, headers={"Accept": "text/csv;q=0.9, application/*;q=0.1"})
    known = api.get(BAR, params=asked, headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["content-type"] == "application/json"
    assert (known.status_code, known.content) == (304, b"")
    assert api.get(BAR, params=asked, headers={"Accept": "text/csv"}).status_code == 406
