"""Twelve Data's wire format: facts of PROVIDERS, on the sandbox's numbers."""

import json
from itertools import pairwise

import pytest

from tests.ingestion.sandbox.conftest import Client


def values(
    client: Client, now: str = "2025-12-01T12:00:00Z", **params: str
) -> list[dict[str, str]]:
    body = client.json("twelve_data", "time_series", now, **params)
    assert body["status"] == "ok", body
    rows: list[dict[str, str]] = body["values"]
    return rows


def test_a_series_is_strings_newest_first_under_its_meta(client: Client) -> None:
    body = client.json(
        "twelve_data",
        "time_series",
        "2025-12-01T12:00:00Z",
        symbol="AAPL",
        interval="1day",
        start_date="2025-11-24",
        end_date="2025-11-30",
    )

    assert list(body) == ["meta", "values", "status"]
    assert body["meta"] == {
        "symbol": "AAPL",
        "interval": "1day",
        "currency": "USD",
        "exchange_timezone": "America/New_York",
        "exchange": "NASDAQ",
        "mic_code": "XNGS",
        "type": "Common Stock",
    }
    # Thanksgiving, the 27th, is no session.
    dates = [row["datetime"] for row in body["values"]]
    assert dates == ["2025-11-28", "2025-11-26", "2025-11-25", "2025-11-24"]
    for row in body["values"]:
        assert list(row) == ["datetime", "open", "high", "low", "close", "volume"]
        assert all(isinstance(value, str) for value in row.values())
        assert row["close"].split(".")[1].endswith("000")  # whole cents, five decimals
        assert row["volume"].isdecimal()


def test_one_symbol_has_no_wrapper_and_several_are_keyed_as_requested(client: Client) -> None:
    answer = client.get(
        "twelve_data", "time_series", symbol="AAPL,NOPE,EUR/USD", interval="1day", outputsize=1
    )

    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["Is_batch"] == "true"
    assert answer.headers["api-credits-used"] == "3"
    assert list(body) == ["AAPL", "NOPE", "EUR/USD"]
    assert body["AAPL"]["status"] == "ok"
    assert body["NOPE"]["status"] == "error"
    assert body["NOPE"]["code"] == 400
    assert body["NOPE"]["message"].startswith("**symbol** not found: NOPE.")
    assert body["EUR/USD"]["meta"]["currency_base"] == "Euro"
    assert "exchange_timezone" not in body["EUR/USD"]["meta"]
    assert "volume" not in body["EUR/USD"]["values"][0]


@pytest.mark.parametrize(
    ("day", "zone", "first"),
    [
        ("2025-11-26", "UTC", "2025-11-26 14:30:00"),
        ("2025-11-26", "Exchange", "2025-11-26 09:30:00"),
        ("2025-07-03", "UTC", "2025-07-03 13:30:00"),
        ("2025-07-03", "Asia/Tokyo", "2025-07-03 22:30:00"),
    ],
)
def test_bars_carry_their_open_in_the_zone_asked_for(
    client: Client, day: str, zone: str, first: str
) -> None:
    rows = values(
        client,
        symbol="AAPL",
        interval="5min",
        start_date=first,
        end_date=f"{day} 23:59:59",
        timezone=zone,
        order="asc",
    )
    assert rows[0]["datetime"] == first


def test_a_half_day_has_42_bars_of_five_minutes(client: Client) -> None:
    def count(day: str) -> int:
        window = {"start_date": f"{day} 00:00:00", "end_date": f"{day} 23:59:00"}
        return len(values(client, symbol="MSFT", interval="5min", **window))

    assert count("2025-11-26") == 78
    assert count("2025-11-28") == 42


def test_coarser_bars_are_made_of_finer_ones(client: Client) -> None:
    window = {
        "symbol": "NVDA",
        "start_date": "2025-11-26 00:00:00",
        "end_date": "2025-11-26 23:59:00",
        "order": "asc",
    }
    fine, coarse = (values(client, interval=name, **window) for name in ("5min", "1h"))
    (daily,) = values(
        client, symbol="NVDA", interval="1day", start_date="2025-11-26", end_date="2025-11-26"
    )

    assert [row["datetime"][11:16] for row in coarse] == [
        f"{hour:02}:30" for hour in range(9, 16)
    ]  # the last one lasts half an hour
    first_hour = fine[:12]
    assert coarse[0]["open"] == first_hour[0]["open"]
    assert coarse[0]["close"] == first_hour[-1]["close"]
    assert float(coarse[0]["high"]) == max(float(row["high"]) for row in first_hour)
    assert sum(int(row["volume"]) for row in fine) == int(daily["volume"])
    assert min(float(row["low"]) for row in fine) == float(daily["low"])
    assert max(float(row["high"]) for row in fine) == float(daily["high"])
    assert (fine[0]["open"], fine[-1]["close"]) == (daily["open"], daily["close"])


