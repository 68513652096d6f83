"""How many pages of bars may follow: what --plan can tell of long histories."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ingestion.extract import extract, plan_extract
from ingestion.foreseen import most_further_pages
from ingestion.planning import Request, Window
from ingestion.plans import Terms
from ingestion.universe import Instrument
from tests.ingestion.markets import Sleeper, answer_well, settings_of
from tests.ingestion.scripted import scripted

START = datetime(2020, 1, 6, tzinfo=UTC)


def instrument(calendar: str) -> Instrument:
    return Instrument("X", "X", "equity", calendar, "USD", "X", None, None, None)


@pytest.mark.parametrize(
    ("calendar", "interval", "days", "page_size", "pages"),
    [
        # 14 days hold 10 weekdays: a page of 10 is enough, one of 9 leaves a bar.
        ("XNYS", "1day", 14, 10, 0),
        ("XNYS", "1day", 14, 9, 1),
        # The second page of 9 repeats a bar: 9 + 8 + 8 = 25 of the 30 weekdays, then 5 more.
        ("XNYS", "1day", 42, 9, 3),
        ("24/7", "1day", 14, 10, 1),
        # 78 bars of five minutes a session, 288 around the clock.
        ("XNYS", "5min", 7, 390, 0),
        ("24/7", "5min", 7, 1009, 1),
        # What has no width of bars is not paged this way.
        ("XNYS", "", 4000, 10, 0),
    ],
)
def test_pages_follow_from_the_bars_that_a_calendar_allows(
    calendar: str, interval: str, days: int, page_size: int, pages: int
) -> None:
    window = Window(START, START + timedelta(days=days - 1))
    request = Request("twelve_data", "x", "x", {}, ("X",), window)
    terms = Terms(interval=interval, page_size=page_size)

    assert most_further_pages(request, terms, instrument(calendar)) == pages


def test_a_plan_tells_how_many_pages_may_follow(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text("[twelve_data.resources.time_series_daily]\npage_size = 20\n")
    name = "twelve_data.time_series_daily"
    with scripted(answer_well) as running:
        settings = settings_of(tmp_path, running.base, plans_file=file)
        plan = plan_extract(settings, [name], symbols=["AAPL"], start=date(2024, 1, 2))
        summary = extract(
            settings, [name], symbols=["AAPL"], start=date(2024, 1, 2), timer=Sleeper().timer
        )

    # 54 weekdays in pages of 20: two more.
    (planned,) = plan.sources
    assert (planned.requests, planned.most_further_pages) == (1, 2)
    assert summary.requests == 3
