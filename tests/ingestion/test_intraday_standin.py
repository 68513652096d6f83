"""Bars within the day, quotes and listings from the stand-in, which has real minutes."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from ingestion.calendars import Calendars
from ingestion.extract import extract
from ingestion.landing import Landing
from ingestion.parsing import ParseContext
from ingestion.universe import read_universe
from tests.ingestion.markets import Sleeper
from tests.real import standin
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.skipif(
    not standin.SHARED.is_dir(), reason="../shared (the stand-in) is not here"
)
# The evening of the last of five sessions of which it has minutes.
NOW = datetime(2019, 2, 15, 21, 30, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
SESSIONS = {date(2019, 2, number) for number in range(11, 16)}
ROWS = (
    "MSFT,Microsoft,equity,XNYS,USD,MSFT,MSFT,,",
    "SPY,SPDR,etf,XNYS,USD,SPY,SPY,,",
    "^VIX,Volatility,index,XNYS,USD,,^VIX,,",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    directory = tmp_path_factory.mktemp("standin")
    file = directory / "universe.csv"
    file.write_text("\n".join((",".join(standin.UNIVERSE_COLUMNS), *ROWS)) + "\n")
    with standin.running(NOW.isoformat()) as running:
        environment = {name.lower(): value for name, value in running.environment.items()}
        made = load_settings(
            None,
            home_dir=directory / "home",
            universe_file=file,
            frozen_now=NOW.isoformat(),
            **environment,
        )
        resources = ("quotes", "intraday_prices.1min", "sp500_constituent_changes")
        named = [f"fmp.{name}" for name in resources]
        named += [f"twelve_data.{name}" for name in ("time_series_intraday.1min", "instruments")]
        summary = extract(made, named, timer=Sleeper().timer)
        assert (summary.failures, summary.skips) == ([], [])
        yield made


def rows(settings: Settings, source: str, resource: str) -> list[dict[str, str]]:
    """Return what load would make of everything that landed; nothing may surprise it."""
    landing = Landing(settings.landing_url)
    instruments = read_universe(settings.universe_path)
    context = ParseContext(source, instruments, Calendars.around(NOW))
    parse = import_module(f"ingestion.sources.{source}.parsing").parse
    found = []
    for sidecar in landing.list_committed(source):
        if sidecar.resource == resource and sidecar.outcome == "ok":
            parsed = parse(resource, landing.read_body(sidecar), sidecar, context)
            assert (parsed.surprises, parsed.left_out) == ((), 0)
            found += parsed.table.to_pylist()
    return found


def minutes_of(symbol: str) -> set[datetime]:
    """Return the regular minutes of the five sessions, as the stand-in's own data has them."""
    file = Path(standin.DATA) / "bars_1min.parquet"
    table = pq.read_table(file, columns=["symbol", "ts"])
    stamps = table.filter(pc.equal(table["symbol"].cast("string"), symbol))["ts"].to_pylist()
    return {
        stamp.replace(tzinfo=NEW_YORK).astimezone(UTC)
        for stamp in stamps
        if stamp.date() in SESSIONS and time(9, 30) <= stamp.time() < time(16)
    }


@pytest.mark.parametrize(("symbol", "count"), [("MSFT", 1948), ("SPY", 1950), ("^VIX", 1923)])
def test_every_bar_within_the_day_of_fmp_lands(settings: Settings, symbol: str, count: int) -> None:
    bars = [
        datetime.fromisoformat(row["date"] + row["utc_offset"]).astimezone(UTC)
        for row in rows(settings, "fmp", "intraday_prices")
        if row["symbol"] == symbol
    ]

    # More than four times what one answer holds.
    assert len(set(bars)) == count
    assert set(bars) == minutes_of(symbol)


def test_every_bar_within_the_day_of_twelve_data_lands(settings: Settings) -> None:
    bars = [
        datetime.fromisoformat(row["datetime"]).replace(tzinfo=UTC)
        for row in rows(settings, "twelve_data", "time_series_intraday")
        if row["symbol"] == "MSFT"
    ]

    assert len(bars) == 1948
    assert set(bars) == minutes_of("MSFT")


def test_quotes_of_shares_and_of_a_whole_class_are_told_apart(settings: Settings) -> None:
    quotes = {row["symbol"]: row for row in rows(settings, "fmp", "quotes")}

    # Closed at 16:00, an hour and a half ago: its last quote is a second after.
    close = int(datetime(2019, 2, 15, 16, 0, 1, tzinfo=NEW_YORK).timestamp())
    assert set(quotes) == {"MSFT", "SPY", "^VIX"}
    assert quotes["MSFT"]["timestamp"] == str(close)
    assert all(float(row["price"]) > 0 for row in quotes.values())


def test_listings_and_changes_of_members_are_read_whole(settings: Settings) -> None:
    listed = rows(settings, "twelve_data", "instruments")
    changes = rows(settings, "fmp", "sp500_constituent_changes")

    assert {(row["symbol"], row["kind"]) for row in listed} == {("MSFT", "stocks"), ("SPY", "etfs")}
    # Newfield Exploration made room for Atmos Energy on the day itself.
    assert ("February 15, 2019", "ATO", "NFX") in {
        (row["date_added"], row["symbol"], row["removed_ticker"]) for row in changes
    }
    assert len(changes) > 300
