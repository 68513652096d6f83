"""The server around the four wire formats: its label, its clock, its port, its repeatability."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from ingestion import sandbox
from ingestion.universe import read_universe
from tests.conftest import SettingsFactory
from tests.ingestion.sandbox.conftest import NOW, Client
from warehouse.errors import SettingsError
from warehouse.settings import PROJECT_ROOT

QUESTIONS = {
    "twelve_data": "time_series?symbol=AAPL,BTC/USD&interval=5min&outputsize=200",
    "fmp": "historical-price-eod/full?symbol=XYZ",
    "fred": "series/observations?series_id=PAYEMS&file_type=json"
    "&realtime_start=1776-07-04&realtime_end=9999-12-31",
    "coingecko": "coins/markets?vs_currency=usd",
}


@contextmanager
def running(*arguments: str) -> Iterator[dict[str, str]]:
    """Run the sandbox as a process of its own and give its base URLs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ingestion.sandbox", "--port", "0", *arguments],
        cwd=PROJECT_ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline().strip() for _ in range(4)]
        named = [line.split("=", 1) for line in lines]
        yield {name.removesuffix("_BASE_URL").lower(): url for name, url in named}
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def answers(urls: dict[str, str]) -> dict[str, bytes]:
    with requests.Session() as session:
        return {
            source: session.get(f"{urls[source]}/{question}", timeout=30).content
            for source, question in QUESTIONS.items()
        }


def test_two_processes_give_the_same_bytes_and_another_seed_gives_others() -> None:
    with running("--now", NOW) as urls:
        first = answers(urls)
    with running("--now", NOW) as urls:
        second = answers(urls)
    with running("--now", NOW, "--seed", "8") as urls:
        other = answers(urls)

    assert all(len(body) > 1000 for body in first.values())
    assert first == second
    assert not [source for source in QUESTIONS if first[source] == other[source]]


def test_every_answer_says_that_it_is_synthetic(client: Client) -> None:
    paths = [*(f"/{url.split('/', 3)[3]}/ping" for url in client.server.base_urls.values()), "/x"]
    for path in [*paths, "/_ready"]:
        answer = client.session.get(client.server.url + path, timeout=30)
        assert answer.headers["X-MarketFlow-Synthetic"] == "1", path
    posted = client.session.post(client.server.base_urls["fmp"], timeout=30)
    assert posted.headers["X-MarketFlow-Synthetic"] == "1"


HOSTILE = (
    *("", " ", "%", "\x00", "0", "-1", "1e999", "nan", "9" * 30, "null", "../../etc/passwd"),
    *("0001-01-01", "9999-12-31", "2025-02-30", "0001-01-01 00:00:00", "9999-12-31 23:59:59"),
    *("'; drop table t; --", "AAPL,,AAPL", "," * 50, "\u202eAAPL", "A" * 5000, "٣"),
)


# Each endpoint with a request that works, and the parameters to spoil.
SPOILT = [
    ("twelve_data", "time_series", "symbol=AAPL interval=1day", "symbol interval start_date dp"),
    ("twelve_data", "time_series", "symbol=AAPL interval=1day", "end_date outputsize adjust"),
    ("twelve_data", "time_series", "symbol=SPY interval=1h", "start_date end_date timezone"),
    ("twelve_data", "quote", "symbol=AAPL", "symbol order"),
    ("fmp", "historical-price-eod/full", "symbol=KO from=2025-11-03", "symbol to"),
    ("fmp", "historical-price-eod/light", "symbol=KO to=2015-02-02", "from"),
    ("fmp", "historical-chart/1hour", "symbol=KO", "symbol from to"),
    ("fmp", "treasury-rates", "", "from to"),
    ("fmp", "dividends", "symbol=KO", "limit"),
    ("fred", "series/observations", "series_id=GDP file_type=json", "realtime_start output_type"),
    ("fred", "series/observations", "series_id=GDP file_type=json", "realtime_end limit offset"),
    ("fred", "series/vintagedates", "series_id=GDP file_type=json", "series_id sort_order"),
    ("fred", "release/dates", "file_type=json release_id=53", "release_id"),
    ("coingecko", "coins/markets", "vs_currency=usd ids=bitcoin", "vs_currency ids per_page page"),
    ("coingecko", "coins/bitcoin/market_chart", "vs_currency=usd days=2", "days interval"),
    ("coingecko", "coins/bitcoin/ohlc", "vs_currency=usd days=7", "days vs_currency"),
    ("coingecko", "simple/price", "ids=bitcoin vs_currencies=usd", "ids vs_currencies"),
]


