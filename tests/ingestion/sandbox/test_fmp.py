"""FMP's wire format: facts of PROVIDERS, on the sandbox's numbers."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ingestion.sources.fmp.wall_clock import with_offsets
from tests.ingestion.sandbox.conftest import Client

Row = dict[str, Any]

NOW = "2025-12-01T12:00:00Z"
WEEK = {"from_": "2025-11-24", "to": "2025-11-30"}


def rows(client: Client, path: str, now: str = NOW, **params: Any) -> list[Row]:
    body: list[Row] = client.json("fmp", path, now, **params)
    assert isinstance(body, list)
    return body


def test_full_rows_follow_fmps_own_arithmetic(client: Client) -> None:
    given = rows(client, "historical-price-eod/full", symbol="BRK-B", **WEEK)

    assert [row["date"] for row in given] == [
        "2025-11-28",
        "2025-11-26",
        "2025-11-25",
        "2025-11-24",
    ]
    for row in given:
        assert list(row) == [
            "symbol",
            "date",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "change",
            "changePercent",
            "vwap",
        ]
        move = row["close"] - row["open"]  # of the day itself, not against the day before
        assert row["change"] == pytest.approx(move, abs=1e-6)
        assert row["changePercent"] == pytest.approx(100 * move / row["open"], abs=1e-7)
        four = row["open"] + row["high"] + row["low"] + row["close"]
        assert row["vwap"] == pytest.approx(four / 4, abs=1e-6)


def test_the_body_is_indented_and_whole_numbers_have_no_point(client: Client) -> None:
    text = client.get("fmp", "historical-price-eod/light", NOW, symbol="AAPL", **WEEK).text
    assert text.startswith('[\n  {\n    "symbol": "AAPL",\n    "date": "2025-11-28",\n')
    assert ".0,\n" not in text
    assert ".0\n" not in text


@pytest.mark.parametrize("path", ["historical-price-eod/full", "splits", "quote", "profile"])
def test_an_unknown_symbol_is_an_empty_list(client: Client, path: str) -> None:
    assert rows(client, path, symbol="NOPE") == []
    assert client.get("fmp", path, NOW, symbol="NOPE").text == "[]"


def test_a_closed_day_is_an_empty_list(client: Client) -> None:
    window = {"from_": "2025-11-27", "to": "2025-11-27"}
    assert rows(client, "historical-price-eod/full", symbol="AAPL", **window) == []


def test_every_class_has_its_own_calendar(client: Client) -> None:
    counts = {
        symbol: len(rows(client, "historical-price-eod/full", symbol=symbol, **WEEK))
        for symbol in ("AAPL", "^GSPC", "EURUSD", "BTCUSD", "GCUSD")
    }
    assert counts == {"AAPL": 4, "^GSPC": 4, "EURUSD": 5, "BTCUSD": 7, "GCUSD": 5}


def test_both_adjusted_endpoints_say_adj_for_opposite_things(client: Client) -> None:
    # Under seed 7, Alphabet gives three shares for one on 2024-07-18 and pays dividends.
    window = {"symbol": "GOOGL", "from_": "2024-07-17", "to": "2024-07-17"}
    ((full,), (raw,), (total,)) = (
        rows(client, f"historical-price-eod/{kind}", **window)
        for kind in ("full", "non-split-adjusted", "dividend-adjusted")
    )

    assert list(raw) == list(total)
    assert list(raw)[2:] == ["adjOpen", "adjHigh", "adjLow", "adjClose", "volume"]
    assert raw["adjClose"] == pytest.approx(3 * full["close"], abs=1e-5)
    assert full["volume"] == pytest.approx(3 * raw["volume"], abs=1)
    assert total["adjClose"] < full["close"]


def test_splits_and_dividends_appear_on_their_day(client: Client) -> None:
    assert rows(client, "splits", "2024-07-18T03:00:00Z", symbol="GOOGL") == []
    assert rows(client, "splits", "2024-07-18T12:00:00Z", symbol="GOOGL") == [
        {
            "symbol": "GOOGL",
            "date": "2024-07-18",
            "numerator": 3,
            "denominator": 1,
            "splitType": "stock-split",
        }
    ]
    paid = rows(client, "dividends", symbol="KO")
    assert 40 <= len(paid) <= 44  # four a year since 2015
    assert [row["date"] for row in paid] == sorted((row["date"] for row in paid), reverse=True)
    assert paid[0]["frequency"] == "Quarterly"
    for row in paid:
        assert row["declarationDate"] < row["date"] <= row["recordDate"] < row["paymentDate"]
    assert len(rows(client, "dividends", symbol="KO", limit=1)) == 1
    assert rows(client, "dividends", symbol="AMZN") == []


def test_intraday_rows_name_low_before_high_and_no_symbol(client: Client) -> None:
    day = {"from_": "2025-11-28", "to": "2025-11-28"}
    bars = rows(client, "historical-chart/5min", symbol="AAPL", **day)

    assert len(bars) == 42
    assert list(bars[0]) == ["date", "open", "low", "high", "close", "volume"]
    assert bars[0]["date"] == "2025-11-28 12:55:00"
    assert bars[-1]["date"] == "2025-11-28 09:30:00"


def test_the_hour_that_comes_twice_has_the_same_stamps_twice(client: Client) -> None:
    day = {"from_": "2024-11-03", "to": "2024-11-03"}
    bars = rows(client, "historical-chart/5min", symbol="BTCUSD", **day)

    told_apart = with_offsets(bars, datetime(2024, 11, 4, tzinfo=UTC))

    # A day of 25 hours, of which one is there twice.
    assert len(bars) == 25 * 12
    assert len({bar["date"] for bar in bars}) == 24 * 12
    starts = [datetime.fromisoformat(bar["date"] + bar["utc_offset"]) for bar in told_apart]
    assert {later - earlier for later, earlier in pairwise(starts)} == {timedelta(minutes=5)}


def test_intraday_rows_stop_at_450(client: Client) -> None:
    window = {"from_": "2025-11-10", "to": "2025-11-28"}
    bars = rows(client, "historical-chart/5min", symbol="AAPL", **window)
    assert len(bars) == 450
    assert bars[0]["date"] == "2025-11-28 12:55:00"


def test_the_end_of_day_row_of_a_running_session_is_its_minutes_so_far(client: Client) -> None:
    now = "2025-11-25T15:07:30Z"
    day = {"from_": "2025-11-25", "to": "2025-11-25"}
    (daily,) = rows(client, "historical-price-eod/full", now, symbol="AAPL", **day)
    minutes = rows(client, "historical-chart/1min", now, symbol="AAPL", **day)

    assert [bar["date"][11:] for bar in (minutes[0], minutes[-1])] == ["10:07:00", "09:30:00"]
    assert daily["close"] == minutes[0]["close"]
    assert daily["high"] == max(bar["high"] for bar in minutes)
    assert daily["volume"] == sum(bar["volume"] for bar in minutes)


def test_a_quote_changes_against_the_previous_close(client: Client) -> None:
    now = "2025-11-25T15:07:30Z"
    (quote,) = rows(client, "quote", now, symbol="AAPL")
    eve = {"from_": "2025-11-24", "to": "2025-11-24"}
    (yesterday,) = rows(client, "historical-price-eod/full", now, symbol="AAPL", **eve)

    assert quote["previousClose"] == yesterday["close"]
    assert quote["change"] == pytest.approx(quote["price"] - yesterday["close"], abs=1e-6)
    assert quote["timestamp"] == 1764083250  # 2025-11-25 15:07:30 UTC, in seconds
    both = rows(client, "batch-quote", now, symbols="AAPL,NOPE,SPY")
    assert both[0] == quote
    assert [row["symbol"] for row in both] == ["AAPL", "SPY"]


def test_class_quotes_are_short_unless_asked(client: Client) -> None:
    indexes = rows(client, "batch-index-quotes")
    assert [row["symbol"] for row in indexes] == [
        "^GSPC",
        "^DJI",
        "^IXIC",
        "^RUT",
        "^VIX",
        "^NDX",
    ]
    assert list(indexes[0]) == ["symbol", "price", "change", "volume"]
    commodities = rows(client, "batch-commodity-quotes", short="false")
    assert len(commodities) == 8
    assert commodities[0]["marketCap"] is None


def test_treasury_rates_skip_bond_holidays_and_span_ninety_days(client: Client) -> None:
    window = {"from_": "2025-10-10", "to": "2025-11-12"}
    dates = [row["date"] for row in rows(client, "treasury-rates", **window)]

    assert dates[0] == "2025-11-12"
    # Columbus Day and Veterans Day, on which shares were traded.
    assert "2025-10-13" not in dates
    assert "2025-11-11" not in dates
    assert len(dates) == 22
    long = rows(client, "treasury-rates", from_="2023-01-01", to="2025-11-12")
    assert long[-1]["date"] == "2025-08-14"  # ninety days before 2025-11-12
    assert list(long[0]) == [
        "date",
        *("month1", "month2", "month3", "month6", "year1", "year2", "year3"),
        *("year5", "year7", "year10", "year20", "year30"),
    ]
    early = rows(client, "treasury-rates", from_="2018-10-10", to="2018-10-18")
    assert {row["date"] < "2018-10-16": row["month2"] is None for row in early} == {
        True: True,
        False: False,
    }


def test_the_curve_of_a_day_appears_in_its_evening(client: Client) -> None:
    window = {"from_": "2025-11-24", "to": "2025-11-25"}
    assert len(rows(client, "treasury-rates", "2025-11-25T22:59:00Z", **window)) == 1
    assert len(rows(client, "treasury-rates", "2025-11-25T23:00:00Z", **window)) == 2


def test_profiles_and_constituents_name_sectors_differently(client: Client) -> None:
    (profile,) = rows(client, "profile", symbol="AAPL")
    assert profile["sector"] == "Technology"
    assert profile["exchange"] == "NASDAQ"
    assert profile["exchangeFullName"] == "NASDAQ Global Select"
    assert len(profile["cik"]) == 10
    assert isinstance(profile["fullTimeEmployees"], str)
    assert profile["isEtf"] is False
    members = {row["symbol"]: row for row in rows(client, "sp500-constituent")}
    assert members["AAPL"]["sector"] == "Information Technology"
    assert "SPY" not in members
    assert len(members) == 48


def test_membership_is_that_of_the_day(client: Client) -> None:
    def members(now: str) -> set[str]:
        return {row["symbol"] for row in rows(client, "sp500-constituent", now)}

    assert "XYZ" not in members("2025-07-22T12:00:00Z")
    assert "XYZ" in members("2025-07-23T12:00:00Z")
    changes = rows(client, "historical-sp500-constituent", "2025-07-23T12:00:00Z")
    assert changes[0]["symbol"] == "XYZ"
    assert changes[0]["dateAdded"] == "July 23, 2025"
    assert changes[0]["removedTicker"] == "HES"


def test_block_is_listed_under_its_name_of_the_day(client: Client) -> None:
    def listed(now: str) -> set[str]:
        return {row["symbol"] for row in rows(client, "stock-list", now)}

    assert {"SQ", "XYZ"} & listed("2025-01-20T18:00:00Z") == {"SQ"}
    assert {"SQ", "XYZ"} & listed("2025-01-21T18:00:00Z") == {"XYZ"}


def test_errors_come_in_the_providers_own_words(client: Client) -> None:
    in_query = client.get("fmp", "quote", NOW, symbol="AAPL", apikey="bad")
    in_header = client.session.get(
        f"{client.server.base_urls['fmp']}/quote",
        params={"symbol": "AAPL"},
        headers={"apikey": "bad"},
        timeout=30,
    )
    unknown = client.get("fmp", "nonsense")

    for answer in (in_query, in_header):
        assert answer.status_code == 401
        assert answer.json()["Error Message"].startswith("Invalid API KEY.")
    assert unknown.status_code == 404
    assert list(unknown.json()) == ["Error Message"]
    assert client.get("fmp", "quote").status_code == 400
