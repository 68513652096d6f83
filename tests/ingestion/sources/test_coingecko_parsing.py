"""CoinGecko's answers as rows."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import ShapeError
from ingestion.parsing import Parsed
from ingestion.resources import resource
from ingestion.sources.coingecko.parsing import parse
from tests.ingestion.landings import context, sidecar

FIRST, SECOND = 1719878400000, 1719964800000
CHART = {"vs_currency": "usd", "interval": "daily"}
CANDLES = {"vs_currency": "usd", "days": "30"}


def parsed(name: str, payload: Any, directory: Path, **details: Any) -> Parsed:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    made = sidecar("coingecko", name, body, ["bitcoin"], **details)
    return parse(name, body, made, context("coingecko", directory))


def test_the_lists_of_a_chart_are_joined_on_their_stamps(tmp_path: Path) -> None:
    chart = {
        "prices": [[FIRST, 62000.5], [SECOND, 60100.25]],
        "market_caps": [[SECOND, 1.18e12]],
        "total_volumes": [[SECOND, None], [FIRST, 2.5e10]],
    }

    rows = parsed("market_chart", chart, tmp_path, params=CHART)

    columns = ["coin_id", "vs_currency", "interval", "timestamp_ms", "price", "market_cap"]
    assert rows.table.select([*columns, "total_volume"]).to_pylist() == [
        {
            "coin_id": "bitcoin",
            "vs_currency": "usd",
            "interval": "daily",
            "timestamp_ms": str(FIRST),
            "price": "62000.5",
            "market_cap": None,
            "total_volume": "25000000000.0",
        },
        {
            "coin_id": "bitcoin",
            "vs_currency": "usd",
            "interval": "daily",
            "timestamp_ms": str(SECOND),
            "price": "60100.25",
            "market_cap": "1180000000000.0",
            "total_volume": None,
        },
    ]
    assert rows.surprises == ()


def test_a_chart_over_a_range_is_daily(tmp_path: Path) -> None:
    chart: dict[str, list[Any]] = {"prices": [[FIRST, 1]], "market_caps": [], "total_volumes": []}

    rows = parsed("market_chart", chart, tmp_path, params={"vs_currency": "usd"})

    assert rows.table["interval"].to_pylist() == ["daily"]


def test_a_stamp_with_a_fraction_is_the_same_stamp(tmp_path: Path) -> None:
    body = f'{{"prices":[[{FIRST}.0,1]],"market_caps":[[{FIRST},2]],"total_volumes":[]}}'

    rows = parsed("market_chart", body.encode(), tmp_path, params=CHART)

    assert rows.table.select(["timestamp_ms", "price", "market_cap"]).to_pylist() == [
        {"timestamp_ms": str(FIRST), "price": "1", "market_cap": "2"}
    ]


def test_a_point_that_is_no_pair_is_left_out_and_told(tmp_path: Path) -> None:
    chart: dict[str, Any] = {
        "prices": [[FIRST, 1], ["x", 2], [SECOND], None],
        "market_caps": [],
        "total_volumes": [],
    }

    rows = parsed("market_chart", chart, tmp_path, params=CHART)

    assert rows.table["timestamp_ms"].to_pylist() == [str(FIRST)]
    assert [(found.field, found.kind, found.count) for found in rows.surprises] == [
        ("prices", "bad_value", 3)
    ]


def test_a_missing_list_is_told(tmp_path: Path) -> None:
    chart = {"prices": [[FIRST, 1]], "market_caps": [[FIRST, 2]]}

    rows = parsed("market_chart", chart, tmp_path, params=CHART)

    assert [(found.field, found.kind) for found in rows.surprises] == [
        ("total_volumes", "missing_key")
    ]


def test_a_candle_is_final_once_its_close_has_come(tmp_path: Path) -> None:
    candles = [[FIRST, 1, 2, 0.5, 1.5], [SECOND, 1.5, 2, 1, 1.75]]

    rows = parsed(
        "ohlc",
        candles,
        tmp_path,
        params=CANDLES,
        fetched_at=datetime.fromtimestamp(FIRST / 1000, UTC),
    )

    assert rows.table.select(["days", "timestamp_ms", "close", "is_final"]).to_pylist() == [
        {"days": "30", "timestamp_ms": str(FIRST), "close": "1.5", "is_final": True},
        {"days": "30", "timestamp_ms": str(SECOND), "close": "1.75", "is_final": False},
    ]
    assert rows.surprises == ()


def test_a_candle_of_another_shape_is_left_out_and_told(tmp_path: Path) -> None:
    rows = parsed("ohlc", [[FIRST, 1, 2, 0.5], [SECOND, 1, 2, 0.5, 1]], tmp_path, params=CANDLES)

    assert rows.table["timestamp_ms"].to_pylist() == [str(SECOND)]
    assert rows.left_out == 1
    assert [found.kind for found in rows.surprises] == ["bad_value"]


def test_a_coin_keeps_its_nulls_and_its_nested_values(tmp_path: Path) -> None:
    declared = resource("coingecko", "coin_markets")
    fields = [column.field for column in declared.columns if column.field is not None]
    coin = dict.fromkeys(fields, None) | {
        "id": "bitcoin",
        "symbol": "btc",
        "name": "Bitcoin",
        "last_updated": "2024-07-03T21:29:11.599Z",
        "current_price": 60151,
        "roi": {"times": 1.5, "currency": "btc", "percentage": 150.0},
    }

    rows = parsed("coin_markets", [coin], tmp_path, params={"vs_currency": "usd"})

    (row,) = rows.table.to_pylist()
    assert (row["id"], row["vs_currency"], row["current_price"]) == ("bitcoin", "usd", "60151")
    assert row["max_supply"] is None
    assert json.loads(row["roi"]) == {"times": 1.5, "currency": "btc", "percentage": 150.0}
    assert rows.surprises == ()


def test_the_market_keeps_its_amounts_by_currency_as_they_were_sent(tmp_path: Path) -> None:
    body = (
        '{"data":{"active_cryptocurrencies":7362,"upcoming_icos":0,"ongoing_icos":50,'
        '"ended_icos":3375,"markets":616,"total_market_cap":{"btc":4.89e7,"usd":2142953338976.9612},'
        '"total_volume":{"usd":1},"market_cap_percentage":{"btc":38.259132842486686},'
        '"market_cap_change_percentage_24h_usd":-0.9554088490358789,"updated_at":1621346159}}'
    )

    rows = parsed("global", body.encode(), tmp_path)

    (row,) = rows.table.to_pylist()
    assert (row["updated_at"], row["markets"]) == ("1621346159", "616")
    assert row["total_market_cap"] == '{"btc":4.89e7,"usd":2142953338976.9612}'
    assert row["market_cap_percentage"] == '{"btc":38.259132842486686}'
    assert row["volume_change_percentage_24h_usd"] is None
    assert rows.surprises == ()


def test_coins_may_share_a_symbol_and_not_an_id(tmp_path: Path) -> None:
    coins = [
        {"id": "bitcoin", "symbol": "btc", "name": "Bitcoin"},
        {"id": "bitcoin-2", "symbol": "btc", "name": ""},
        {"symbol": "btc", "name": "nameless"},
    ]

    rows = parsed("coins", coins, tmp_path)

    assert rows.table.to_pylist() == [
        {"id": "bitcoin", "symbol": "btc", "name": "Bitcoin"},
        {"id": "bitcoin-2", "symbol": "btc", "name": None},
    ]
    assert (rows.left_out, [found.kind for found in rows.surprises]) == (1, ["missing_key"])


@pytest.mark.parametrize(
    ("name", "payload"),
    [
        ("coins", {"error": "throttled"}),
        ("global", {"data": []}),
        ("coin_markets", {"status": {"error_code": 429}}),
        ("market_chart", {"error": "coin not found"}),
        ("ohlc", {"status": 500, "error": "Internal Server Error"}),
    ],
)
def test_an_error_is_no_answer(tmp_path: Path, name: str, payload: Any) -> None:
    with pytest.raises(ShapeError, match=f"coingecko {name} bitcoin: the body"):
        parsed(name, payload, tmp_path, params=CHART)
