"""Twelve Data's answers as rows."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import ShapeError
from ingestion.parsing import Parsed
from ingestion.sources.twelve_data.parsing import parse
from tests.ingestion.landings import context, sidecar

DAILY = {"interval": "1day", "adjust": "none"}
FIVE_MINUTES = {"interval": "5min", "timezone": "UTC"}


def parsed(name: str, payload: Any, symbols: list[str], directory: Path, **details: Any) -> Parsed:
    body = json.dumps(payload).encode()
    made = sidecar("twelve_data", name, body, symbols, **details)
    return parse(name, body, made, context("twelve_data", directory))


def series(symbol: str, *stamps: str, **meta: Any) -> dict[str, Any]:
    values = [
        {
            "datetime": stamp,
            "open": "216.15000",
            "high": "220.38000",
            "low": "215.10001",
            "close": "220.27000",
            "volume": "58046200",
        }
        for stamp in stamps
    ]
    described = {"symbol": symbol, "interval": "1day", "type": "Common Stock"} | meta
    return {"meta": described, "values": values, "status": "ok"}


def test_one_symbol_comes_bare(tmp_path: Path) -> None:
    answer = series(
        "AAPL",
        "2024-07-03",
        currency="USD",
        exchange="NASDAQ",
        mic_code="XNGS",
        exchange_timezone="America/New_York",
    )

    rows = parsed("time_series_daily", answer, ["AAPL"], tmp_path, params=DAILY)

    assert rows.table.to_pylist() == [
        {
            "symbol": "AAPL",
            "datetime": "2024-07-03",
            "open": "216.15000",
            "high": "220.38000",
            "low": "215.10001",
            "close": "220.27000",
            "volume": "58046200",
            "is_final": True,
            "currency": "USD",
            "exchange": "NASDAQ",
            "mic_code": "XNGS",
            "exchange_timezone": "America/New_York",
            "instrument_type": "Common Stock",
            "adjust": "none",
        }
    ]
    assert rows.surprises == ()


def test_several_symbols_come_keyed_and_one_may_fail_alone(tmp_path: Path) -> None:
    failed = {"code": 400, "message": "**symbol** not found: SPX.", "status": "error"}
    batch = {
        "AAPL": series("AAPL", "2024-07-03", "2024-07-02"),
        "SPX": failed,
        "BTC/USD": series("BTC/USD", "2024-07-03"),
    }

    rows = parsed("time_series_daily", batch, list(batch), tmp_path, params=DAILY)

    assert rows.table.select(["symbol", "datetime", "is_final"]).to_pylist() == [
        {"symbol": "AAPL", "datetime": "2024-07-03", "is_final": True},
        {"symbol": "AAPL", "datetime": "2024-07-02", "is_final": True},
        # A day of crypto ends at midnight UTC.
        {"symbol": "BTC/USD", "datetime": "2024-07-03", "is_final": False},
    ]
    assert rows.surprises == ()


def test_an_answer_for_a_symbol_that_was_not_asked_for_is_told(tmp_path: Path) -> None:
    batch = {"AAPL": series("AAPL", "2024-07-03"), "MSFT": series("MSFT", "2024-07-03")}

    rows = parsed("time_series_daily", batch, ["AAPL", "SPX"], tmp_path, params=DAILY)

    assert rows.table["symbol"].to_pylist() == ["AAPL"]
    assert [(found.field, found.kind) for found in rows.surprises] == [("MSFT", "unknown_key")]


def test_a_batch_that_shrank_to_one_is_recognised(tmp_path: Path) -> None:
    rows = parsed(
        "time_series_daily",
        series("AAPL", "2024-07-03"),
        ["AAPL", "SPX"],
        tmp_path,
        params=DAILY,
    )

    assert rows.table["symbol"].to_pylist() == ["AAPL"]


def test_volume_may_be_absent_and_a_pair_has_a_quote_currency(tmp_path: Path) -> None:
    answer = series("EUR/USD", "2024-07-02", currency_base="Euro", currency_quote="US Dollar")
    del answer["values"][0]["volume"]

    rows = parsed("time_series_daily", answer, ["EUR/USD"], tmp_path, params=DAILY)

    (row,) = rows.table.to_pylist()
    assert (row["volume"], row["currency"], row["exchange"]) == (None, "US Dollar", None)
    assert rows.surprises == ()


def test_a_number_that_is_no_longer_a_string_is_told_and_kept(tmp_path: Path) -> None:
    answer = series("AAPL", "2024-07-03")
    answer["values"][0]["close"] = 220.27

    rows = parsed("time_series_daily", answer, ["AAPL"], tmp_path, params=DAILY)

    assert rows.table["close"].to_pylist() == ["220.27"]
    assert [(found.field, found.kind) for found in rows.surprises] == [("close", "wrong_type")]


def test_a_new_field_of_the_envelope_is_told(tmp_path: Path) -> None:
    answer = series("AAPL", "2024-07-03", figi="BBG000B9XRY4")

    rows = parsed("time_series_daily", answer, ["AAPL"], tmp_path, params=DAILY)

    assert [(found.field, found.kind) for found in rows.surprises] == [("meta.figi", "unknown_key")]


@pytest.mark.parametrize(
    ("second", "finals"), [(59, [False, True]), (60, [True, True])], ids=["before", "at"]
)
def test_an_intraday_bar_is_final_once_its_interval_is_over(
    tmp_path: Path, second: int, finals: list[bool]
) -> None:
    fetched_at = datetime.fromtimestamp(
        datetime(2024, 7, 2, 14, 34, tzinfo=UTC).timestamp() + second, UTC
    )

    rows = parsed(
        "time_series_intraday",
        series("AAPL", "2024-07-02 14:30:00", "2024-07-02 14:25:00"),
        ["AAPL"],
        tmp_path,
        params=FIVE_MINUTES,
        fetched_at=fetched_at,
    )

    assert rows.table["interval"].to_pylist() == ["5min", "5min"]
    assert rows.table["is_final"].to_pylist() == finals


def test_bars_that_were_not_asked_for_in_utc_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="not asked for in UTC"):
        parsed(
            "time_series_intraday",
            series("AAPL", "2024-07-02 10:30:00"),
            ["AAPL"],
            tmp_path,
            params={"interval": "5min"},
        )


def quote(symbol: str, **changes: Any) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "name": "Apple Inc",
        "exchange": "NASDAQ",
        "mic_code": "XNGS",
        "currency": "USD",
        "datetime": "2024-07-03",
        "timestamp": 1720013400,
        "open": "220.00",
        "high": "221.55",
        "low": "219.03",
        "close": "221.55",
        "volume": "37369801",
        "previous_close": "220.27",
        "change": "1.28",
        "percent_change": "0.58110",
        "average_volume": "68000000",
        "is_market_open": False,
        "fifty_two_week": {"low": "164.08", "range": "164.080 - 221.550"},
    } | changes


def test_a_quote_is_of_its_last_quotation_or_else_of_its_bar(tmp_path: Path) -> None:
    batch = {
        "AAPL": quote("AAPL", last_quote_at=1720026000),
        "BTC/USD": quote("BTC/USD", is_market_open=True),
    }

    rows = parsed("quotes", batch, list(batch), tmp_path)

    assert rows.table.select(["symbol", "quoted_at", "is_market_open"]).to_pylist() == [
        {"symbol": "AAPL", "quoted_at": "1720026000", "is_market_open": "false"},
        {"symbol": "BTC/USD", "quoted_at": "1720013400", "is_market_open": "true"},
    ]
    assert rows.surprises == ()


def test_a_single_quote_comes_bare(tmp_path: Path) -> None:
    rows = parsed("quotes", quote("AAPL"), ["AAPL"], tmp_path)

    assert rows.table["close"].to_pylist() == ["221.55"]


@pytest.mark.parametrize(
    "payload", [[], {"code": 429, "message": "out of credits", "status": "error"}, {"meta": {}}]
)
def test_what_is_no_answer_is_a_shape_error(tmp_path: Path, payload: Any) -> None:
    with pytest.raises(ShapeError):
        parsed("time_series_daily", payload, ["AAPL"], tmp_path, params=DAILY)


def listed(*lines: dict[str, Any]) -> dict[str, Any]:
    return {"data": list(lines), "count": len(lines), "status": "ok"}


def test_an_instrument_is_known_by_list_and_market(tmp_path: Path) -> None:
    line = {
        "symbol": "AAPL",
        "name": "Apple Inc",
        "currency": "USD",
        "exchange": "NASDAQ",
        "mic_code": "XNGS",
        "country": "United States",
        "type": "Common Stock",
        "figi_code": "BBG000B9Y5X2",
        "cfi_code": "ESVUFR",
        "isin": "request_access_via_add_ons",
        "cusip": "request_access_via_add_ons",
    }
    url = "http://provider/stocks?symbol=AAPL"

    rows = parsed("instruments", listed(line), ["AAPL"], tmp_path, url=url)

    (row,) = rows.table.to_pylist()
    assert (row["symbol"], row["kind"], row["market"]) == ("AAPL", "stocks", "XNGS")
    assert (row["instrument_type"], row["figi_code"]) == ("Common Stock", "BBG000B9Y5X2")
    assert row["currency_base"] is None
    assert rows.surprises == ()


def test_what_trades_on_no_exchange_has_no_market(tmp_path: Path) -> None:
    euro = {"symbol": "EUR/USD", "currency_group": "Major"}
    euro |= {"currency_base": "Euro", "currency_quote": "US Dollar"}
    coin = {"symbol": "BTC/USD", "available_exchanges": ["Binance", "Kraken"]}
    coin |= {"currency_base": "Bitcoin", "currency_quote": "US Dollar"}

    pair = parsed(
        "instruments", listed(euro), ["EUR/USD"], tmp_path, url="http://provider/forex_pairs"
    )
    coins = parsed(
        "instruments", listed(coin), ["BTC/USD"], tmp_path, url="http://provider/cryptocurrencies"
    )

    assert pair.table["market"].to_pylist() == coins.table["market"].to_pylist() == ["none"]
    assert coins.table["available_exchanges"].to_pylist() == ['["Binance","Kraken"]']
    assert pair.table["currency_group"].to_pylist() == ["Major"]
    assert pair.surprises == coins.surprises == ()


def test_lines_of_other_instruments_are_left_out(tmp_path: Path) -> None:
    lines = [{"symbol": name, "mic_code": "XNGS"} for name in ("AAPL", "AAPLW", "AAL")]

    rows = parsed("instruments", listed(*lines), ["AAPL"], tmp_path, url="http://provider/stocks")

    assert rows.table["symbol"].to_pylist() == ["AAPL"]
    assert [(found.field, found.count) for found in rows.surprises] == [("symbol", 2)]
    assert rows.left_out == 2


def test_an_exchange_after_the_symbol_is_no_part_of_the_line(tmp_path: Path) -> None:
    line = {"symbol": "SBIN", "exchange": "NSE", "mic_code": "XNSE"}

    rows = parsed("instruments", listed(line), ["SBIN:NSE"], tmp_path, url="http://provider/stocks")

    assert rows.table.select(["symbol", "market"]).to_pylist() == [
        {"symbol": "SBIN:NSE", "market": "XNSE"}
    ]
