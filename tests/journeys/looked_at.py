"""What a person of a journey sees on the dashboards, in a real browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.dashboards.browsing import CHROMIUM, chromium, opened, wait_for_chart
from tests.journeys.person import Person


@contextmanager
def looking(person: Person, path: str) -> Iterator[Page]:
    """Serve the dashboards and open a page; in the end nothing on it may have gone wrong."""
    if CHROMIUM is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with (
        person.with_dashboards() as address,
        chromium() as browser,
        opened(browser, f"{address}/{path}") as (page, complaints),
    ):
        wait_for_chart(page)
        yield page
        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.locator("[data-testid=stAlertContentError]")).to_have_count(0)
        assert complaints == []


def legend(page: Page, chart: int = 0) -> list[str]:
    """The names in the legend of a chart."""
    return (
        page.get_by_test_id("stPlotlyChart").nth(chart).locator(".legendtext").all_text_contents()
    )


def trends_and_indicators(person: Person) -> None:
    ((rsi, last),) = person.selects(
        "select rsi_14, session_date from fct_daily_indicators where symbol = 'AAPL'"
        " order by session_date desc limit 1"
    )
    sessions = person.number(
        "select count(*) from fct_daily_bars where symbol = 'AAPL'"
        f" and session_date >= '{last - timedelta(days=92)}'"
    )

    with looking(person, "instrument?symbol=AAPL&range=3M") as page:
        rsi_shown = page.get_by_test_id("stMetric").filter(has_text="RSI 14")
        expect(rsi_shown).to_contain_text(f"{rsi:.1f}")
        assert sessions > 50
        assert page.locator(".boxlayer path.box").count() == sessions
        assert legend(page) == ["SMA 20", "SMA 50", "SMA 200"]

        page.get_by_text("Weekly", exact=True).first.click()
        page.wait_for_url("**/*bars=Weekly*")
        expect(page.get_by_text("Weeks, named by their Monday").first).to_be_visible()


def several_side_by_side(person: Person) -> None:
    with looking(person, "compare?symbols=AAPL&symbols=MSFT&symbols=BTC/USD") as page:
        assert sorted(legend(page)) == ["AAPL", "BTC/USD", "MSFT"]
        expect(page.get_by_text("First common session = 100").first).to_be_visible()

        page.get_by_text("Normalised", exact=True).click()
        page.wait_for_url("**/*view=Normalised*")
        expect(page.get_by_text("Standard deviations from the mean").first).to_be_visible()


def where_a_number_comes_from(person: Person) -> None:
    ((rsi,),) = person.selects(
        "select rsi_14 from fct_daily_indicators where symbol = 'AAPL'"
        " order by session_date desc limit 1"
    )

    with looking(person, "instrument?symbol=AAPL&number=rsi_14") as page:
        told = page.get_by_test_id("stCode").first
        expect(told).to_contain_text(f"rsi_14 = {rsi}")
        expect(told).to_contain_text("inputs")


def how_the_pipeline_did(person: Person) -> None:
    with looking(person, "quality") as page:
        for title in ("Freshness", "Open alerts", "Checks", "Pipeline runs", "API credits"):
            expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
        expect(page.get_by_text("Twelve Data: fresh").first).to_be_visible()


def history_scatter_and_forecast(person: Person) -> None:
    with looking(person, "macro?series=GDP") as page:
        expect(page.get_by_role("heading", name=re.compile("^GDP · "))).to_be_visible()
        assert legend(page)[0] == "As it stands"
        assert legend(page)[1].startswith("Known on ")
    with looking(person, "correlations?across=UNRATE&up=CPIAUCSL") as page:
        scatter = page.get_by_test_id("stPlotlyChart").last
        scatter.scroll_into_view_if_needed()
        expect(scatter.locator(".scatterlayer .point").first).to_be_visible()
        assert scatter.locator(".scatterlayer .point").count() > 50
    with looking(person, "instrument?symbol=AAPL&panels=Volatility") as page:
        expect(page.get_by_text("Volatility 20").first).to_be_visible()
        expect(page.get_by_text("1 session ahead:").first).to_be_visible()


def the_coins(person: Person) -> None:
    ((symbol, share),) = person.selects(
        "select symbol, dominance_pct from fct_crypto_snapshots"
        " order by snapshot_at desc, dominance_pct desc limit 1"
    )

    with looking(person, "crypto") as page:
        ring = page.get_by_test_id("stPlotlyChart").first.locator(".pielayer")
        expect(ring).to_contain_text(symbol)
        expect(ring).to_contain_text(f"{share:.3g}%")
        assert ring.locator(".slice").count() == 9


def a_stale_source(person: Person) -> None:
    ((fetched_at,),) = person.selects(
        "select last_fetched_at from ops.fct_freshness where source = 'coingecko'"
    )
    weeks_later = {"MARKETFLOW_NOW": (fetched_at + timedelta(days=14)).isoformat()}

    with looking(person.where(weeks_later), "") as page:
        expect(page.get_by_text(re.compile(r"CoinGecko: \d+ sessions late")).first).to_be_visible()
