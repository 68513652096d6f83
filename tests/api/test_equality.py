"""What the API says is what stands in the mart, to the last digit, in every format."""

import csv
import io
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pyarrow as pa
import pytest
from psycopg.sql import SQL, Identifier, Literal
from pyarrow import parquet

from api.queries.endpoints import ENDPOINTS, Endpoint
from api.services import formats
from tests.api import catalog_market
from tests.api.conftest import needed
from warehouse import database
from warehouse.settings import Settings

PER_ENDPOINT = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.word)


def in_mart(settings: Settings, endpoint: Endpoint) -> list[dict[str, Any]]:
    """The rows of an endpoint's mart in its order, as psycopg reads them as text."""
    direction = SQL(" desc" if endpoint.is_newest_first else "")
    relation = Identifier(endpoint.table.schema, endpoint.mart)
    shown = SQL("{}({})").format(
        Identifier("marts", endpoint.function), Literal(needed(endpoint).get("as_of"))
    )
    statement = SQL("select * from {} where {} order by {}").format(
        shown if endpoint.function else relation,
        SQL(" and ").join(
            [SQL("true"), *(SQL("{} is not null").format(Identifier(c)) for c in endpoint.requires)]
        ),
        SQL(", ").join(Identifier(name) + direction for name in endpoint.sort),
    )
    with database.connect(settings, "reader") as connection:
        cursor = connection.execute(statement)
        names = [column.name for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def without_nan(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_json(value: Any) -> Any:
    """A value as JSON must show it, written here once more by hand."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else without_nan(value)


def pages(api: httpx.Client, endpoint: Endpoint, limit: int) -> Iterator[list[dict[str, Any]]]:
    cursor = needed(endpoint)
    while True:
        answer = api.get(endpoint.path, params={"limit": limit, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page["data"]
        if page["next_cursor"] is None:
            assert "link" not in answer.headers
            return
        assert page["next_cursor"] in answer.headers["link"]
        cursor |= {"cursor": page["next_cursor"]}


@PER_ENDPOINT
def test_joined_pages_equal_the_whole_mart(
    api: httpx.Client, market: Settings, endpoint: Endpoint
) -> None:
    expected = [
        {name: as_json(value) for name, value in row.items()} for row in in_mart(market, endpoint)
    ]

    found = list(pages(api, endpoint, limit=7))

    joined = [row for page in found for row in page]
    assert len(expected) >= 3
    assert any(value is not None for row in expected for value in row.values())
    assert [list(row) for row in joined] == [list(endpoint.columns)] * len(expected)
    assert joined == expected
    assert all(len(page) == 7 for page in found[:-1])
    # repr tells 0.0 from -0.0, and a float from an integer.
    assert [repr(row) for row in joined] == [repr(row) for row in expected]


def test_a_page_that_just_holds_the_last_row_is_the_last(api: httpx.Client) -> None:
    just = api.get("/v1/daily_bars", params={"limit": catalog_market.ROWS}).json()
    short = api.get("/v1/daily_bars", params={"limit": catalog_market.ROWS - 1}).json()

    assert len(just["data"]) == catalog_market.ROWS
    assert just["next_cursor"] is None
    assert short["next_cursor"] is not None


@PER_ENDPOINT
@pytest.mark.parametrize("media", [formats.PARQUET, formats.ARROW])
def test_arrow_and_parquet_hold_the_same_values_with_their_types(
    api: httpx.Client, market: Settings, endpoint: Endpoint, media: str
) -> None:
    expected = [
        {
            name: formats.write_json(value).decode()
            if isinstance(value, dict)
            else without_nan(value)
            for name, value in row.items()
        }
        for row in in_mart(market, endpoint)
    ]

    answer = api.get(
        endpoint.path, params={"limit": 1000, **needed(endpoint)}, headers={"Accept": media}
    )

    assert answer.headers["content-type"] == media
    read = (
        parquet.read_table(io.BytesIO(answer.content))
        if media == formats.PARQUET
        else pa.ipc.open_stream(answer.content).read_all()
    )
    assert read.to_pylist() == expected
    types = {
        column.data_type: str(read.schema.field(column.name).type)
        for column in endpoint.columns.values()
    }
    known = {
        "double precision": "double",
        "date": "date32[day]",
        "boolean": "bool",
        "bigint": "int64",
    }
    assert all(types[kind] == name for kind, name in known.items() if kind in types)


@PER_ENDPOINT
def test_csv_holds_the_same_values(api: httpx.Client, market: Settings, endpoint: Endpoint) -> None:
    def cell(value: Any) -> str:
        shown = as_json(value)
        if shown is None:
            return ""
        if isinstance(shown, bool):
            return "true" if shown else "false"
        return formats.write_json(shown).decode() if isinstance(shown, (dict, list)) else str(shown)

    expected = [[cell(value) for value in row.values()] for row in in_mart(market, endpoint)]

    answer = api.get(
        endpoint.path, params={"limit": 1000, **needed(endpoint)}, headers={"Accept": "text/csv"}
    )

    header, *lines = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == list(endpoint.columns)
    assert lines == expected


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e.time], ids=lambda e: e.word)
def test_start_and_end_bound_the_time(
    api: httpx.Client, market: Settings, endpoint: Endpoint
) -> None:
    rows = in_mart(market, endpoint)
    times = sorted({row[endpoint.time] for row in rows})
    first, last = times[len(times) // 4], times[len(times) // 2]
    is_date = endpoint.columns[endpoint.time].data_type == "date"
    expected = [
        as_json(row[endpoint.time])
        for row in rows
        if first <= row[endpoint.time]
        and (row[endpoint.time] < last or (is_date and row[endpoint.time] == last))
    ]

    answer = api.get(
        endpoint.path,
        params={
            "start": as_json(first),
            "end": as_json(last),
            "limit": 1000,
            **needed(endpoint),
        },
    )

    assert expected
    assert [row[endpoint.time] for row in answer.json()["data"]] == expected


@pytest.mark.parametrize(
    ("endpoint", "name"),
    [(endpoint, name) for endpoint in ENDPOINTS for name in endpoint.filters],
    ids=lambda value: getattr(value, "word", value),
)
def test_a_filter_keeps_the_rows_of_its_value(
    api: httpx.Client, market: Settings, endpoint: Endpoint, name: str
) -> None:
    rows = in_mart(market, endpoint)
    value = next(row[name] for row in rows if row[name] not in (None, "", "line\r\nend"))

    answer = api.get(
        endpoint.path, params={name: as_json(value), "limit": 1000, **needed(endpoint)}
    )

    expected = [row for row in rows if row[name] == value]
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["data"]) == len(expected) > 0
    assert {row[name] for row in answer.json()["data"]} == {as_json(value)}


def test_an_instrument_is_found_by_its_symbol_or_its_id(api: httpx.Client) -> None:
    for name in ("BTC/USD", "BTC%2FUSD", "crypto:BTC/USD", "%5EGSPC", "BRK.B"):
        answer = api.get(f"/v1/instruments/{name}")

        assert answer.status_code == 200, answer.text
    assert api.get("/v1/instruments/crypto:BTC/USD").json()["symbol"] == "BTC/USD"
    assert api.get("/v1/instruments/NOPE").status_code == 404


def test_several_symbols_are_asked_for_at_once(api: httpx.Client) -> None:
    answer = api.get("/v1/latest_prices", params={"symbol": "AAPL,fx:EUR/USD"})

    assert [row["symbol"] for row in answer.json()["data"]] == ["AAPL", "EUR/USD"]


def test_an_unknown_symbol_is_told_and_not_answered_with_nothing(api: httpx.Client) -> None:
    answer = api.get("/v1/daily_bars", params={"symbol": "AAPL,APPL"})

    assert answer.status_code == 404
    assert "'APPL'" in answer.json()["detail"]


def test_search_knows_no_wildcards_and_no_case(api: httpx.Client) -> None:
    found = api.get("/v1/instruments", params={"search": "usd", "fields": "symbol"})
    none = api.get("/v1/instruments", params={"search": "%"})

    assert [row["symbol"] for row in found.json()["data"]] == ["BTC/USD", "EUR/USD"]
    assert none.json()["data"] == []


def test_fields_and_adjustment_choose_the_columns(api: httpx.Client) -> None:
    chosen = api.get("/v1/daily_bars", params={"fields": "volume,symbol", "limit": 1})
    adjusted = api.get("/v1/daily_bars", params={"adjustment": "split", "limit": 1})

    assert [list(row) for row in chosen.json()["data"]] == [["volume", "symbol"]]
    assert "split_adjusted_close_price" in adjusted.json()["data"][0]
    assert "close_price" not in adjusted.json()["data"][0]


def test_pages_go_on_when_fields_leave_the_key_out(api: httpx.Client, market: Settings) -> None:
    expected = in_mart(market, next(e for e in ENDPOINTS if e.word == "daily_indicators"))
    params: dict[str, Any] = {"fields": "rsi_14", "limit": 25}
    joined = []
    while True:
        page = api.get("/v1/daily_indicators", params=params).json()
        joined += [row["rsi_14"] for row in page["data"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]

    assert len(joined) > 25
    assert joined == [without_nan(row["rsi_14"]) for row in expected]


@pytest.mark.parametrize(
    ("path", "end"), [("/v1/macro_as_of", ""), ("/v1/daily_bars_as_of", "T00:00:00Z")]
)
def test_what_was_known_is_asked_by_its_time(api: httpx.Client, path: str, end: str) -> None:
    def known(day: str) -> list[str]:
        answer = api.get(path, params={"as_of": day + end, "limit": 1000})
        return [row["known_from"] for row in answer.json()["data"]]

    early, late = known("2024-01-03"), known("2024-01-06")

    assert early
    assert max(early) < "2024-01-03" < max(late) < "2024-01-06"
    assert api.get(path).json()["errors"][0]["parameter"] == "as_of"