def test_a_start_alone_gives_the_newest_rows(client: Client) -> None:
    rows = values(client, symbol="SPY", interval="1day", start_date="2015-01-02", outputsize="5")
    assert rows[0]["datetime"] == "2025-11-28"
    assert len(rows) == 5


def test_thirty_rows_come_when_nothing_is_said(client: Client) -> None:
    assert len(values(client, symbol="SPY", interval="1day")) == 30


def test_an_empty_window_is_an_error_inside_http_200(client: Client) -> None:
    body = client.json(
        "twelve_data",
        "time_series",
        symbol="AAPL",
        interval="1day",
        start_date="2025-11-22",
        end_date="2025-11-23",
    )
    assert body == {
        "code": 400,
        "message": "No data is available on the specified dates. "
        "Try setting different start/end dates.",
        "status": "error",
    }


def test_the_running_bar_is_partial_and_nothing_later_exists(client: Client) -> None:
    window = {"symbol": "AAPL", "interval": "1min", "timezone": "UTC", "outputsize": "60"}
    rows = values(client, "2025-11-25T15:07:30Z", **window)
    later = values(client, "2025-11-25T15:10:00Z", **window)

    assert rows[0]["datetime"] == "2025-11-25 15:07:00"
    assert later[0]["datetime"] == "2025-11-25 15:09:00"
    by_time = {row["datetime"]: row for row in later}
    assert rows[1] == by_time[rows[1]["datetime"]]
    running, finished = rows[0], by_time[rows[0]["datetime"]]
    assert running["open"] == finished["open"]
    assert int(running["volume"]) == int(finished["volume"]) // 2  # thirty seconds of sixty
    (daily,) = values(
        client, "2025-11-25T15:07:30Z", symbol="AAPL", interval="1day", outputsize="1"
    )
    assert daily["datetime"] == "2025-11-25"
    assert daily["close"] == running["close"]


def test_before_the_open_there_is_no_bar_of_today(client: Client) -> None:
    for now, newest in [
        ("2025-11-25T14:30:00Z", "2025-11-24"),
        ("2025-11-25T14:30:01Z", "2025-11-25"),
    ]:
        assert values(client, now, symbol="AAPL", interval="1day")[0]["datetime"] == newest


def test_a_split_restates_the_past_only_once_it_is_effective(client: Client) -> None:
    # Under seed 7, Alphabet gives three shares for one on 2024-07-18.
    window = {"symbol": "GOOGL", "interval": "1day", "start_date": "2024-06-03"}

    def closes(now: str, adjust: str) -> dict[str, float]:
        rows = values(client, now, end_date="2024-07-12", adjust=adjust, **window)
        return {row["datetime"]: float(row["close"]) for row in rows}

    eve, after = "2024-07-18T03:59:00Z", "2024-07-18T12:00:00Z"  # midnight is at 04:00
    as_traded = closes(eve, "none")
    assert closes(eve, "splits") == as_traded
    assert closes(after, "none") == as_traded
    restated = closes(after, "splits")
    assert len(restated) == 28
    for day, close in as_traded.items():
        assert restated[day] == pytest.approx(close / 3, abs=1e-5)


def test_dividends_lower_the_past_of_adjust_all(client: Client) -> None:
    window = {"symbol": "KO", "interval": "1day", "start_date": "2025-01-02", "order": "asc"}
    plain, lowered = (
        [float(row["close"]) for row in values(client, adjust=how, **window)]
        for how in ("splits", "all")
    )
    assert lowered[-1] == plain[-1]
    assert lowered[0] < plain[0]