@pytest.mark.parametrize(("source", "path", "works", "names"), SPOILT)
def test_hostile_values_are_answered_and_never_break_it(
    client: Client, source: str, path: str, works: str, names: str
) -> None:
    base = dict(part.split("=") for part in works.split())
    assert client.get(source, path, NOW, **base).status_code == 200
    for name in names.split():
        for value in HOSTILE:
            answer = client.get(source, path, NOW, **(base | {name: value}))
            assert answer.status_code < 500, (name, value, answer.text)


def test_it_says_when_it_is_ready(client: Client) -> None:
    client.clock.write_text(NOW, encoding="utf-8")
    answer = client.session.get(f"{client.server.url}/_ready", timeout=30)
    assert answer.json() == {"status": "ready", "now": "2025-11-25T15:07:30+00:00"}


def test_the_clock_file_moves_a_running_server(client: Client) -> None:
    prices = {
        client.json("twelve_data", "price", now, symbol="AAPL")["price"]
        for now in ("2025-11-25T15:00:00Z", "2025-11-25T16:00:00Z", "2025-11-25T17:00:00Z")
    }
    assert len(prices) == 3


@pytest.mark.parametrize("now", ["2014-01-01T00:00:00Z", "2015-01-02T14:31:00Z"])
def test_a_clock_at_the_beginning_of_the_market_gives_little_and_no_failure(
    client: Client, now: str
) -> None:
    for source, question in QUESTIONS.items():
        path, _, query = question.partition("?")
        params = dict(part.split("=") for part in query.split("&"))
        assert client.get(source, path, now, **params).status_code in {200, 400}


def test_a_clock_that_cannot_be_read_is_told_in_a_sentence(client: Client) -> None:
    answer = client.get("fmp", "stock-list", "tomorrow")
    assert answer.status_code == 500
    assert "MARKETFLOW_NOW is 'tomorrow'" in answer.json()["error"]


def test_it_listens_on_loopback_alone(client: Client) -> None:
    assert {url.split("/")[2].split(":")[0] for url in client.server.base_urls.values()} == {
        "127.0.0.1"
    }


def test_a_taken_port_is_named_with_its_setting(
    tmp_path: Path, settings_for: SettingsFactory
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"{port}.*MARKETFLOW_SANDBOX_PORT"):
            sandbox.start(settings_for(tmp_path, frozen_now=NOW, sandbox_port=port))


def test_a_stopped_sandbox_frees_its_port(tmp_path: Path, settings_for: SettingsFactory) -> None:
    settings = settings_for(tmp_path, frozen_now=NOW)
    first = sandbox.start(settings, 0)
    port = first.port
    first.stop()
    second = sandbox.start(settings, port)
    second.stop()
    assert second.port == port


def test_it_answers_for_every_symbol_of_the_shipped_universe(client: Client) -> None:
    universe = read_universe(PROJECT_ROOT / "ingestion" / "universe.csv")
    client.clock.write_text(NOW, encoding="utf-8")
    view = client.server.view()

    classes = [one.asset_class for one in universe]
    assert {name: classes.count(name) for name in sorted(set(classes))} == {
        "commodity": 8,
        "crypto": 50,
        "equity": 48,
        "etf": 12,
        "fx": 3,
        "index": 6,
        "macro": 25,
        "treasury": 12,
    }
    for one in universe:
        if one.twelve_data_symbol:
            assert one.twelve_data_symbol in view.by_twelve_data_symbol, one.symbol
        if one.fmp_symbol:
            assert one.fmp_symbol in view.by_fmp_symbol, one.symbol
        if one.coingecko_id:
            assert one.coingecko_id in view.coins, one.symbol
        if one.fred_series_id:
            found = client.get(
                "fred", "series", NOW, file_type="json", series_id=one.fred_series_id
            )
            assert found.status_code == 200, one.symbol


def test_the_shipped_universe_fits_free_plans() -> None:
    universe = read_universe(PROJECT_ROOT / "ingestion" / "universe.csv")
    assert sum(one.twelve_data_symbol is not None for one in universe) <= 80  # of 800 credits a day
    assert sum(one.fmp_symbol is not None for one in universe) <= 90  # of 250 calls a day
    block = next(one for one in universe if one.symbol == "XYZ")
    assert block.former_symbols == ("SQ",)
