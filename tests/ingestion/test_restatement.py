"""History that a provider restates by one factor is fetched again as a whole."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.extract import ExtractSummary, extract, plan_extract
from ingestion.journal import Journal
from ingestion.landing import Landing
from ingestion.load import load
from ingestion.planning import Window
from ingestion.restatement import BarMemory, restated_by
from tests.ingestion.landings import raw_rows
from tests.ingestion.markets import Sleeper, settings_of, weekdays
from tests.ingestion.scripted import Reply, ScriptedProvider, Seen, scripted
from warehouse.settings import Settings

EOD = "fmp.eod_prices"
DAILY = "twelve_data.time_series_daily"
UNIVERSE = (
    "^GSPC,S&P 500,index,XNYS,USD,SPX,^GSPC,,",
    "^IXIC,NASDAQ,index,XNYS,USD,IXIC,^IXIC,,",
)
FIRST = date(2024, 1, 2)
CLOSES = {"2024-03-0" + str(n): 100.0 + n for n in range(1, 9)}


def times(factor: float, **others: float) -> dict[str, float]:
    """The closes times a factor, some of them (by day of March) times another."""
    return {
        stamp: close * others.get(f"day{int(stamp[-2:])}", factor)
        for stamp, close in CLOSES.items()
    }


@pytest.mark.parametrize(
    ("fresh", "factor"),
    [
        (times(0.25), 0.25),
        (times(10.0), 10.0),
        # A stock dividend of 5 %.
        (times(1 / 1.05), 1 / 1.05),
        # One bar was revised as well.
        (times(0.5, day4=0.55), 0.5),
        # The provider was late: the last bars were sent in the new basis from the start.
        (times(0.5, day7=1.0, day8=1.0), 0.5),
        # Prices of a dollar or so, rounded to a cent: 1.01 becomes 0.34 rather than 0.33667.
        ({stamp: round(close / 300, 2) for stamp, close in CLOSES.items()}, None),
        ({stamp: round(close / 30, 2) for stamp, close in CLOSES.items()}, 1 / 30),
        (times(1.0), None),
        (times(1.0, day8=0.5), None),
        (times(1.0, day7=1.3, day8=1.3), None),
        # Revised, but not by one factor.
        (times(1.0, day1=1.1, day2=0.9, day3=1.2, day4=0.8), None),
        # Three new bars in the middle are a revision: history before them stayed.
        (times(1.0, day4=1.1, day5=1.1, day6=1.1), None),
        # Corrections of less than one per cent come with the overlap.
        (times(1.004), None),
        (dict(list(times(0.5).items())[:2]), None),
        ({}, None),
    ],
)
def test_one_factor_over_several_bars_is_a_restatement(
    fresh: Mapping[str, float], factor: float | None
) -> None:
    found = restated_by(CLOSES, fresh)

    assert found == (None if factor is None else pytest.approx(factor, rel=0.005))


@dataclass
class Exchange:
    """A provider of daily bars whose history can be restated.

    Attributes:
        factors: by symbol, what every bar before today is multiplied by.
        revised: by symbol and day, what one bar is multiplied by.
        down_before: windows that begin before this day are answered with HTTP 503.
    """

    factors: dict[str, float] = field(default_factory=dict)
    revised: dict[tuple[str, str], float] = field(default_factory=dict)
    down_before: str = ""

    def answer(self, seen: Seen) -> Reply:
        is_fmp = seen.path.startswith("/fmp")
        start = seen.params["from" if is_fmp else "start_date"]
        end = seen.params["to" if is_fmp else "end_date"]
        if start < self.down_before:
            return Reply("", status=503)
        if is_fmp:
            return Reply(self.bars(seen.params["symbol"], start, end))
        symbols = seen.params["symbol"].split(",")
        parts: dict[str, Any] = {
            one: {"meta": {"symbol": one}, "values": self.bars(one, start, end, "datetime")}
            for one in symbols
        }
        return Reply(parts[symbols[0]] if len(symbols) == 1 else parts)

    def bars(self, symbol: str, start: str, end: str, stamp: str = "date") -> list[dict[str, Any]]:
        first = max(date.fromisoformat(start), FIRST)
        days = weekdays(first, min(date.fromisoformat(end), date(2024, 3, 15)))
        return [
            {"symbol": symbol, stamp: day}
            | dict.fromkeys(("open", "high", "low", "close"), self.close(symbol, day))
            for day in days
        ]

    def close(self, symbol: str, day: str) -> float:
        close = 1000.0 + date.fromisoformat(day).toordinal() % 97
        factor = self.factors.get(symbol, 1.0) if day < "2024-03-15" else 1.0
        return round(close * factor * self.revised.get((symbol, day), 1.0), 6)


@pytest.fixture
def exchange() -> Exchange:
    return Exchange()


@pytest.fixture
def provider(exchange: Exchange) -> Iterator[ScriptedProvider]:
    with scripted(exchange.answer) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, provider: ScriptedProvider) -> Settings:
    return settings_of(tmp_path, provider.base, UNIVERSE)


def run(settings: Settings, name: str = EOD, **options: Any) -> ExtractSummary:
    return extract(settings, [name], timer=Sleeper().timer, **options)


def begun(settings: Settings, name: str = EOD) -> None:
    assert run(settings, name, start=FIRST).exit_code == 0


def windows(provider: ScriptedProvider, symbol: str = "^GSPC") -> list[tuple[str, str]]:
    return [
        (seen.params["from"], seen.params["to"])
        for seen in provider.seen
        if seen.params["symbol"] == symbol
    ]


def test_a_restated_symbol_is_fetched_again_and_no_other(
    settings: Settings, provider: ScriptedProvider, exchange: Exchange
) -> None:
    begun(settings)
    provider.seen.clear()
    exchange.factors["^GSPC"] = 0.25

    summary = run(settings)
    restated = windows(provider)
    provider.seen.clear()
    again = run(settings)

    assert [(one.symbol, one.factor) for one in summary.restatements] == [("^GSPC", 0.25)]
    assert "all of it was fetched again" in str(summary.restatements[0])
    assert restated == [("2024-03-08", "2024-03-15"), ("2024-01-02", "2024-03-07")]
    assert summary.exit_code == 0
    assert again.restatements == []
    assert windows(provider) == windows(provider, "^IXIC") == [("2024-03-08", "2024-03-15")]
    with Journal(settings.home) as journal:
        marks = journal.watermarks("fmp")
    assert marks["eod_prices", "^GSPC"] == Window(
        datetime(2024, 1, 2, tzinfo=UTC), datetime(2024, 3, 15, tzinfo=UTC)
    )


def test_a_revised_bar_is_caught_by_the_overlap_alone(
    settings: Settings, provider: ScriptedProvider, exchange: Exchange
) -> None:
    begun(settings)
    provider.seen.clear()
    exchange.revised["^GSPC", "2024-03-12"] = 1.5

    summary = run(settings)

    landing = Landing(settings.landing_url)
    latest = [one for one in landing.list_committed("fmp") if one.symbols == ("^GSPC",)][-1]
    closes = {row["date"]: row["close"] for row in json.loads(landing.read_body(latest))}
    assert summary.restatements == []
    assert windows(provider) == [("2024-03-08", "2024-03-15")]
    assert closes["2024-03-12"] == exchange.close("^GSPC", "2024-03-12")


def test_a_refetch_that_failed_is_made_up_for_by_the_next_run(
    settings: Settings, provider: ScriptedProvider, exchange: Exchange
) -> None:
    begun(settings)
    exchange.factors["^GSPC"] = 0.25
    exchange.down_before = "2024-03-01"
    first = run(settings)
    exchange.down_before = ""
    provider.seen.clear()

    plan = plan_extract(settings, [EOD])
    second = run(settings)
    told = windows(provider)
    provider.seen.clear()
    third = run(settings)

    assert first.exit_code == 3
    assert [one.symbol for one in first.restatements] == ["^GSPC"]
    assert [one.symbol for one in second.restatements] == ["^GSPC"]
    assert told == [("2024-01-02", "2024-03-15")]
    assert [one.requests for one in plan.sources] == [second.requests]
    assert third.restatements == []
    assert windows(provider) == [("2024-03-08", "2024-03-15")]


def test_a_backfill_fetches_its_own_window_and_leaves_the_rest_to_the_next_run(
    settings: Settings, provider: ScriptedProvider, exchange: Exchange
) -> None:
    begun(settings)
    exchange.factors["^GSPC"] = 0.25
    exchange.down_before = "2024-03-01"
    run(settings)
    exchange.down_before = ""
    provider.seen.clear()

    backfill = run(settings, start=date(2024, 2, 1), end=date(2024, 2, 9))
    asked = windows(provider)
    following = run(settings)

    assert backfill.restatements == []
    assert asked == [("2024-02-01", "2024-02-09")]
    assert [one.symbol for one in following.restatements] == ["^GSPC"]


def test_one_restated_symbol_of_a_batch_is_fetched_alone(
    settings: Settings, provider: ScriptedProvider, exchange: Exchange
) -> None:
    begun(settings, DAILY)
    provider.seen.clear()
    exchange.factors["IXIC"] = 0.5

    summary = run(settings, DAILY)

    assert [one.symbol for one in summary.restatements] == ["IXIC"]
    assert [(seen.params["symbol"], seen.params["start_date"]) for seen in provider.seen] == [
        ("SPX,IXIC", "2024-03-08"),
        ("IXIC", "2024-01-02"),
    ]


def test_a_lost_journal_takes_nothing_for_restated(settings: Settings, exchange: Exchange) -> None:
    begun(settings)
    (settings.home / "extract.sqlite3").unlink()
    exchange.factors["^GSPC"] = 0.25

    assert run(settings, start=FIRST).restatements == []
    with Journal(settings.home) as journal:
        assert BarMemory(journal, "fmp").pending() == {}


def current(settings: Settings) -> dict[tuple[str, str], str]:
    """The close of the newest version of each bar."""
    rows = raw_rows(settings, "fmp", "eod_prices")
    return {(row["symbol"], row["date"]): row["close"] for row in rows}


def test_raw_then_equals_that_of_who_saw_the_new_history_from_the_start(
    tmp_path: Path,
    warehouse_settings: Settings,
    provider: ScriptedProvider,
    exchange: Exchange,
) -> None:
    settings = settings_of(
        tmp_path, provider.base, UNIVERSE, database_url=warehouse_settings.database_url
    )
    begun(settings)
    load(settings)
    before = current(settings)
    exchange.factors["^GSPC"] = 0.25
    run(settings)
    load(settings)

    bars = {
        (symbol, bar["date"]): str(bar["close"])
        for symbol in ("^GSPC", "^IXIC")
        for bar in exchange.bars(symbol, "2024-01-02", "2024-03-15")
    }
    assert len(bars) == 2 * 54  # the weekdays from 2 January to 15 March
    assert current(settings) == bars
    assert sum(before[key] != close for key, close in bars.items()) == 53