def test_block_changes_its_ticker_and_keeps_its_history(client: Client) -> None:
    before, after = "2025-01-20T18:00:00Z", "2025-01-21T18:00:00Z"
    window = {"interval": "1day", "start_date": "2025-01-13", "end_date": "2025-01-17"}

    old = values(client, before, symbol="SQ", **window)
    new = values(client, after, symbol="XYZ", **window)

    assert len(old) == 5
    assert new == old
    for now, unknown in [(before, "XYZ"), (after, "SQ")]:
        body = client.json("twelve_data", "time_series", now, symbol=unknown, **window)
        assert body["status"] == "error"


def test_a_quote_has_strings_ints_and_a_bool(client: Client) -> None:
    quote = client.json("twelve_data", "quote", symbol="AAPL")

    assert "status" not in quote
    assert quote["datetime"] == "2025-11-25"
    assert quote["timestamp"] == 1764081000  # 2025-11-25 14:30:00 UTC, the open
    assert quote["last_quote_at"] == 1764083220  # 15:07:00
    assert quote["is_market_open"] is True
    change = float(quote["close"]) - float(quote["previous_close"])
    assert float(quote["change"]) == pytest.approx(change, abs=1e-5)
    assert " - " in quote["fifty_two_week"]["range"]
    assert client.json("twelve_data", "price", symbol="AAPL") == {"price": quote["close"]}
    saturday = client.json("twelve_data", "quote", "2025-11-29T12:00:00Z", symbol="AAPL")
    assert saturday["is_market_open"] is False
    assert saturday["last_quote_at"] == 1764352800  # the half day closed at 18:00 UTC


def test_errors_come_in_the_providers_own_words(client: Client) -> None:
    bad = client.get("twelve_data", "price", symbol="AAPL", apikey="bad")
    header = client.session.get(
        f"{client.server.base_urls['twelve_data']}/price",
        params={"symbol": "AAPL"},
        headers={"Authorization": "apikey bad"},
        timeout=30,
    )
    interval = client.json("twelve_data", "time_series", symbol="AAPL", interval="7min")
    missing = client.json("twelve_data", "quote")
    unknown = client.get("twelve_data", "nonsense")
    crowd = client.get("twelve_data", "quote", symbol=",".join(f"A{n}" for n in range(121)))

    assert (bad.status_code, bad.json()["code"]) == (401, 401)
    assert header.status_code == 401
    assert interval["message"].startswith("Invalid **interval** provided: 7min. Supported")
    assert missing["message"] == "**symbol** or **figi** parameter is missing or invalid"
    assert (unknown.status_code, unknown.json()["status"]) == (404, "error")
    assert crowd.status_code == 414


def test_reference_lists_can_be_filtered(client: Client) -> None:
    body = client.json("twelve_data", "stocks", symbol="BRK.B")
    assert (body["count"], body["status"]) == (1, "ok")
    assert body["data"][0]["isin"] == "request_access_via_add_ons"
    coins = client.json("twelve_data", "cryptocurrencies")["data"]
    assert coins[0]["symbol"] == "BTC/USD"
    assert client.json("twelve_data", "indices", symbol="SPX")["data"] == []
    metals = client.json("twelve_data", "commodities", symbol="XAU/USD")["data"]
    assert [(row["symbol"], row["category"]) for row in metals] == [("XAU/USD", "Precious Metal")]
    pairs = client.json("twelve_data", "forex_pairs", symbol="USD/JPY")["data"]
    assert [row["currency_quote"] for row in pairs] == ["Japanese Yen"]
    earliest = client.json("twelve_data", "earliest_timestamp", symbol="AAPL", interval="1day")
    assert earliest == {"datetime": "2015-01-02", "unix_time": 1420156800}
    assert client.json("twelve_data", "api_usage")["timestamp"] == "2025-11-25 15:07:30"


def test_the_body_is_compact_json(client: Client) -> None:
    text = client.get("twelve_data", "quote", symbol="AAPL").text
    assert text == json.dumps(json.loads(text), separators=(",", ":"))


def test_newest_first_holds_over_a_long_series(client: Client) -> None:
    rows = values(client, symbol="AAPL", interval="1day", outputsize="5000")
    assert len(rows) == 2516 + 250 - 22  # sessions of 2015 to 2024, of 2025, of its December
    assert all(later["datetime"] > earlier["datetime"] for later, earlier in pairwise(rows))
