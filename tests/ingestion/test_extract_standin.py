"""Whole extracts from the independent stand-in, which serves real history."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import requests

from ingestion.errors import ProviderFault, QuotaExhausted, RateLimited
from ingestion.extract import ExtractSummary, extract
from ingestion.landing import Landing
from tests.ingestion.markets import Sleeper
from tests.real import standin
from tests.real.standin import StandIn
from warehouse.settings import PROVIDERS, Settings, load_settings

pytestmark = pytest.mark.skipif(
    not standin.SHARED.is_dir(), reason="../shared (the stand-in) is not here"
)
NOW = "2016-12-30T21:30:00Z"
ROWS = (
    "AAPL,Apple,equity,XNYS,USD,AAPL,AAPL,,",
    "IBM,IBM,equity,XNYS,USD,IBM,IBM,,",
    "SPY,SPDR,etf,XNYS,USD,SPY,SPY,,",
    "^IXIC,NASDAQ Composite,index,XNYS,USD,IXIC,^IXIC,,",
    "BTC/USD,Bitcoin,crypto,24/7,USD,BTC/USD,BTCUSD,bitcoin,",
    "GDP,GDP,macro,,,,,,GDP",
    "DGS10,Ten years,macro,,,,,,DGS10",
)


EOD_SYMBOLS = {"AAPL", "IBM", "SPY", "^IXIC", "BTCUSD"}


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standin.running(NOW) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, provider: StandIn) -> Settings:
    return faultless(tmp_path, provider)


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, provider: StandIn
) -> set[tuple[str, str, str]]:
    """What half a year of everything holds when nothing fails."""
    settings = faultless(tmp_path_factory.mktemp("undisturbed"), provider)
    assert run(settings, start=date(2016, 6, 1)).failures == []
    return held(settings)


def faultless(directory: Path, provider: StandIn) -> Settings:
    """Let the stand-in forget its faults, and return settings that lead to it."""
    file = directory / "universe.csv"
    file.write_text("\n".join((",".join(standin.UNIVERSE_COLUMNS), *ROWS)) + "\n")
    environment = {name.lower(): value for name, value in provider.environment.items()}
    command(provider, "/_admin/faults", "")
    command(provider, "/_admin/stats", "")
    command(provider, "/_admin/config", {"plan": "none", "minute_seconds": 60.0})
    return load_settings(
        None, home_dir=directory / "home", universe_file=file, frozen_now=NOW, **environment
    )


def command(provider: StandIn, path: str, body: Any) -> None:
    data = body if isinstance(body, str) else json.dumps(body)
    requests.post(f"{provider.base}{path}", data=data, timeout=10).raise_for_status()


def run(settings: Settings, *selection: str, **options: Any) -> ExtractSummary:
    return extract(settings, selection, timer=Sleeper().timer, **options)


def bodies(settings: Settings, resource: str) -> list[Any]:
    landing = Landing(settings.landing_url)
    return [
        json.loads(landing.read_body(one))
        for one in landing.list_committed()
        if one.resource == resource and one.outcome == "ok"
    ]


def held(settings: Settings) -> set[tuple[str, str, str]]:
    """Return resource, symbols and content of every answer with data in the landing."""
    return {
        (one.resource, ",".join(one.symbols), one.sha256)
        for one in Landing(settings.landing_url).list_committed()
        if one.outcome == "ok"
    }


def test_every_bar_that_it_has_lands(settings: Settings) -> None:
    summary = run(settings, "twelve_data.time_series_daily", "fmp.eod_prices")

    # AAPL fills more than a page of 5,000 bars: the second one is its own, outside the batch.
    stamps = [
        row["datetime"]
        for body in bodies(settings, "time_series_daily")
        for part in ([body] if "meta" in body else body.values())
        if part["meta"]["symbol"] == "AAPL"
        for row in part["values"]
    ]
    eod = [
        row["date"]
        for body in bodies(settings, "eod_prices")
        for row in body
        if row["symbol"] == "AAPL"
    ]
    assert summary.failures == []
    assert len(set(stamps)) > 5_000
    assert len(eod) == len(set(eod))
    assert set(eod) == {stamp for stamp in stamps if stamp >= min(eod)}


def test_every_vintage_of_gdp_and_of_a_daily_series_lands(settings: Settings) -> None:
    summary = run(settings, "fred")

    answers = bodies(settings, "observations")
    assert summary.exit_code == 0
    assert sum(len(answer["observations"]) == answer["count"] for answer in answers) == len(answers)
    # The daily series has more vintages than one answer may hold.
    assert len(answers) > 2


def test_the_dates_of_a_release_are_asked_for_once_for_all_its_series(
    settings: Settings,
) -> None:
    file = settings.universe_path
    file.write_text(file.read_text() + "DGS2,Two years,macro,,,,,,DGS2\n")

    summary = run(settings, "fred.release_dates")

    landed = list(Landing(settings.landing_url).list_committed())
    answers = bodies(settings, "release_dates")
    assert summary.failures == []
    assert summary.skips == []
    assert sum(one.resource == "series_releases" for one in landed) == 3
    # Two of the series are of one release, which has more days than fill a page.
    assert sorted(
        (one.params["release_id"], one.params["offset"])
        for one in landed
        if one.resource == "release_dates"
    ) == [("18", "0"), ("18", "10000"), ("53", "0")]
    counts = {one["release_dates"][0]["release_id"]: one["count"] for one in answers}
    assert sum(len(one["release_dates"]) for one in answers) == sum(counts.values()) > 10_000


def test_without_a_key_the_latest_values_come_and_nothing_else(
    settings: Settings, provider: StandIn
) -> None:
    command(provider, "/_admin/faults", "fred/*:truncate@0.3#1")
    keyless = settings.model_copy(update={"fred_api_key": None, "fred_keyless": True})

    summary = run(keyless, "fred")

    landing = Landing(settings.landing_url)
    texts = {
        one.symbols: landing.read_body(one).decode().splitlines()
        for one in landing.list_committed("fred")
        if one.outcome == "ok"
    }
    assert summary.failures == []
    assert {skip.resource for skip in summary.skips} >= {"observations", "series"}
    assert sorted(texts) == [("DGS10",), ("GDP",)]
    assert len(texts["DGS10",]) > 10_000
    # Published on 2016-12-22: the third estimate of the third quarter.
    assert texts["GDP",][-1].startswith("2016-07-01,18")


def test_the_largest_coins_come_besides_the_universes(
    settings: Settings, provider: StandIn
) -> None:
    command(provider, "/_admin/config", {"cg_pad": 300})
    many = settings.model_copy(update={"coingecko_top_n": 300})

    summary = run(many, "coingecko.coins", "coingecko.coin_markets", "coingecko.global")

    markets = bodies(settings, "coin_markets")
    command(provider, "/_admin/config", {"cg_pad": 0})
    assert (summary.failures, summary.skips) == ([], [])
    assert [len(one) for one in sorted(markets, key=len)] == [1, 150, 150]
    assert len({row["id"] for one in markets for row in one}) == 300
    assert len(bodies(settings, "coins")[0]) > 300
    assert bodies(settings, "global")[0]["data"]["total_market_cap"]["usd"] > 1e12


def test_a_second_run_fetches_the_overlap_alone(settings: Settings, provider: StandIn) -> None:
    run(settings)
    command(provider, "/_admin/stats", {})

    run(settings)

    (daily,) = bodies(settings, "time_series_daily")[-1:]
    assert len(daily.get("AAPL", daily).get("values", [])) < 8


@pytest.mark.parametrize(
    "fault",
    [
        "*/*:http503@0.2#1",
        "*/*:reset@0.2#2",
        "*/*:truncate@0.2#3",
        "*/*:cut@0.2#4",
        "*/*:html@0.2#5",
        "*/*:empty@0.2#6",
        "*/*:http429@0.2#7",
        "*/*:soft429@0.2#8",
        "*/*:http500@0.2#9",
    ],
)
def test_three_runs_make_up_for_a_fifth_of_all_requests_failing(
    undisturbed: set[tuple[str, str, str]], settings: Settings, provider: StandIn, fault: str
) -> None:
    command(provider, "/_admin/faults", fault)

    # One request in 3,000 fails in all of its attempts: it is named, and the next run asks again.
    summaries = [run(settings, start=date(2016, 6, 1)) for _ in range(3)]

    transient = (ProviderFault, RateLimited, QuotaExhausted)
    assert all(isinstance(lost.error, transient) for one in summaries for lost in one.failures)
    assert all(
        part.bodies + part.empty + part.failures == part.requests
        for one in summaries
        for part in one.resources
    )
    asked = {symbols for resource, symbols, _ in undisturbed if resource == "eod_prices"}
    assert asked == EOD_SYMBOLS
    assert held(settings) == undisturbed


def test_one_bad_symbol_stops_no_other(settings: Settings, provider: StandIn) -> None:
    command(provider, "/_admin/faults", "fmp/*:http500,symbol=IBM")

    summary = run(settings, "fmp.eod_prices", "fmp.profiles", start=date(2016, 6, 1))

    assert {failure.resource for failure in summary.failures} == {"eod_prices", "profiles"}
    assert summary.exit_code == 3
    assert {body[0]["symbol"] for body in bodies(settings, "profiles")} == {"AAPL", "SPY"}


def newest_closes(settings: Settings) -> dict[tuple[str, str], float]:
    """Return the close that landed last of each bar of FMP."""
    return {
        (row["symbol"], row["date"]): row.get("close", row.get("adjClose"))
        for body in bodies(settings, "eod_prices")
        for row in body
    }


@pytest.mark.parametrize(
    ("fault", "restated"),
    [
        ("split_landing,symbol=BTCUSD,date=2016-12-30,numerator=4,denominator=1", ["BTCUSD"]),
        ("late_revision,symbol=AAPL,date=2016-12-28,field=adjClose,factor=1.05", []),
    ],
)
def test_restated_and_revised_history_ends_as_who_comes_later_sees_it(
    settings: Settings, provider: StandIn, tmp_path: Path, fault: str, restated: list[str]
) -> None:
    options = {"start": date(2016, 6, 1)}
    run(settings, "fmp.eod_prices", **options)
    before = newest_closes(settings)
    command(provider, "/_admin/faults", f"fmp/*:{fault}")

    summary = run(settings, "fmp.eod_prices")

    later = settings.model_copy(update={"home_dir": tmp_path / "later"})
    run(later, "fmp.eod_prices", **options)
    assert [one.symbol for one in summary.restatements] == restated
    assert newest_closes(settings) == newest_closes(later)
    assert len(before) > 700
    assert newest_closes(settings) != before


def test_a_free_plan_draws_no_429(tmp_path: Path, settings: Settings, provider: StandIn) -> None:
    # Our minutes are as long as real ones and pass at once; the stand-in counts real minutes.
    command(provider, "/_admin/config", {"plan": "free", "fmp_per_day": 0})
    free = settings.model_copy(update={f"{name}_plan": "free" for name in PROVIDERS})

    summary = run(free, "fred", "fmp")

    assert summary.failures == []
    skipped = {skip.resource for skip in summary.skips}
    assert {"intraday_prices", "sp500_constituents", "sp500_constituent_changes"} <= skipped
    # Not among the symbols of a free key: named, and no failure.
    assert ("eod_prices", "IBM") in {(skip.resource, skip.symbol) for skip in summary.skips}


@pytest.mark.parametrize("source", PROVIDERS)
def test_a_wrong_key_is_one_failure(settings: Settings, provider: StandIn, source: str) -> None:
    wrong = load_settings(
        None,
        **{
            name: getattr(settings, name)
            for name in type(settings).model_fields
            if name in settings.model_fields_set
        }
        | {f"{source}_api_key": "bad"},
    )

    summary = run(wrong, source)

    assert [type(one.error).__name__ for one in summary.failures] == ["AuthenticationError"]
    assert summary.exit_code == 1
