"""Financial Modeling Prep's answers as rows."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import ShapeError
from ingestion.parsing import Parsed
from ingestion.sources.fmp.parsing import parse
from tests.ingestion.landings import NOW, context, sidecar

BASE = "http://provider/stable"


def parsed(name: str, payload: Any, symbols: list[str], directory: Path, **details: Any) -> Parsed:
    body = payload if isinstance(payload, bytes) else json.dumps(payload, indent=1).encode()
    return parse(
        name, body, sidecar("fmp", name, body, symbols, **details), context("fmp", directory)
    )


def unadjusted_bar(day: str, symbol: str = "AAPL") -> dict[str, Any]:
    return {
        "symbol": symbol,
        "date": day,
        "adjOpen": 216.15,
        "adjHigh": 220.38,
        "adjLow": 215.1,
        "adjClose": 220.27,
        "volume": 58046178,
    }


def full_bar(day: str, symbol: str) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "date": day,
        "open": 1.0745,
        "high": 1.0757,
        "low": 1.071,
        "close": 1.0746,
        "volume": 210034,
        "change": 0.0001,
        "changePercent": 0.0093,
        "vwap": 1.07395,
    }


def test_unadjusted_bars_are_bars_as_traded(tmp_path: Path) -> None:
    rows = parsed(
        "eod_prices",
        [unadjusted_bar("2024-07-02")],
        ["AAPL"],
        tmp_path,
        url=f"{BASE}/historical-price-eod/non-split-adjusted",
    )

    assert rows.table.to_pylist() == [
        {
            "symbol": "AAPL",
            "date": "2024-07-02",
            "price_basis": "as_traded",
            "open": "216.15",
            "high": "220.38",
            "low": "215.1",
            "close": "220.27",
            "volume": "58046178",
            "is_final": True,
        }
    ]
    assert rows.surprises == ()


def test_bars_of_what_has_no_splits_are_as_traded(tmp_path: Path) -> None:
    url = f"{BASE}/historical-price-eod/full"
    for symbol in ("EURUSD", "BTCUSD", "^GSPC"):
        rows = parsed("eod_prices", [full_bar("2024-07-02", symbol)], [symbol], tmp_path, url=url)

        assert rows.table["price_basis"].to_pylist() == ["as_traded"]
        assert rows.table["close"].to_pylist() == ["1.0746"]
        assert rows.surprises == ()


def test_full_bars_of_equities_and_strangers_are_adjusted_for_splits(tmp_path: Path) -> None:
    url = f"{BASE}/historical-price-eod/full"
    for symbol in ("AAPL", "GONE"):
        rows = parsed("eod_prices", [full_bar("2024-07-02", symbol)], [symbol], tmp_path, url=url)

        assert rows.table["price_basis"].to_pylist() == ["split_adjusted"]


@pytest.mark.parametrize(
    ("fetched_at", "finals"),
    [
        # The third of July 2024 closed at 13:00 in New York.
        (datetime(2024, 7, 3, 16, 59, 59, tzinfo=UTC), [False, True]),
        (datetime(2024, 7, 3, 17, 0, tzinfo=UTC), [True, True]),
    ],
)
def test_a_bar_is_final_once_its_session_has_closed(
    tmp_path: Path, fetched_at: datetime, finals: list[bool]
) -> None:
    rows = parsed(
        "eod_prices",
        [unadjusted_bar("2024-07-03"), unadjusted_bar("2024-07-02")],
        ["AAPL"],
        tmp_path,
        url=f"{BASE}/historical-price-eod/non-split-adjusted",
        fetched_at=fetched_at,
    )

    assert rows.table["is_final"].to_pylist() == finals


def test_a_class_share_may_answer_with_a_dot(tmp_path: Path) -> None:
    rows = parsed(
        "eod_prices",
        [unadjusted_bar("2024-07-02", "BRK.B")],
        ["BRK-B"],
        tmp_path,
        url=f"{BASE}/historical-price-eod/non-split-adjusted",
    )

    assert rows.table["symbol"].to_pylist() == ["BRK-B"]
    assert rows.surprises == ()


def test_rows_of_a_symbol_that_was_not_asked_for_are_left_out(tmp_path: Path) -> None:
    rows = parsed(
        "eod_prices",
        [unadjusted_bar("2024-07-02"), unadjusted_bar("2024-07-02", "MSFT")],
        ["AAPL"],
        tmp_path,
        url=f"{BASE}/historical-price-eod/non-split-adjusted",
    )

    assert rows.table["symbol"].to_pylist() == ["AAPL"]
    assert [(found.field, found.example) for found in rows.surprises] == [("symbol", "MSFT")]
    assert rows.left_out == 1


INTRADAY = {"open": 5531.6, "low": 5530.1, "high": 5534.2, "close": 5533.9, "volume": 0}


@pytest.mark.parametrize(
    ("fetched_at", "finals"),
    [
        (datetime(2024, 7, 3, 16, 59, 59, tzinfo=UTC), [False, True]),
        (datetime(2024, 7, 3, 17, 0, tzinfo=UTC), [True, True]),
    ],
)
def test_intraday_bars_are_of_the_symbol_and_interval_asked_for(
    tmp_path: Path, fetched_at: datetime, finals: list[bool]
) -> None:
    rows = parsed(
        "intraday_prices",
        [{"date": f"2024-07-03 12:{minute}:00", **INTRADAY} for minute in ("55", "50")],
        ["^GSPC"],
        tmp_path,
        url=f"{BASE}/historical-chart/5min?symbol=%5EGSPC",
        fetched_at=fetched_at,
    )

    key = {"symbol": "^GSPC", "interval": "5min", "utc_offset": "-04:00"}
    assert rows.table.select([*key, "date"]).to_pylist() == [
        key | {"date": "2024-07-03 12:55:00"},
        key | {"date": "2024-07-03 12:50:00"},
    ]
    assert rows.table["is_final"].to_pylist() == finals
    assert rows.surprises == ()


def fall_back(stamps: list[str], tmp_path: Path, **details: Any) -> list[tuple[str, str]]:
    """Return stamp and offset of 5-minute bars of a coin, in the order of the answer."""
    rows = parsed(
        "intraday_prices",
        [{"date": stamp, **INTRADAY} for stamp in stamps],
        ["BTCUSD"],
        tmp_path,
        url=f"{BASE}/historical-chart/5min?symbol=BTCUSD",
        **details,
    )
    assert rows.surprises == ()
    assert rows.left_out == 0
    table = rows.table
    return list(zip(table["date"].to_pylist(), table["utc_offset"].to_pylist(), strict=True))


def test_the_hour_that_comes_twice_in_autumn_keeps_both_its_bars(tmp_path: Path) -> None:
    # On 3 November 2024 New York's clock went from 01:59 back to 01:00.
    night = [
        ("2024-11-03 02:00:00", "-05:00"),
        ("2024-11-03 01:55:00", "-05:00"),
        ("2024-11-03 01:00:00", "-05:00"),
        ("2024-11-03 01:55:00", "-04:00"),
        ("2024-11-03 01:00:00", "-04:00"),
        ("2024-11-03 00:55:00", "-04:00"),
    ]
    newest_first = [stamp for stamp, _ in night]
    next_day = datetime(2024, 11, 4, tzinfo=UTC)

    assert fall_back(newest_first, tmp_path, fetched_at=next_day) == night
    assert fall_back(newest_first[::-1], tmp_path, fetched_at=next_day) == night[::-1]


def test_a_stamp_of_that_hour_that_comes_once_lies_before_its_answer(tmp_path: Path) -> None:
    stamps = ["2024-11-03 01:30:00", "2024-11-03 01:25:00"]
    # 05:31 UTC is 01:31 of summer time, 06:31 UTC is 01:31 of winter time.
    first = datetime(2024, 11, 3, 5, 31, tzinfo=UTC)
    second = datetime(2024, 11, 3, 6, 31, tzinfo=UTC)

    assert [offset for _, offset in fall_back(stamps, tmp_path, fetched_at=first)] == ["-04:00"] * 2
    assert [offset for _, offset in fall_back(stamps, tmp_path, fetched_at=second)] == [
        "-05:00"
    ] * 2


def test_the_hour_that_is_missing_in_spring_changes_no_other(tmp_path: Path) -> None:
    stamps = ["2024-03-10 03:00:00", "2024-03-10 01:55:00"]

    assert [offset for _, offset in fall_back(stamps, tmp_path)] == ["-04:00", "-05:00"]


def test_an_intraday_answer_needs_an_interval(tmp_path: Path) -> None:
    with pytest.raises(ShapeError, match="no interval but 'historical-chart'"):
        parsed("intraday_prices", [], ["^GSPC"], tmp_path, url=f"{BASE}/historical-chart")


def test_a_profile_is_taken_apart(tmp_path: Path) -> None:
    profile = {
        "symbol": "AAPL",
        "price": 220.27,
        "marketCap": 3377700000000,
        "beta": 1.25,
        "lastDividend": 1,
        "range": "164.08-221.55",
        "change": 3.52,
        "changePercentage": 1.62,
        "volume": 58046178,
        "averageVolume": 65000000,
        "companyName": "Apple Inc.",
        "currency": "USD",
        "cik": "0000320193",
        "isin": "US0378331005",
        "cusip": "037833100",
        "exchangeFullName": "NASDAQ Global Select",
        "exchange": "NASDAQ",
        "industry": "Consumer Electronics",
        "website": "https://www.apple.com",
        "description": "Makes telephones.",
        "ceo": "Timothy D. Cook",
        "sector": "Technology",
        "country": "US",
        "fullTimeEmployees": "161000",
        "phone": None,
        "address": None,
        "city": "Cupertino",
        "state": "CA",
        "zip": "95014",
        "image": "https://example.org/AAPL.png",
        "ipoDate": "1980-12-12",
        "defaultImage": False,
        "isEtf": False,
        "isActivelyTrading": True,
        "isAdr": False,
        "isFund": False,
    }

    rows = parsed("profiles", [profile], ["AAPL"], tmp_path)

    (row,) = rows.table.to_pylist()
    assert row["company_name"] == "Apple Inc."
    assert row["cik"] == "0000320193"
    assert row["exchange_full_name"] == "NASDAQ Global Select"
    assert (row["is_etf"], row["is_actively_trading"]) == ("false", "true")
    assert (row["last_dividend"], row["market_cap"]) == ("1", "3377700000000")
    assert row["phone"] is None
    assert rows.surprises == ()


def quote(symbol: str) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "name": "Some name",
        "price": 5533.9,
        "changePercentage": 0.51,
        "change": 28,
        "volume": 0,
        "dayLow": 5507.42,
        "dayHigh": 5539.27,
        "yearHigh": 5539.27,
        "yearLow": 4103.78,
        "marketCap": None,
        "priceAvg50": 5308.1,
        "priceAvg200": 4895.2,
        "exchange": "INDEX",
        "open": 5507.44,
        "previousClose": 5509.01,
        "timestamp": 1720040401,
    }


def test_a_quote_is_that_of_its_instant(tmp_path: Path) -> None:
    rows = parsed("quotes", [quote("^GSPC")], ["^GSPC"], tmp_path, params={"symbol": "^GSPC"})

    (row,) = rows.table.to_pylist()
    assert (row["symbol"], row["timestamp"]) == ("^GSPC", "1720040401")
    assert (row["price"], row["previous_close"], row["change"]) == ("5533.9", "5509.01", "28")
    assert row["market_cap"] is None
    assert rows.surprises == ()


def test_a_batch_has_a_quote_of_each_symbol_and_tells_of_strangers(tmp_path: Path) -> None:
    answer = [quote("AAPL"), quote("BRK.B"), quote("MSFT")]

    rows = parsed("quotes", answer, ["AAPL", "BRK-B"], tmp_path, params={"symbols": "AAPL,BRK-B"})

    assert rows.table["symbol"].to_pylist() == ["AAPL", "BRK-B"]
    assert [(found.field, found.example) for found in rows.surprises] == [("symbol", "MSFT")]


def test_of_the_quotes_of_a_whole_class_only_ours_are_kept_without_a_word(tmp_path: Path) -> None:
    answer = [quote("^FTSE"), quote("^GSPC"), quote("^N225")]

    rows = parsed("quotes", answer, ["^GSPC"], tmp_path, params={"short": "false"})

    assert rows.table["symbol"].to_pylist() == ["^GSPC"]
    assert (rows.surprises, rows.left_out) == ((), 0)


def test_a_change_of_members_may_add_remove_or_do_both(tmp_path: Path) -> None:
    both = {
        "dateAdded": "August 1, 2025",
        "addedSecurity": "New Co",
        "removedTicker": "OLD",
        "removedSecurity": "Old Co",
        "date": "2025-07-31",
        "symbol": "NEW",
        "reason": "Market capitalization change.",
    }
    added = both | {"removedTicker": "", "removedSecurity": ""}
    removed = both | {"symbol": None, "addedSecurity": None}

    rows = parsed("sp500_constituent_changes", [both, added, removed], [], tmp_path)

    keys = rows.table.select(["date_added", "symbol", "removed_ticker"]).to_pylist()
    assert [tuple(key.values()) for key in keys] == [
        ("August 1, 2025", "NEW", "OLD"),
        ("August 1, 2025", "NEW", "none"),
        ("August 1, 2025", "none", "OLD"),
    ]
    assert (rows.surprises, rows.left_out) == ((), 0)


def test_a_renamed_field_is_told_twice_over(tmp_path: Path) -> None:
    rows = parsed(
        "splits",
        [{"symbol": "AAPL", "date": "2020-08-31", "Numerator": 4, "denominator": 1}],
        ["AAPL"],
        tmp_path,
    )

    assert {(found.field, found.kind) for found in rows.surprises} == {
        ("Numerator", "unknown_key"),
        ("numerator", "missing_key"),
    }
    assert rows.table["numerator"].to_pylist() == [None]


def test_constituents_are_those_of_the_day_they_were_fetched(tmp_path: Path) -> None:
    member = {
        "symbol": "NVDA",
        "name": "Nvidia",
        "sector": "Technology",
        "subSector": "Semiconductors",
        "headQuarter": "Santa Clara, CA",
        "dateFirstAdded": "2001-11-30",
        "cik": "0001045810",
        "founded": "1993",
    }

    rows = parsed("sp500_constituents", [member], [], tmp_path)

    (row,) = rows.table.to_pylist()
    assert (row["symbol"], row["snapshot_date"]) == ("NVDA", f"{NOW:%Y-%m-%d}")
    assert rows.surprises == ()


def test_the_treasury_curve_has_a_row_per_day(tmp_path: Path) -> None:
    tenors = ["month1", "month2", "month3", "month6", "year1", "year2", "year3", "year5"]
    curve = {"date": "2024-07-02"} | dict.fromkeys([*tenors, "year7", "year10", "year20"], 4.5)

    rows = parsed("treasury_rates", [curve | {"year30": None}], [], tmp_path)

    (row,) = rows.table.to_pylist()
    assert (row["date"], row["year10"], row["year30"]) == ("2024-07-02", "4.5", None)
    assert rows.surprises == ()


@pytest.mark.parametrize("payload", [{"Error Message": "Limit Reach ."}, "text", 1])
def test_a_body_that_is_no_list_is_a_shape_error(tmp_path: Path, payload: Any) -> None:
    with pytest.raises(ShapeError, match="fmp splits AAPL: the body is no list"):
        parsed("splits", payload, ["AAPL"], tmp_path)


def test_an_empty_object_or_list_is_no_rows(tmp_path: Path) -> None:
    payloads: list[Any] = [[], {}]
    for payload in payloads:
        assert parsed("splits", payload, ["AAPL"], tmp_path).table.num_rows == 0
