"""Which requests the endpoints plan, worked out by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from ingestion.answers import Outcome, Slice
from ingestion.planning import Request, Want, Window, midnight
from ingestion.plans import Terms, shipped_plans
from ingestion.providers import provider
from ingestion.sources.fred.endpoints import realtime_windows
from ingestion.universe import Instrument
from warehouse.settings import PROVIDERS

NOW = datetime(2024, 3, 15, 21, 30, tzinfo=UTC)


def window(start: str, end: str | None = None) -> Window:
    until = NOW if end is None else midnight(date.fromisoformat(end))
    return Window(midnight(date.fromisoformat(start)), until)


def instrument(asset_class: str) -> Instrument:
    return Instrument("X", "x", asset_class, "XNYS", "USD", "X", "X", None, None)


def planned(
    source: str,
    resource: str,
    wants: Sequence[Want],
    plan: str = "unlimited",
    interval: str = "",
) -> list[Request]:
    endpoint = provider(source).endpoint(resource)
    return endpoint.requests(wants, shipped_plans().terms(source, resource, plan).at(interval))


def wants(*symbols: str, start: str = "2024-03-01", end: str | None = None) -> list[Want]:
    return [Want(symbol, window(start, end), instrument("equity")) for symbol in symbols]


@pytest.mark.parametrize("source", PROVIDERS)
def test_every_endpoint_has_terms_under_every_plan(source: str) -> None:
    endpoints = provider(source).endpoints

    assert len(endpoints) >= 2
    for endpoint in endpoints:
        for plan in ("free", "paid", "unlimited"):
            assert isinstance(shipped_plans().terms(source, endpoint.resource, plan), Terms)


def test_daily_bars_are_asked_as_traded_with_both_dates_and_a_day_to_spare() -> None:
    (request,) = planned("twelve_data", "time_series_daily", wants("AAPL", "MSFT"))

    assert request.params == {
        "symbol": "AAPL,MSFT",
        "interval": "1day",
        "start_date": "2024-03-01",
        "end_date": "2024-03-16",
        "outputsize": "5000",
        "order": "desc",
        "adjust": "none",
    }
    assert request.credits == 2


def test_bars_within_the_day_are_asked_in_utc() -> None:
    (request,) = planned("twelve_data", "time_series_intraday", wants("AAPL"), interval="15min")

    assert request.params["timezone"] == "UTC"
    assert request.params["interval"] == "15min"
    assert request.track == "time_series_intraday.15min"
    assert request.params["start_date"] == "2024-03-01 00:00:00"
    assert request.params["end_date"] == "2024-03-15 22:30:00"


def test_a_free_batch_costs_no_more_than_a_minute() -> None:
    symbols = [f"S{number}" for number in range(20)]

    requests = planned("twelve_data", "quotes", wants(*symbols), "free")

    assert [request.credits for request in requests] == [8, 8, 4]
    assert [symbol for request in requests for symbol in request.symbols] == symbols


def test_a_batch_of_long_histories_names_fewer_symbols() -> None:
    symbols = [f"S{number}" for number in range(120)]

    long = planned("twelve_data", "time_series_daily", wants(*symbols, start="1960-01-01"))
    short = planned("twelve_data", "time_series_daily", wants(*symbols, start="2024-03-01"))

    assert [len(request.symbols) for request in long] == [20] * 6
    assert [len(request.symbols) for request in short] == [120]


def test_symbols_of_other_windows_are_other_batches() -> None:
    mixed = [*wants("A", "B"), *wants("C", start="2024-02-01"), *wants("D")]

    requests = planned("twelve_data", "time_series_daily", mixed)

    assert [request.symbols for request in requests] == [("A", "B", "D"), ("C",)]


def follow(source: str, request: Request, outcome: Outcome, resource: str) -> list[Request]:
    endpoint = provider(source).endpoint(resource)
    terms = shipped_plans().terms(source, resource, "unlimited").at(request.interval)
    return endpoint.follow_up(request, outcome, terms)


def test_only_full_pages_are_followed_and_only_for_their_symbols() -> None:
    (request,) = planned(
        "twelve_data", "time_series_daily", wants("A", "B", "C", start="1960-01-01")
    )
    outcome = Outcome(
        {
            "A": Slice(5000, "2004-05-03", "2024-03-15", NOW),
            "B": Slice(4999, "2004-05-04", "2024-03-15", NOW),
            "C": Slice(5000, "1960-01-01", "2024-03-15", NOW),
        }
    )

    (page,) = follow("twelve_data", request, outcome, "time_series_daily")

    assert page.symbols == ("A",)
    assert (page.params["start_date"], page.params["end_date"]) == ("1960-01-01", "2004-05-03")
    assert page.window == request.window


@pytest.mark.parametrize(
    ("asset_class", "path"),
    [
        ("equity", "non-split-adjusted"),
        ("etf", "non-split-adjusted"),
        ("index", "full"),
        ("crypto", "full"),
        ("fx", "full"),
        ("commodity", "full"),
    ],
)
def test_prices_are_asked_as_traded_where_there_are_splits(asset_class: str, path: str) -> None:
    want = Want("X", window("2024-03-01"), instrument(asset_class))

    (request,) = planned("fmp", "eod_prices", [want])

    assert request.path == f"historical-price-eod/{path}"
    assert request.params == {"symbol": "X", "from": "2024-03-01", "to": "2024-03-15"}


def test_windows_longer_than_an_answer_are_cut_oldest_first_without_a_hole() -> None:
    want = Want("", window("2023-09-01"))

    requests = planned("fmp", "treasury_rates", [want])

    dates = [(request.params["from"], request.params["to"]) for request in requests]
    assert dates == [
        ("2023-09-01", "2023-11-29"),
        ("2023-11-30", "2024-02-27"),
        ("2024-02-28", "2024-03-15"),
    ]


def dates_of(requests: Sequence[Request]) -> list[tuple[str, str]]:
    return [(request.params["from"], request.params["to"]) for request in requests]


def test_an_answer_of_fmp_holds_a_day_of_minutes_or_five_of_five_minutes() -> None:
    # The UTC day begins at 19:00 of the day before in New York, whose clock moved on the 10th.
    want = Want("^GSPC", window("2024-03-08"), instrument("index"))

    minutes = planned("fmp", "intraday_prices", [want], interval="1min")
    fives = planned("fmp", "intraday_prices", [want], interval="5min")

    days = [f"2024-03-{number:02}" for number in range(7, 16)]
    assert dates_of(minutes) == [(day, day) for day in days]
    assert dates_of(fives) == [("2024-03-07", "2024-03-11"), ("2024-03-12", "2024-03-15")]
    for requests in (minutes, fives):
        windows = [request.window for request in requests]
        assert (windows[0].start, windows[-1].end) == (want.window.start, want.window.end)
        assert all(one.end == other.start for one, other in pairwise(windows))


def test_what_trades_around_the_clock_is_asked_by_the_day() -> None:
    coin = Instrument("X", "x", "crypto", "24/7", "USD", "X", "X", None, None)
    want = Want("X", window("2024-11-02", "2024-11-05"), coin)

    requests = planned("fmp", "intraday_prices", [want], interval="5min")

    days = ["2024-11-01", "2024-11-02", "2024-11-03", "2024-11-04"]
    assert dates_of(requests) == [(day, day) for day in days]
    # The day on which the clock goes back has 25 hours.
    assert requests[2].window.end - requests[2].window.start == timedelta(hours=25)


def test_intraday_prices_of_shares_are_asked_for_as_traded() -> None:
    want = Want("X", window("2024-03-15"), instrument("equity"))

    (share, *_) = planned("fmp", "intraday_prices", [want], interval="5min")
    (index, *_) = planned(
        "fmp", "intraday_prices", [replace(want, instrument=instrument("index"))], interval="5min"
    )

    assert share.path == "historical-chart/5min"
    assert share.params["nonadjusted"] == "true"
    assert "nonadjusted" not in index.params


def test_a_full_answer_of_fmp_is_followed_backwards_as_far_as_days_go() -> None:
    want = Want("X", window("2024-03-08"), instrument("index"))
    (request, *_) = planned("fmp", "intraday_prices", [want], interval="5min")
    full = Outcome({"X": Slice(450, "2024-03-08 11:00:00", "2024-03-11 15:55:00", NOW)})
    rest = Outcome({"X": Slice(449, "2024-03-07 09:30:00", "2024-03-08 15:55:00", NOW)})
    one_day = Outcome({"X": Slice(450, "2024-03-07 09:30:00", "2024-03-07 16:59:00", NOW)})

    (more,) = follow("fmp", request, full, "intraday_prices")

    assert (more.params["from"], more.params["to"]) == ("2024-03-07", "2024-03-08")
    assert more.window == request.window
    assert follow("fmp", more, rest, "intraday_prices") == []
    (last,) = follow("fmp", more, one_day, "intraday_prices")
    assert follow("fmp", last, one_day, "intraday_prices") == []


def test_quotes_are_asked_in_batches_and_by_class_where_the_plan_has_them() -> None:
    some = [
        *wants("AAPL", "SPY"),
        Want("^GSPC", window("2024-03-01"), instrument("index")),
        Want("CLUSD", window("2024-03-01"), instrument("commodity")),
        Want("^VIX", window("2024-03-01"), instrument("index")),
    ]

    paid = planned("fmp", "quotes", some, "paid")
    free = planned("fmp", "quotes", some, "free")

    assert {(one.path, one.symbols, one.params.get("symbols")) for one in paid} == {
        ("batch-quote", ("AAPL", "SPY"), "AAPL,SPY"),
        ("batch-index-quotes", ("^GSPC", "^VIX"), None),
        ("batch-commodity-quotes", ("CLUSD",), None),
    }
    assert [(one.path, one.params["symbol"]) for one in free] == [
        ("quote", symbol) for symbol in ("AAPL", "SPY", "^GSPC", "CLUSD", "^VIX")
    ]


@pytest.mark.parametrize(
    ("symbol", "asset_class", "calendar", "path", "params"),
    [
        ("AAPL", "equity", "XNYS", "stocks", {"symbol": "AAPL", "country": "United States"}),
        ("SPY", "etf", "XNYS", "etfs", {"symbol": "SPY", "country": "United States"}),
        ("SPX", "index", "XNYS", "indices", {"symbol": "SPX", "country": "United States"}),
        ("SBIN:NSE", "equity", "XNYS", "stocks", {"symbol": "SBIN", "exchange": "NSE"}),
        ("XAU/USD", "commodity", "us_futures", "commodities", {"symbol": "XAU/USD"}),
        ("BTC/USD", "crypto", "24/7", "cryptocurrencies", {"symbol": "BTC/USD"}),
        ("EUR/USD", "fx", "24/5", "forex_pairs", {"symbol": "EUR/USD"}),
    ],
)
def test_a_list_is_asked_for_one_instrument(
    symbol: str, asset_class: str, calendar: str, path: str, params: dict[str, str]
) -> None:
    one = Instrument("X", "x", asset_class, calendar, "USD", symbol, None, None, None)

    (request,) = planned("twelve_data", "instruments", [Want(symbol, window("2024-03-01"), one)])

    assert (request.path, request.params, request.credits) == (path, params, 1)


def vintages(request: Request, dates: list[str], count: int | None = None) -> Outcome:
    (symbol,) = request.symbols
    facts = {"count": len(dates) if count is None else count, "offset": 0, "dates": dates}
    return Outcome({symbol: Slice(len(dates))}, facts=facts)


def test_a_series_of_few_vintages_is_asked_for_as_a_whole() -> None:
    (index,) = planned("fred", "observations", [Want("GDP", window("2024-01-01"))])

    (request,) = follow(
        "fred", index, vintages(index, ["1991-12-04", "2024-01-25"]), "observations"
    )

    assert index.lands_as == "vintage_dates"
    assert request.lands_as is None
    assert request.params["realtime_start"] == "1776-07-04"
    assert request.params["realtime_end"] == "9999-12-31"


def test_the_vintage_dates_of_long_series_come_in_pages() -> None:
    (index,) = planned("fred", "observations", [Want("DGS10", window("2024-01-01"))])

    (more,) = follow("fred", index, vintages(index, ["1991-12-04"], count=2), "observations")
    (whole,) = follow("fred", more, vintages(more, ["1991-12-05"], count=2), "observations")

    assert (more.lands_as, more.params["offset"]) == ("vintage_dates", "1")
    assert whole.params["realtime_start"] == "1776-07-04"


def test_observations_are_paged_by_offset() -> None:
    (index,) = planned("fred", "observations", [Want("GDP", window("2024-01-01"))])
    (request,) = follow("fred", index, vintages(index, ["1991-12-04"]), "observations")
    full = Outcome({"GDP": Slice(100_000)}, facts={"count": 100_500, "offset": 0, "limit": 100_000})
    rest = Outcome(
        {"GDP": Slice(500)}, facts={"count": 100_500, "offset": 100_000, "limit": 100_000}
    )

    (page,) = follow("fred", request, full, "observations")

    assert page.params["offset"] == "100000"
    assert follow("fred", page, rest, "observations") == []


def test_no_window_holds_more_vintages_than_one_answer_may() -> None:
    # Every weekday from the first of January 2001: a Monday.
    days = [date(2001, 1, 1) + timedelta(days=number) for number in range(7_000)]
    published = [day for day in days if day.weekday() < 5]

    windows = realtime_windows(published, 2000)

    counts = [sum(one.start.date() <= day < one.end.date() for day in published) for one in windows]
    assert len(windows) == 3
    assert sum(counts) == len(published)
    assert max(counts) <= 2000
    assert (windows[0].start.date(), windows[-1].end.date()) == (date(1776, 7, 4), date.max)
    assert all(a.end == b.start for a, b in pairwise(windows))
    # What is shown as known on the first day of a window was known before: no vintage is of it.
    assert all(one.start.date() not in published for one in windows)


def test_windows_stay_the_same_when_vintages_are_added() -> None:
    published = [date(2001, 1, 1) + timedelta(days=2 * number) for number in range(50)]

    before, after = realtime_windows(published[:40], 10), realtime_windows(published, 10)

    assert after[: len(before) - 1] == before[:-1]


def test_vintages_without_a_free_day_are_cut_all_the_same() -> None:
    published = [date(2001, 1, 1) + timedelta(days=number) for number in range(25)]

    windows = realtime_windows(published, 10)

    counts = [sum(one.start.date() <= day < one.end.date() for day in published) for one in windows]
    assert sum(counts) == 25
    assert max(counts) <= 10


def test_windows_that_have_landed_are_not_asked_for_again() -> None:
    index = planned("fred", "observations", [Want("DGS10", window("2015-06-01"))])[0]
    days = [date(2001, 1, 1) + timedelta(days=2 * number) for number in range(4_500)]

    requests = follow(
        "fred", index, vintages(index, [day.isoformat() for day in days]), "observations"
    )

    # 2000 vintages every other day: the windows begin in 2001, December 2011 and November 2022.
    assert [request.params["realtime_start"][:4] for request in requests] == ["2011", "2022"]


def test_a_chart_up_to_now_is_asked_by_days_and_an_older_one_by_range() -> None:
    recent = Want("bitcoin", window("2024-03-12"))
    ever = Want("bitcoin", window("2013-04-28"))
    old = Want("bitcoin", window("2024-01-01", "2024-01-11"), is_up_to_now=False)

    requests = planned("coingecko", "market_chart", [recent, ever, old])

    assert [request.params.get("days") for request in requests] == ["4", "max", None]
    assert [request.params.get("interval") for request in requests] == ["daily", "daily", None]
    span = int(requests[2].params["to"]) - int(requests[2].params["from"])
    assert requests[2].path.endswith("/range")
    assert span > 90 * 86_400, "90 days or less would be answered hourly"


def test_coins_are_listed_without_blanks_and_paged() -> None:
    coins = [f"coin-{number}" for number in range(260)]

    requests = planned("coingecko", "coin_markets", wants(*coins))

    assert [len(request.symbols) for request in requests] == [250, 10]
    assert " " not in requests[0].params["ids"]
    assert requests[0].params["per_page"] == "250"


def test_the_largest_coins_are_asked_for_in_pages_of_one_length() -> None:
    plans = shipped_plans().with_terms("coingecko", "coin_markets", largest=501)
    endpoint = provider("coingecko").endpoint("coin_markets")
    both = [Want("", window("2024-03-15")), *wants("bitcoin")]

    named, *pages = endpoint.requests(both, plans.terms("coingecko", "coin_markets", "free"))

    assert (named.symbols, named.params["ids"]) == (("bitcoin",), "bitcoin")
    # Three pages hold 501 coins, of 167 each; 250 is the most that a page may hold.
    assert [(one.symbols, one.params) for one in pages] == [
        (
            (),
            {
                "vs_currency": "usd",
                "order": "market_cap_desc",
                "per_page": "167",
                "page": str(number),
            },
        )
        for number in (1, 2, 3)
    ]


def test_the_dates_of_a_release_follow_from_its_series_in_pages() -> None:
    (release,) = planned("fred", "release_dates", [Want("DGS10", window("2024-01-01"))])
    known = Outcome({"DGS10": Slice(1)}, facts={"releases": [18]})
    full = Outcome({"DGS10": Slice(10_000)}, facts={"count": 16_000, "offset": 0})
    rest = Outcome({"DGS10": Slice(6_000)}, facts={"count": 16_000, "offset": 10_000})

    (first,) = follow("fred", release, known, "release_dates")
    (second,) = follow("fred", first, full, "release_dates")

    assert (release.path, release.lands_as) == ("series/release", "series_releases")
    assert first.path == "release/dates"
    assert first.lands_as is None
    assert first.params["release_id"] == "18"
    assert first.params["include_release_dates_with_no_data"] == "true"
    assert (first.params["offset"], second.params["offset"]) == ("0", "10000")
    assert follow("fred", second, rest, "release_dates") == []


def test_a_free_chart_stays_within_the_days_of_its_plan() -> None:
    terms = shipped_plans().terms("coingecko", "market_chart", "free")
    want = Want("bitcoin", Window(terms.first_start(NOW), NOW))

    (request,) = planned("coingecko", "market_chart", [want], "free")

    assert request.params["days"] == "365"


def test_an_instrument_is_asked_about_where_a_provider_has_it() -> None:
    def asked(source: str, resource: str, asset_class: str, plan: str = "paid") -> bool:
        wanted = provider(source).endpoint(resource).wants
        terms = shipped_plans().terms(source, resource, plan)
        has_symbol = wanted is None or wanted(instrument(asset_class)) is not None
        return has_symbol and terms.is_for(asset_class)

    assert asked("fmp", "profiles", "equity")
    assert not asked("fmp", "profiles", "index")
    assert asked("fmp", "intraday_prices", "index")
    assert not asked("fmp", "intraday_prices", "crypto")
    assert asked("twelve_data", "time_series_intraday", "crypto")
    assert not asked("twelve_data", "time_series_intraday", "index")
    assert asked("fmp", "quotes", "equity")
    # Twelve Data's free plan quotes shares, and neither indexes nor oil.
    assert not asked("fmp", "quotes", "equity", "free")
    assert asked("fmp", "quotes", "index", "free")
    assert asked("fmp", "quotes", "commodity", "free")
