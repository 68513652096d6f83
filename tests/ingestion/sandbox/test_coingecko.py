"""CoinGecko's wire format: facts of PROVIDERS, on the sandbox's numbers."""

from itertools import pairwise
from typing import Any

import pytest

from tests.ingestion.sandbox.conftest import NOW, Client

NOW_MS = 1764083220_000  # NOW at the beginning of its minute
DAY_MS = 86_400_000


def chart(client: Client, coin: str = "bitcoin", now: str = NOW, **params: Any) -> dict[str, Any]:
    body: dict[str, Any] = client.json(
        "coingecko", f"coins/{coin}/market_chart", now, **({"vs_currency": "usd"} | params)
    )
    return body


def test_daily_points_are_midnights_and_now(client: Client) -> None:
    body = chart(client, days=90, interval="daily")

    stamps = [stamp for stamp, _ in body["prices"]]
    assert list(body) == ["prices", "market_caps", "total_volumes"]
    assert len(stamps) == 91
    assert all(stamp % DAY_MS == 0 for stamp in stamps[:-1])
    assert stamps[-1] == NOW_MS
    assert all(later - earlier == DAY_MS for earlier, later in pairwise(stamps[:-1]))
    for name in ("market_caps", "total_volumes"):
        assert [stamp for stamp, _ in body[name]] == stamps


def test_the_midnight_point_is_the_close_of_the_day_before(client: Client) -> None:
    point = dict(chart(client, days=2, interval="daily")["prices"])
    daily = client.json(
        "twelve_data",
        "time_series",
        symbol="BTC/USD",
        interval="1day",
        start_date="2025-11-24",
        end_date="2025-11-24",
    )
    midnight = 1764028800_000  # 2025-11-25 00:00 UTC
    close = float(daily["values"][0]["close"])
    # An average over venues: near, not equal.
    assert point[midnight] == pytest.approx(close, rel=1e-3)
    assert point[midnight] != close


