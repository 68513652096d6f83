"""Every parser reads every recording of its endpoints."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ingestion.calendars import Calendars
from ingestion.errors import ShapeError
from ingestion.landing import Sidecar
from ingestion.parsing import ParseContext, Parsed
from ingestion.sources.coingecko import parsing as coingecko
from ingestion.sources.fmp import parsing as fmp
from ingestion.sources.fred import parsing as fred
from ingestion.sources.twelve_data import parsing as twelve_data
from warehouse.settings import PROJECT_ROOT

RECORDINGS = PROJECT_ROOT.parent / "shared" / "recordings"
PARSERS = {
    "coingecko": coingecko.parse,
    "fmp": fmp.parse,
    "fred": fred.parse,
    "twelve_data": twelve_data.parse,
}
EOD = "http://fmp/historical-price-eod"
MARKETS_MYR = "coins_markets__ids=bitcoin&vs_currency=myr.json"
MARKETS_ETH = "coins_markets__ids=bitcoin,%20ethereum&vs_currency=eth.json"


@dataclass(frozen=True)
class Recording:
    """A recorded body, what was asked, and how many rows it holds (counted by hand)."""

    file: str
    resource: str
    rows: int
    symbols: tuple[str, ...] = ()
    params: dict[str, str] = field(default_factory=dict)
    url: str = "http://provider/path"

    @property
    def source(self) -> str:
        return self.file.partition("/")[0]


def chart(name: str, rows: int) -> Recording:
    params = {"vs_currency": "usd", "interval": "daily"}
    return Recording(f"coingecko/{name}", "market_chart", rows, ("bitcoin",), params)


def candles(name: str, rows: int, currency: str, days: str) -> Recording:
    params = {"vs_currency": currency, "days": days}
    return Recording(f"coingecko/{name}", "ohlc", rows, ("bitcoin",), params)


def markets(name: str, rows: int, currency: str) -> Recording:
    params = {"vs_currency": currency}
    return Recording(f"coingecko/{name}", "coin_markets", rows, ("bitcoin",), params)


def eod(name: str, rows: int, symbol: str, path: str = "full") -> Recording:
    return Recording(f"fmp/{name}", "eod_prices", rows, (symbol,), url=f"{EOD}/{path}")


def observations(name: str, rows: int, series_id: str) -> Recording:
    return Recording(f"fred/{name}", "observations", rows, (series_id,))


def bars(name: str, rows: int, symbols: tuple[str, ...], interval: str) -> Recording:
    daily = interval == "1day"
    return Recording(
        f"twelve_data/{name}",
        "time_series_daily" if daily else "time_series_intraday",
        rows,
        symbols,
        {"interval": interval, "adjust": "none"}
        if daily
        else {"interval": interval, "timezone": "UTC"},
    )


RECORDED = [
    chart("coins_bitcoin_market_chart__days=1&vs_currency=usd.json", 288),
    chart("coins_bitcoin_market_chart__days=30&vs_currency=usd.json", 722),
    chart("coins_bitcoin_market_chart__days=90&interval=daily&vs_currency=usd.json", 91),
    chart("DOC_coins_market_chart.json", 2),
    chart("EXAMPLE_coins_market_chart_range.json", 3),
    candles("coins_bitcoin_ohlc__days=7&vs_currency=usd.json", 42, "usd", "7"),
    candles("coins_bitcoin_ohlc__days=30&vs_currency=myr.json", 180, "myr", "30"),
    candles("DOC_coins_ohlc.json", 2, "usd", "1"),
    candles("EXAMPLE_coins_ohlc.json", 3, "usd", "7"),
    markets(MARKETS_MYR, 1, "myr"),
    markets("coins_markets__ids=bitcoin&vs_currency=usd.json", 1, "usd"),
    markets(MARKETS_ETH, 2, "eth"),
    markets("DOC_coins_markets.json", 1, "usd"),
    markets("EXAMPLE_coins_markets.json", 1, "usd"),
    eod("historical-price-eod_full__symbol=AAPL&from=2023-01-01&to=2023-01-10.json", 6, "AAPL"),
    eod(
        "historical-price-eod_full__symbol=BTCUSD&from=2023-01-01&to=2023-01-10.json",
        10,
        "BTCUSD",
    ),
    eod("historical-price-eod_full__symbol=EURUSD&from=2023-01-01&to=2023-01-10.json", 7, "EURUSD"),
    eod("EXAMPLE_eod-non-split-adjusted.json", 1, "AAPL", "non-split-adjusted"),
    Recording(
        "fmp/EXAMPLE_intraday-1min.json",
        "intraday_prices",
        2,
        ("AAPL",),
        url="http://fmp/historical-chart/1min",
    ),
    Recording("fmp/quote__symbol=AAPL.json", "quotes", 1, ("AAPL",), {"symbol": "AAPL"}),
    Recording(
        "fmp/EXAMPLE_batch-quote.json",
        "quotes",
        2,
        ("AAPL", "MSFT"),
        {"symbols": "AAPL,MSFT"},
    ),
    Recording("fmp/EXAMPLE_profile_aapl.json", "profiles", 1, ("AAPL",)),
    Recording("fmp/EXAMPLE_splits.json", "splits", 2, ("AAPL",)),
    Recording("fmp/EXAMPLE_dividends-company.json", "dividends", 1, ("AAPL",)),
    Recording("fmp/dividends__symbol=AAPL&limit=1.json", "dividends", 1, ("AAPL",)),
    Recording("fmp/EXAMPLE_treasury-rates.json", "treasury_rates", 1),
    Recording("fmp/treasury-rates__from=2023-01-01&to=2023-01-10.json", "treasury_rates", 6),
    # The Dow's members have the shape of the S&P 500's.
    Recording("fmp/dowjones-constituent__default.json", "sp500_constituents", 30),
    Recording("fred/series__series_id=CPILFESL.json", "series", 1, ("CPILFESL",)),
    Recording("fred/series__series_id=GDP.json", "series", 1, ("GDP",)),
    Recording("fred/series__series_id=WGS10YR.json", "series", 1, ("WGS10YR",)),
    observations("series_observations__series_id=CPILFESL.json", 813, "CPILFESL"),
    observations("series_observations__series_id=GDP.json", 315, "GDP"),
    observations("series_observations__series_id=WGS10YR.json", 3278, "WGS10YR"),
    observations("series_observations__series_id=GDP&output_type=4.json", 132, "GDP"),
    observations("series_observations__series_id=GDP&realtime_end=2019-01-01.json", 400, "GDP"),
    observations(
        "series_observations__series_id=GDP&realtime=1776-07-04..9999-12-31.json", 3201, "GDP"
    ),
    Recording("fred/series_release__series_id=GDP.json", "series_releases", 1, ("GDP",)),
    Recording("fred/release_dates__release_id=10.json", "release_dates", 930, ("CPIAUCSL",)),
    Recording("coingecko/coins_list__default.json", "coins", 60),
    Recording("coingecko/DOC_coins_list.json", "coins", 2),
    Recording("coingecko/global__default.json", "global", 1),
    bars("SYNTHETIC_time_series_batch_ok.json", 2, ("AAPL", "MSFT"), "1day"),
    bars("SYNTHETIC_time_series_batch_partial_error.json", 1, ("AAPL", "INVALID"), "1day"),
    bars(
        "time_series__symbol=TSLA&interval=1day&start_date=2020-02-01&end_date=2020-02-03.json",
        1,
        ("TSLA",),
        "1day",
    ),
    bars("time_series__symbol=AAPL&interval=1min.json", 30, ("AAPL",), "1min"),
    bars("time_series__symbol=DJI&interval=5min.json", 4, ("DJI",), "5min"),
    Recording("twelve_data/SYNTHETIC_quote_batch_ok.json", "quotes", 2, ("AAPL", "MSFT")),
]

ERRORS = [
    ("coingecko/QUOTED_error_401_10005_pro_only.json", "market_chart"),
    ("coingecko/QUOTED_error_401_10012_time_range.json", "market_chart"),
    ("coingecko/QUOTED_error_404.json", "ohlc"),
    ("coingecko/QUOTED_error_429.json", "coin_markets"),
    ("coingecko/error_422__coins_markets_missing_vs_currency.json", "coin_markets"),
    ("coingecko/error_500__ohlc_missing_params.json", "ohlc"),
    ("fmp/QUOTED_error_401_invalid_key.json", "eod_prices"),
    ("fmp/QUOTED_error_402_premium_query_parameter.txt", "profiles"),
    ("fmp/QUOTED_error_402_restricted_endpoint.txt", "intraday_prices"),
    ("fmp/QUOTED_error_403_legacy.json", "splits"),
    ("fmp/QUOTED_error_429_limit.json", "dividends"),
    ("fred/QUOTED_error_400_no_key.json", "series"),
    ("fred/QUOTED_error_400_series_missing.json", "observations"),
    ("fred/QUOTED_error_400_vintage_cap.json", "observations"),
    ("twelve_data/DOC_error_400_invalid_interval.json", "time_series_daily"),
    ("twelve_data/QUOTED_error_400_no_data.json", "time_series_intraday"),
    ("twelve_data/QUOTED_error_429_minute.json", "quotes"),
]


def parse(recording: Recording) -> Parsed:
    body = (RECORDINGS / recording.file).read_bytes()
    sidecar = Sidecar(
        request_id="0" * 32,
        run_id="run",
        source=recording.source,
        resource=recording.resource,
        symbols=recording.symbols,
        params=recording.params,
        url=recording.url,
        method="GET",
        status=200,
        outcome="ok",
        error_class=None,
        fetched_at=datetime(2026, 1, 1, tzinfo=UTC),
        requested_at=datetime(2026, 1, 1, tzinfo=UTC),
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        is_redacted=False,
        is_synthetic=False,
        content_type="application/json",
    )
    context = ParseContext(recording.source, [], Calendars(date(2026, 12, 31)))
    return PARSERS[recording.source](recording.resource, body, sidecar, context)


@pytest.mark.parametrize("recording", RECORDED, ids=lambda recording: recording.file)
def test_a_recording_is_read_whole(recording: Recording) -> None:
    parsed = parse(recording)

    assert parsed.table.num_rows == recording.rows
    assert parsed.left_out == 0
    assert parsed.surprises == ()


@pytest.mark.parametrize(("file", "resource"), ERRORS)
def test_a_recorded_error_is_never_taken_for_rows(file: str, resource: str) -> None:
    params = {"vs_currency": "usd", "days": "7", "interval": "5min", "timezone": "UTC"}

    with pytest.raises(ShapeError):
        parse(Recording(file, resource, 0, ("X",), params, url="http://fmp/x/5min"))


@pytest.mark.parametrize("recording", RECORDED, ids=lambda recording: recording.file)
def test_every_number_is_the_text_that_was_sent(recording: Recording) -> None:
    text = (RECORDINGS / recording.file).read_text()
    sent = set(re.findall(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", text))
    numeric = {"open", "high", "low", "close", "price", "value", "current_price", "dividend"}

    table = parse(recording).table

    for name in numeric & set(table.column_names):
        values = {value for value in table[name].to_pylist() if value not in {None, "."}}
        assert values <= sent, name


def test_no_recording_of_an_endpoint_of_ours_is_forgotten() -> None:
    ours = re.compile(
        r"coins_markets|market_chart|ohlc|historical-price-eod_full|non-split|intraday"
        r"|profile_|splits\.json|^EXAMPLE_dividends|^dividends__|^EXAMPLE_treasury|^treasury"
        r"|constituent|^series__|^series_release|^release_dates|coins_list|global|observations"
        r"|^time_series__|time_series_batch|quote_batch|^quote__|batch-quote\.|error"
    )
    # Another shape, or rows of a series asked for by several at once.
    not_ours = re.compile(r"^v3_|simple_price|stock_split|cross")
    listed = {recording.file for recording in RECORDED} | {file for file, _ in ERRORS}
    recorded = {
        f"{path.parent.name}/{path.name}"
        for path in Path(RECORDINGS).glob("*/*")
        if ours.search(path.name) and not not_ours.search(path.name)
    }

    assert recorded == listed


def test_all_vintages_of_gdp_are_told_apart() -> None:
    recording = next(found for found in RECORDED if found.rows == 3201)

    rows = parse(recording).table.to_pylist()

    body = json.loads((RECORDINGS / recording.file).read_text())["observations"]
    assert [(row["date"], row["realtime_start"], row["value"]) for row in rows] == [
        (row["date"], row["realtime_start"], row["value"]) for row in body
    ]
    assert sum(row["value"] == "." for row in rows) == 245
    assert sum(row["realtime_end"] == "9999-12-31" for row in rows) == 315
