"""Readers of the API that ask on and on while something else happens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.api.conftest import client

BARS = ("/v1/daily_bars", "/v1/daily_bars_as_of")
"""What a correction of bars changes."""
_OTHERS = ("/v1/latest_prices", "/v1/market_summary", "/v1/instruments")
_PARAMETERS = {"/v1/daily_bars_as_of": {"as_of": "2026-06-01T00:00:00Z"}}
_READERS = 3

Rows = list[dict[str, Any]]


def wholes(api: httpx.Client) -> dict[str, Rows]:
    """Everything that each path has to say."""
    return {path: _rows(api, path, 10_000) for path in (*BARS, *_OTHERS)}


@contextmanager
def meanwhile(address: str) -> Iterator[list[tuple[str, Rows]]]:
    """Let several readers ask for everything until the end, and collect what they are told.

    Any answer that is none fails the test.
    """
    is_over = threading.Event()
    answers: list[tuple[str, Rows]] = []
    failures: list[Exception] = []

    def read(number: int) -> None:
        with client(address) as api:
            # Another limit each time, so that some answers are kept ones and some are not.
            limit = 10_000 - number
            while not is_over.is_set() and not failures:
                for path in (*BARS, *_OTHERS):
                    try:
                        answers.append((path, _rows(api, path, limit)))
                    except (httpx.HTTPError, AssertionError) as error:
                        failures.append(error)
                limit = limit - _READERS if number else limit

    readers = [threading.Thread(target=read, args=(number,)) for number in range(_READERS)]
    for reader in readers:
        reader.start()
    try:
        yield answers
    finally:
        is_over.set()
        for reader in readers:
            reader.join()
    assert failures == []


def _rows(api: httpx.Client, path: str, limit: int) -> Rows:
    answer = api.get(path, params={"limit": limit, **_PARAMETERS.get(path, {})})
    assert answer.status_code == 200, answer.text
    rows: Rows = answer.json()["data"]
    return rows