@pytest.mark.parametrize(
    ("days", "seconds", "count"), [(1, 300, 289), (2, 3600, 49), (90, 3600, 2161), (91, 86400, 92)]
)
def test_the_grain_follows_the_days(client: Client, days: int, seconds: int, count: int) -> None:
    stamps = [stamp for stamp, _ in chart(client, days=days)["prices"]]
    assert len(stamps) == pytest.approx(count, abs=1)
    gaps = sorted(later - earlier for earlier, later in pairwise(stamps))
    assert gaps[len(gaps) // 2] == pytest.approx(1000 * seconds, rel=0.1)
    assert max(stamps) <= NOW_MS
    if seconds < 86400:
        assert any(stamp % 1000 for stamp in stamps)  # irregular, as CoinGecko's are


def test_a_point_stays_what_it_was(client: Client) -> None:
    earlier = dict(map(tuple, chart(client, days=30)["prices"][:-1]))
    later = dict(map(tuple, chart(client, now="2025-11-25T18:40:10Z", days=30)["prices"]))
    common = earlier.keys() & later.keys()
    assert len(common) > 700
    assert all(earlier[stamp] == later[stamp] for stamp in common)


def test_a_coin_has_no_point_before_it_was_listed(client: Client) -> None:
    stamps = [stamp for stamp, _ in chart(client, "solana", days="max")["prices"]]
    assert stamps[0] == 1586649600_000  # 2020-04-12, a day after it was listed


def test_candles_are_stamped_with_their_close_and_the_last_is_unfinished(client: Client) -> None:
    candles = client.json("coingecko", "coins/bitcoin/ohlc", NOW, vs_currency="usd", days=7)

    assert len(candles) == 42
    stamps = [candle[0] for candle in candles]
    assert all(later - earlier == 4 * 3600_000 for earlier, later in pairwise(stamps))
    assert stamps[-1] == 1764086400_000  # 16:00 UTC, an hour ahead of now
    for _, opened, high, low, close in candles:
        assert low <= min(opened, close) <= max(opened, close) <= high


@pytest.mark.parametrize(("days", "minutes"), [(1, 30), (30, 240), (90, 5760), (365, 5760)])
def test_the_candle_follows_the_days(client: Client, days: int, minutes: int) -> None:
    candles = client.json("coingecko", "coins/ethereum/ohlc", NOW, vs_currency="usd", days=days)
    gaps = {later[0] - earlier[0] for earlier, later in pairwise(candles)}
    assert gaps == {60_000 * minutes}
    assert len(candles) == days * 1440 // minutes


def test_markets_are_ordered_by_cap_and_paged(client: Client) -> None:
    pages = [
        client.json("coingecko", "coins/markets", NOW, vs_currency="usd", per_page=20, page=page)
        for page in (1, 2, 3, 4)
    ]

    assert [len(page) for page in pages] == [20, 20, 10, 0]
    coins = [row for page in pages for row in page]
    caps = [row["market_cap"] for row in coins]
    assert caps == sorted(caps, reverse=True)
    assert [row["market_cap_rank"] for row in coins] == list(range(1, 51))
    assert len({row["id"] for row in coins}) == 50
    bitcoin = next(row for row in coins if row["id"] == "bitcoin")
    assert bitcoin["last_updated"] == "2025-11-25T15:07:00.000Z"
    assert bitcoin["roi"] is None
    assert bitcoin["low_24h"] <= bitcoin["current_price"] <= bitcoin["high_24h"]
    ether = next(row for row in coins if row["id"] == "ethereum")
    assert ether["max_supply"] is None
    assert [len(row) for row in coins] == [26] * 50


def test_changes_over_windows_come_only_when_asked_for(client: Client) -> None:
    (row,) = client.json(
        "coingecko",
        "coins/markets",
        NOW,
        vs_currency="usd",
        ids="bitcoin",
        price_change_percentage="1h,7d",
    )
    assert [name for name in row if name.endswith("in_currency")] == [
        "price_change_percentage_1h_in_currency",
        "price_change_percentage_7d_in_currency",
    ]


def test_answers_are_kept_for_a_minute(client: Client) -> None:
    first, second, third = (
        client.get("coingecko", "coins/markets", now, vs_currency="usd", ids="solana").content
        for now in ("2025-11-25T15:07:01Z", "2025-11-25T15:07:59Z", "2025-11-25T15:08:00Z")
    )
    assert first == second
    assert first != third


def test_blanks_and_unknown_names_are_silently_dropped(client: Client) -> None:
    def price(ids: str, currencies: str) -> Any:
        return client.json("coingecko", "simple/price", NOW, ids=ids, vs_currencies=currencies)

    assert list(price("bitcoin, ethereum", "usd")) == ["bitcoin"]
    assert list(price("bitcoin", "usd, btc")["bitcoin"]) == ["usd"]
    assert price("bitcoin", "ethereum") == {"bitcoin": {}}
    assert price("nope", "usd") == {}
    assert price("bitcoin", "btc") == {"bitcoin": {"btc": 1}}
    rows = client.json(
        "coingecko", "coins/markets", NOW, vs_currency="usd", ids="bitcoin, ethereum"
    )
    assert len(rows) == 2


def test_global_shares_add_up(client: Client) -> None:
    data = client.json("coingecko", "global", NOW)["data"]
    assert data["active_cryptocurrencies"] == 50
    assert 80 < sum(data["market_cap_percentage"].values()) < 100
    assert data["updated_at"] * 1000 == NOW_MS


@pytest.mark.parametrize(
    ("path", "params", "status", "body"),
    [
        ("coins/markets", {}, 422, {"error": "Missing parameter vs_currency"}),
        ("simple/price", {"vs_currencies": "usd"}, 422, {"error": "Missing parameter ids"}),
        ("coins/bitcoin/ohlc", {}, 500, {"status": 500, "error": "Internal Server Error"}),
        ("coins/nope/ohlc", {"vs_currency": "usd", "days": 1}, 404, {"error": "coin not found"}),
        ("coins/markets", {"vs_currency": "zzz"}, 400, {"error": "invalid vs_currency"}),
    ],
)
def test_errors_have_three_shapes(
    client: Client, path: str, params: dict[str, Any], status: int, body: dict[str, Any]
) -> None:
    answer = client.get("coingecko", path, NOW, **params)
    assert (answer.status_code, answer.json()) == (status, body)


def test_the_bad_key_is_refused_in_header_and_query(client: Client) -> None:
    url = f"{client.server.base_urls['coingecko']}/ping"
    header = client.session.get(url, headers={"x-cg-demo-api-key": "bad"}, timeout=30)
    query = client.get("coingecko", "ping", NOW, x_cg_pro_api_key="bad")
    for answer in (header, query):
        assert answer.status_code == 401
        assert answer.json()["status"]["error_code"] == 10002
    assert client.json("coingecko", "ping") == {"gecko_says": "(V3) To the Moon!"}
    assert len(client.json("coingecko", "coins/list")) == 50
