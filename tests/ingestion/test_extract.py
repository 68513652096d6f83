"""Whole extracts against providers on loopback that answer as each test says."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion import plans
from ingestion.errors import (
    AuthenticationError,
    LandingError,
    OriginMismatch,
    ProviderFault,
    QuotaExhausted,
    ShapeError,
)
from ingestion.extract import ExtractSummary, extract, plan_extract
from ingestion.journal import Journal
from ingestion.landing import Landing, Sidecar
from ingestion.planning import Window
from tests.ingestion.markets import KEYS, Sleeper, answer_well, settings_of
from tests.ingestion.scripted import Answer, Reply, ScriptedProvider, Seen, in_turn, scripted
from warehouse.errors import SettingsError, UsageError
from warehouse.settings import PROVIDERS, Settings

ALL_RESOURCES = {
    "time_series_daily",
    "time_series_intraday",
    "quotes",
    "instruments",
    "eod_prices",
    "intraday_prices",
    "profiles",
    "splits",
    "dividends",
    "treasury_rates",
    "sp500_constituents",
    "sp500_constituent_changes",
    "series",
    "observations",
    "series_releases",
    "release_dates",
    "coins",
    "coin_markets",
    "market_chart",
    "ohlc",
    "global",
}


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted(answer_well) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, provider: ScriptedProvider) -> Settings:
    return settings_of(tmp_path, provider.base)


def run(settings: Settings, *selection: str, **options: Any) -> ExtractSummary:
    options.setdefault("timer", Sleeper().timer)
    return extract(settings, selection, **options)


def landed(settings: Settings, source: str | None = None) -> list[Sidecar]:
    return list(Landing(settings.landing_url).list_committed(source))


def watermarks(settings: Settings, source: str) -> dict[tuple[str, str], Window]:
    with Journal(settings.home) as journal:
        return journal.watermarks(source)


def plans_with(settings: Settings, source: str, old: str, new: str) -> plans.Plans:
    """The limits that ship, with one line of a source changed."""
    directory = settings.universe_path.with_name("sources")
    for name in PROVIDERS:
        text = (plans.SOURCES_DIRECTORY / name / "plans.toml").read_text()
        file = directory / name / "plans.toml"
        file.parent.mkdir(parents=True)
        file.write_text(text.replace(old, new) if name == source else text)
        assert name != source or old in text
    return plans.read_plans(plans.PLANS_FILE, directory)


def starts(provider: ScriptedProvider, symbol: str) -> list[str]:
    return [seen.params["from"] for seen in provider.seen if seen.params["symbol"] == symbol]


def except_for(path: str, answer: Answer, symbol: str | None = None) -> Answer:
    """Answer well, but a path (and symbol) as the test says."""

    def choose(seen: Seen) -> Reply:
        is_it = path in seen.path and (symbol is None or symbol in seen.params.values())
        return answer(seen) if is_it else answer_well(seen)

    return choose


def test_everything_lands_with_the_request_that_brought_it(
    settings: Settings, provider: ScriptedProvider
) -> None:
    summary = run(settings)

    sidecars = landed(settings)
    assert summary.exit_code == 0, (summary.failures, summary.skips)
    assert {one.resource for one in sidecars} - {"vintage_dates"} == ALL_RESOURCES
    assert len(sidecars) == len(provider.seen) == summary.requests
    assert {one.run_id for one in sidecars} == {summary.run_id}
    assert {one.fetched_at for one in sidecars} == {settings.now()}
    gdp = next(one for one in sidecars if one.resource == "observations")
    assert gdp.symbols == ("GDP",)
    assert gdp.params["realtime_start"] == "1776-07-04"
    assert gdp.params["realtime_end"] == "9999-12-31"
    assert json.loads(Landing(settings.landing_url).read_body(gdp))["count"] == 1


def test_keys_go_where_each_provider_wants_them(
    settings: Settings, provider: ScriptedProvider
) -> None:
    run(settings)

    by_source = {seen.path.split("/")[1]: seen for seen in provider.seen}
    assert by_source["twelve_data"].headers["authorization"] == f"apikey {KEYS['twelve_data']}"
    assert by_source["fmp"].headers["apikey"] == KEYS["fmp"]
    assert by_source["coingecko"].headers["x-cg-demo-api-key"] == KEYS["coingecko"]
    assert by_source["fred"].params["api_key"] == KEYS["fred"]
    for seen in provider.seen:
        is_fred = seen.path.startswith("/fred")
        assert any(key in str(seen.params) for key in KEYS.values()) == is_fred


def test_a_second_run_asks_only_for_the_overlap(
    settings: Settings, provider: ScriptedProvider
) -> None:
    run(settings)
    provider.seen.clear()

    summary = run(settings)

    assert summary.exit_code == 0
    daily = next(seen for seen in provider.seen if seen.params.get("interval") == "1day")
    # The newest bar is of the 15th, and a week is fetched again.
    assert daily.params["start_date"] == "2024-03-08"
    assert daily.params["end_date"] == "2024-03-16"
    eod = next(seen for seen in provider.seen if "historical-price-eod" in seen.path)
    assert (eod.params["from"], eod.params["to"]) == ("2024-03-08", "2024-03-15")
    assert sum("treasury" in path for path in provider.paths()) == 1


def test_watermarks_end_at_the_newest_row(settings: Settings) -> None:
    run(settings, "twelve_data.time_series_daily", "fred", "coingecko.market_chart")

    daily = watermarks(settings, "twelve_data")["time_series_daily", "AAPL"]
    assert daily.end == datetime(2024, 3, 15, tzinfo=UTC)
    assert watermarks(settings, "fred")["observations", "GDP"] == Window(
        datetime(1776, 7, 4, tzinfo=UTC), datetime(2024, 1, 25, tzinfo=UTC)
    )
    # The last point of the chart is the present moment, and no day.
    assert watermarks(settings, "coingecko")["market_chart", "bitcoin"].end == datetime(
        2024, 3, 15, tzinfo=UTC
    )


def test_a_backfill_leaves_the_watermark_of_later_days_alone(
    settings: Settings, provider: ScriptedProvider
) -> None:
    name = "fmp.eod_prices"
    run(settings, name, start=date(2024, 3, 1))
    before = watermarks(settings, "fmp")
    provider.seen.clear()

    run(settings, name, start=date(2024, 1, 8), end=date(2024, 1, 12))

    assert {(seen.params["from"], seen.params["to"]) for seen in provider.seen} == {
        ("2024-01-08", "2024-01-12")
    }
    assert watermarks(settings, "fmp") == before
    provider.seen.clear()
    run(settings, name)
    assert {seen.params["from"] for seen in provider.seen} == {"2024-03-08"}


def test_a_backfill_that_touches_the_watermark_extends_it(settings: Settings) -> None:
    name = "fmp.eod_prices"
    run(settings, name, start=date(2024, 3, 1))

    run(settings, name, start=date(2024, 2, 1), end=date(2024, 2, 29))

    covered = watermarks(settings, "fmp")["eod_prices", "AAPL"]
    assert covered == Window(datetime(2024, 2, 1, tzinfo=UTC), datetime(2024, 3, 15, tzinfo=UTC))


def test_a_failed_stretch_in_the_middle_is_fetched_by_the_next_run(
    settings: Settings, provider: ScriptedProvider
) -> None:
    name = "fmp.treasury_rates"
    provider.answer = except_for("treasury", lambda _: Reply("", status=503), "2024-02-29")
    # Windows of 90 days from the first of December: the second one fails.
    first = run(settings, name, start=date(2023, 12, 1))
    covered = watermarks(settings, "fmp")["treasury_rates", ""]
    provider.answer = answer_well
    provider.seen.clear()

    second = run(settings, name)

    assert [type(one.error) for one in first.failures] == [ProviderFault]
    assert first.exit_code == 3
    assert covered.end == datetime(2024, 2, 28, tzinfo=UTC)
    assert second.exit_code == 0
    assert provider.seen[0].params["from"] == "2024-02-21"
    assert watermarks(settings, "fmp")["treasury_rates", ""].end == datetime(
        2024, 3, 15, tzinfo=UTC
    )


def test_full_pages_are_walked_backwards_to_the_beginning(
    settings: Settings, provider: ScriptedProvider
) -> None:
    # A server that never sends more than 20 bars, whatever it is asked for.
    limits = plans_with(settings, "twelve_data", "page_size = 5000", "page_size = 20")

    run(settings, "twelve_data.time_series_daily", symbols=["AAPL"], plans=limits)

    stamps = {
        row["datetime"]
        for one in landed(settings)
        for row in json.loads(Landing(settings.landing_url).read_body(one))["values"]
    }
    ends = [seen.params["end_date"] for seen in provider.seen]
    assert ends == ["2024-03-16", "2024-02-19", "2024-01-23"]
    assert {seen.params["start_date"] for seen in provider.seen} == {"1960-01-01"}
    assert len(stamps) == 54  # the weekdays from 2 January to 15 March
    assert watermarks(settings, "twelve_data")["time_series_daily", "AAPL"].start == datetime(
        1960, 1, 1, tzinfo=UTC
    )


def test_one_unknown_symbol_of_a_batch_is_skipped_and_the_others_land(
    settings: Settings, provider: ScriptedProvider
) -> None:
    missing = {"code": 404, "message": "**symbol** not found: SPX.", "status": "error"}

    def answer(seen: Seen) -> Reply:
        reply = answer_well(seen)
        if "SPX" in seen.params.get("symbol", ""):
            reply.body["SPX"] = missing
        return reply

    provider.answer = answer

    summary = run(settings, "twelve_data.time_series_daily")

    assert [(skip.resource, skip.symbol) for skip in summary.skips] == [
        ("time_series_daily", "SPX")
    ]
    assert "not found" in summary.skips[0].reason
    assert summary.exit_code == 3
    assert {symbol for _, symbol in watermarks(settings, "twelve_data")} == {
        "AAPL",
        "SPY",
        "BTC/USD",
    }
    assert landed(settings)[0].outcome == "ok"


def test_a_symbol_without_a_single_row_is_named_and_asked_for_again(
    settings: Settings, provider: ScriptedProvider
) -> None:
    provider.answer = except_for("eod", lambda _: Reply([]), "SPY")

    first = run(settings, "fmp.eod_prices")
    provider.seen.clear()
    second = run(settings, "fmp.eod_prices")

    for summary in (first, second):
        assert [skip.symbol for skip in summary.skips] == ["SPY"]
        assert "without a single row" in summary.skips[0].reason
        assert summary.exit_code == 3
    assert min(starts(provider, "SPY")) < "2000-01-01"
    assert starts(provider, "AAPL") == ["2024-03-08"]


def test_an_empty_answer_does_not_move_the_watermark(
    settings: Settings, provider: ScriptedProvider
) -> None:
    run(settings, "fmp.eod_prices", symbols=["AAPL"])
    before = watermarks(settings, "fmp")
    provider.answer = except_for("eod", lambda _: Reply([]))

    summary = run(settings, "fmp.eod_prices", symbols=["AAPL"])

    assert watermarks(settings, "fmp") == before
    assert summary.exit_code == 0
    assert [one.empty for one in summary.resources] == [1]


def test_a_wrong_key_stops_its_source_and_no_other(
    settings: Settings, provider: ScriptedProvider
) -> None:
    wrong = {"code": 401, "message": "**apikey** parameter is incorrect", "status": "error"}
    provider.answer = except_for("twelve_data", lambda _: Reply(wrong, status=401))

    summary = run(settings)

    assert [(one.source, type(one.error)) for one in summary.failures] == [
        ("twelve_data", AuthenticationError)
    ]
    assert sum(path.startswith("/twelve_data") for path in provider.paths()) <= 6
    assert summary.exit_code == 3
    assert {one.source for one in landed(settings) if one.outcome == "ok"} == {
        "fmp",
        "fred",
        "coingecko",
    }


def test_a_wrong_key_alone_fails(settings: Settings, provider: ScriptedProvider) -> None:
    provider.answer = lambda _: Reply(
        {"error_code": 400, "error_message": "Bad Request.  The value for variable api_key is"},
        status=400,
    )

    summary = run(settings, "fred")

    assert summary.exit_code == 1
    assert isinstance(summary.failures[0].error, AuthenticationError)


def test_the_end_of_the_days_quota_stops_the_source_and_the_next_run_goes_on(
    settings: Settings, provider: ScriptedProvider
) -> None:
    limit = Reply(
        {
            "code": 429,
            "message": "You have run out of API credits for the day. 801 API credits were used",
            "status": "error",
        }
    )
    provider.answer = except_for("quote", lambda _: limit)
    first = run(settings, "twelve_data")
    provider.answer = answer_well
    provider.seen.clear()
    second = run(settings, "twelve_data")

    assert first.exit_code == 4
    assert isinstance(first.failures[0].error, QuotaExhausted)
    assert second.exit_code == 0
    daily = next(seen for seen in provider.seen if seen.params.get("interval") == "1day")
    assert daily.params["start_date"] == "2024-03-08"


def test_our_own_count_of_the_day_stops_before_the_provider_does(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    universe = [f"S{number},x,equity,XNYS,USD,,S{number},," for number in range(30)]
    settings = settings_of(tmp_path, provider.base, universe, fmp_plan="free")
    limits = plans_with(settings, "fmp", "credits_per_day = 250", "credits_per_day = 20")

    first = run(settings, "fmp.eod_prices", plans=limits)
    second = run(settings, "fmp.eod_prices", plans=limits)

    assert first.exit_code == second.exit_code == 4
    assert len(provider.seen) == 20
    assert len([skip for skip in first.skips if skip.resource == "eod_prices"]) == 9
    assert "20 credits a day" in first.failures[0].message


def test_a_failing_endpoint_is_given_up_and_the_others_go_on(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    universe = [f"S{number},x,equity,XNYS,USD,,S{number},," for number in range(40)]
    settings = settings_of(tmp_path, provider.base, universe)
    provider.answer = except_for("dividends", lambda _: Reply("<html>", status=502))

    summary = run(settings, "fmp.dividends", "fmp.profiles")

    asked = sum("dividends" in path for path in provider.paths())
    assert asked <= 9 * 5
    assert sum("profile" in path for path in provider.paths()) == 40
    assert {one.resource for one in summary.failures} == {"dividends"}
    given_up = [skip for skip in summary.skips if "given up" in skip.reason]
    assert len(given_up) + len(summary.failures) == 40
    assert summary.exit_code == 3


def test_an_endpoint_that_the_plan_lacks_is_asked_once_and_named(
    settings: Settings, provider: ScriptedProvider
) -> None:
    restricted = Reply(
        "Restricted Endpoint: This endpoint is not available under your current subscription",
        status=402,
        headers={"Content-Type": "text/plain"},
    )
    settings = settings.model_copy(update={"fmp_plan": "paid"})
    provider.answer = except_for("historical-chart", lambda _: restricted)

    summary = run(settings, "fmp.intraday_prices", "fmp.profiles", symbols=["^GSPC"])

    assert sum("historical-chart" in path for path in provider.paths()) <= 4
    assert [(skip.resource, skip.symbol) for skip in summary.skips] == [
        ("intraday_prices", "^GSPC")
    ]
    assert "another plan" in summary.skips[0].reason
    assert (summary.exit_code, summary.failures) == (3, [])


def test_what_a_plan_is_known_to_lack_is_not_even_asked(
    settings: Settings, provider: ScriptedProvider
) -> None:
    settings = settings.model_copy(update={"fmp_plan": "free"})

    summary = run(settings, "fmp.intraday_prices")

    assert provider.seen == []
    assert [skip.reason for skip in summary.skips] == ["the plan `free` does not include it"]


def test_a_provider_that_cannot_be_reached_is_tried_and_then_left(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    settings = settings_of(tmp_path, provider.base, fmp_base_url="http://127.0.0.1:9/fmp")
    sleeper = Sleeper()

    summary = run(settings, timer=sleeper.timer)

    (failure,) = summary.failures
    assert (failure.source, summary.exit_code) == ("fmp", 3)
    assert "no connection to 127.0.0.1:9" in failure.message
    assert sorted(sleeper.waits)[-1] == 8.0
    assert {one.source for one in landed(settings)} == {"twelve_data", "fred", "coingecko"}


def test_an_error_body_lands_as_an_error(settings: Settings, provider: ScriptedProvider) -> None:
    provider.answer = except_for("fred/series", in_turn(Reply({"seriess": 7})))

    summary = run(settings, "fred.series")

    (one,) = landed(settings)
    assert (one.outcome, one.error_class) == ("error", "ShapeError")
    assert isinstance(summary.failures[0].error, ShapeError)
    assert summary.exit_code == 1


def test_synthetic_data_is_refused_by_an_installation_of_live_data(
    settings: Settings, provider: ScriptedProvider
) -> None:
    run(settings, "fred")
    before = len(landed(settings))
    provider.answer = lambda seen: Reply(
        answer_well(seen).body, headers={"X-MarketFlow-Synthetic": "1"}
    )

    with pytest.raises(OriginMismatch, match="marketflow db reset"):
        run(settings, "fred", "coingecko")

    assert len(landed(settings)) == before
    assert Landing(settings.landing_url).origin() == "live"


def test_synthetic_answers_are_marked_so(settings: Settings, provider: ScriptedProvider) -> None:
    provider.answer = lambda seen: Reply(
        answer_well(seen).body, headers={"X-MarketFlow-Synthetic": "1"}
    )

    run(settings, "fred")

    assert {one.is_synthetic for one in landed(settings)} == {True}
    assert Landing(settings.landing_url).origin() == "sandbox"


def test_a_lost_landing_is_filled_again(settings: Settings, provider: ScriptedProvider) -> None:
    run(settings, "fmp.eod_prices")
    (Path(settings.landing_url) / "_origin.json").unlink()
    provider.seen.clear()

    run(settings, "fmp.eod_prices")

    assert min(seen.params["from"] for seen in provider.seen) < "2000-01-01"


def test_symbols_limit_a_run_by_their_house_names(
    settings: Settings, provider: ScriptedProvider
) -> None:
    run(settings, symbols=["BTC/USD", "GDP"])

    assert {symbol for one in landed(settings) for symbol in one.symbols} == {
        "BTC/USD",
        "BTCUSD",
        "bitcoin",
        "GDP",
    }
    assert not any("treasury" in path or "constituent" in path for path in provider.paths())


@pytest.mark.parametrize(
    ("selection", "options", "complaint"),
    [
        (["bloomberg"], {}, "'bloomberg' is no source"),
        (["fmp.earnings"], {}, "fmp has no resource 'earnings'"),
        ([], {"symbols": ["NOPE"]}, "NOPE is not in the universe"),
        ([], {"start": date(2024, 2, 1), "end": date(2024, 1, 1)}, "swap them"),
        ([], {"start": date(2024, 4, 1)}, "lies in the future"),
    ],
)
def test_wrong_usage_is_one_clear_error_before_any_request(
    settings: Settings,
    provider: ScriptedProvider,
    selection: list[str],
    options: dict[str, Any],
    complaint: str,
) -> None:
    with pytest.raises(UsageError, match=complaint) as caught:
        run(settings, *selection, **options)

    assert caught.value.exit_code == 2
    assert provider.seen == []


def test_a_named_source_without_a_key_is_an_error(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, "http://127.0.0.1:9", fmp_api_key=None)
    settings = without_address(settings, "fmp")

    with pytest.raises(SettingsError, match="FMP_API_KEY is not set"):
        run(settings, "fmp")


def test_an_unnamed_source_without_a_key_is_skipped_saying_so(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    settings = without_address(settings_of(tmp_path, provider.base, fmp_api_key=None), "fmp")

    summary = run(settings)

    assert [(skip.source, skip.reason) for skip in summary.skips] == [
        ("fmp", "FMP_API_KEY is not set")
    ]
    assert summary.exit_code == 3


def keyless(directory: Path, provider: ScriptedProvider, csv: Reply) -> Settings:
    provider.answer = except_for("fred/graph/fredgraph.csv", lambda _: csv)
    return settings_of(directory, provider.base, fred_api_key=None, fred_keyless=True)


def test_without_a_key_fred_is_asked_for_its_csv_alone(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    csv = Reply("observation_date,GDP\n2023-07-01,27610.1\n2023-10-01,\n")
    settings = keyless(tmp_path, provider, csv)

    summary = run(settings, "fred")

    (seen,) = provider.seen
    assert seen.params == {"id": "GDP", "cosd": "1776-07-04", "coed": "2024-03-15"}
    assert [one.resource for one in landed(settings)] == ["keyless_observations"]
    assert {(skip.resource, skip.reason) for skip in summary.skips} == {
        (resource, "FRED_API_KEY is not set, and it needs one")
        for resource in ("series", "observations", "series_releases", "release_dates")
    }
    # The next run asks again for what may have been revised.
    assert watermarks(settings, "fred")["keyless_observations", "GDP"].end == datetime(
        2023, 10, 1, tzinfo=UTC
    )
    run(settings, "fred")
    assert provider.seen[-1].params["cosd"] == "2018-09-27"


def test_with_a_key_nobody_asks_for_the_csv(tmp_path: Path, provider: ScriptedProvider) -> None:
    settings = settings_of(tmp_path, provider.base, fred_keyless=True)

    summary = run(settings, "fred")

    assert summary.skips == []
    assert len(provider.seen) > 3
    assert not any("fredgraph" in path for path in provider.paths())


@pytest.mark.parametrize(
    ("csv", "reason"),
    [
        (Reply("<html>Error</html>", status=404), "HTTP 404"),
        (Reply("<!DOCTYPE html>\n<html>Access denied</html>\n"), "a web page instead of a CSV"),
        (Reply("observation_date,GDP\n2023-07-01,276"), "a CSV that breaks off"),
        (Reply("go away", status=403), "turned a program away"),
        (Reply("observation_date,DGS2\n2023-07-01,4.5\n"), "no CSV of dates and values"),
    ],
)
def test_what_is_no_csv_is_named_and_never_rows(
    tmp_path: Path, provider: ScriptedProvider, csv: Reply, reason: str
) -> None:
    settings = keyless(tmp_path, provider, csv)

    summary = run(settings, "fred")

    told = [skip.reason for skip in summary.skips if skip.symbol == "GDP"]
    told += [failure.message for failure in summary.failures]
    assert len(told) == 1
    assert reason in told[0]
    assert {one.outcome for one in landed(settings)} == {"error"}
    assert watermarks(settings, "fred") == {}


def without_address(settings: Settings, source: str) -> Settings:
    """The same settings as if the user had named no base URL for a source."""
    copy = settings.model_copy()
    copy.model_fields_set.discard(f"{source}_base_url")
    return copy


@pytest.mark.parametrize(
    ("largest", "symbols", "ids"),
    [
        (50, [], ["bitcoin", None]),
        (0, [], ["bitcoin"]),
        (50, ["BTC/USD"], ["bitcoin"]),
        (50, ["AAPL"], []),
    ],
)
def test_the_largest_coins_are_asked_for_unless_that_is_not_wished(
    settings: Settings,
    provider: ScriptedProvider,
    largest: int,
    symbols: list[str],
    ids: list[str | None],
) -> None:
    settings = settings.model_copy(update={"coingecko_top_n": largest})

    summary = run(settings, "coingecko", symbols=symbols)

    asked = [seen.params.get("ids") for seen in provider.seen if "coins/markets" in seen.path]
    assert sorted(asked, key=str, reverse=True) == ids
    assert (summary.skips, summary.failures) == ([], [])


def test_an_unwritable_home_is_one_clear_error(tmp_path: Path, provider: ScriptedProvider) -> None:
    (tmp_path / "file").write_text("")
    settings = settings_of(tmp_path, provider.base, home_dir=tmp_path / "file" / "home")

    with pytest.raises(LandingError, match="MARKETFLOW_HOME"):
        run(settings)

    assert provider.seen == []


def test_a_full_disk_is_one_clear_error(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("")
    settings = settings.model_copy(update={"landing_location": str(tmp_path / "blocked" / "x")})

    with pytest.raises(LandingError, match="cannot be written"):
        run(settings, "fred")


def test_a_plan_says_what_a_run_will_make_and_makes_nothing(
    settings: Settings, provider: ScriptedProvider
) -> None:
    settings = settings.model_copy(update={"twelve_data_plan": "free", "fmp_plan": "free"})

    planned = plan_extract(settings)
    asked_by_plan = len(provider.seen)
    summary = run(settings)

    assert asked_by_plan == 0
    assert sum(one.requests for one in planned.sources) == len(provider.seen)
    assert {(one.resource, one.requests) for one in planned.resources} == {
        (one.resource, one.requests) for one in summary.resources if one.requests
    }
    twelve_data = next(one for one in planned.sources if one.source == "twelve_data")
    # Four symbols by the day, quoted and listed, and three of them at two widths within the day.
    assert (twelve_data.credits, twelve_data.credits_left_today) == (18, 800)
    assert twelve_data.minutes == 2.0


def test_every_attempt_is_in_the_journal(settings: Settings, provider: ScriptedProvider) -> None:
    provider.answer = except_for(
        "fred/series",
        in_turn(Reply("", status=503), Reply(is_reset=True), Reply({"seriess": [{}]})),
    )

    run(settings, "fred.series")

    with Journal(settings.home) as journal:
        calls = journal.unshipped_calls()
    assert [(one.attempt, one.status, one.outcome) for one in calls] == [
        (1, 503, "provider_fault"),
        (2, None, "provider_fault"),
        (3, 200, "ok"),
    ]
    assert [one.request_id for one in calls] == sorted(one.request_id for one in calls)
    assert calls[2].response_id == landed(settings)[-1].sha256


def test_progress_is_told_of_every_request(settings: Settings) -> None:
    class Recorder:
        def __init__(self) -> None:
            self.steps: dict[str, int] = {}
            self.totals: dict[str, int] = {}

        def describe(self, task: str, text: str, *, total: int | None = None) -> None:  # noqa: ARG002
            self.totals[task] = total or self.totals.get(task, 0)

        def advance(self, task: str, steps: int = 1) -> None:
            self.steps[task] = self.steps.get(task, 0) + steps

    recorder = Recorder()

    summary = run(settings, progress=recorder)

    assert sum(recorder.steps.values()) == summary.requests
    assert recorder.totals == recorder.steps
