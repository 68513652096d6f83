"""The running dashboards in a real browser, in both themes.

Screenshots are left in tests/screenshots/ for people to look at.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.conftest import DatabaseFactory, SettingsFactory
from tests.dashboards import market
from tests.dashboards.browsing import (
    chromium,
    needs_chromium,
    opened,
    running,
    show_all,
    wait_for_chart,
)
from warehouse import database, setup
from warehouse.settings import PROJECT_ROOT, Settings

SCREENSHOTS = PROJECT_ROOT / "tests" / "screenshots"
PAGES = {
    "overview": "",
    "instrument": "instrument?symbol=AAPL&range=1M",
    "compare": "compare",
    "correlations": "correlations",
    "macro": "macro",
    "crypto": "crypto",
    "quality": "quality",
}

# The others are drawn in `make soak`; their figures are tested without a browser.
SHORT = ("overview", "instrument")

REFRESH_SECONDS = 4
DARK_GROUND = "rgb(17, 21, 27)"  # Of .streamlit/config.toml.

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def running_market(
    new_database: DatabaseFactory,
    settings_for: SettingsFactory,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Settings, str]]:
    """A market of its own and one running app over it, for every test here."""
    home = tmp_path_factory.mktemp("browser")
    settings = settings_for(home, database_url=new_database("browser"))
    setup.set_up(settings)
    with database.connect(settings, "transformer") as connection:
        market.create_tables(connection)
        market.fill(connection)
    with running(
        settings, home / "log", MARKETFLOW_DASHBOARD_REFRESH_SECONDS=str(REFRESH_SECONDS)
    ) as address:
        yield settings, address


# The first test here: of later visitors it would say nothing.
def test_the_first_visitor_may_come_by_a_link(
    running_market: tuple[Settings, str], browser: Browser
) -> None:
    _, address = running_market
    with opened(browser, f"{address}/{PAGES['instrument']}") as (page, _):
        wait_for_chart(page)

        expect(page.get_by_role("link", name="Data quality")).to_be_visible()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in SHORT else pytest.mark.soak) for name in PAGES],
)
def test_every_page_is_drawn_in_both_themes_without_a_complaint(
    running_market: tuple[Settings, str], browser: Browser, name: str
) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    settings, address = running_market
    with opened(browser, f"{address}/{PAGES[name]}") as (page, complaints):
        wait_for_chart(page)
        show_all(page)
        page.screenshot(path=SCREENSHOTS / f"{name}-light.png")
        page.emulate_media(color_scheme="dark")
        expect(page.get_by_test_id("stApp")).to_have_css("background-color", DARK_GROUND)
        page.screenshot(path=SCREENSHOTS / f"{name}-dark.png")

        expect(page.get_by_test_id("stException")).to_have_count(0)
        expect(page.locator("[data-testid=stAlertContentError]")).to_have_count(0)
        assert complaints == []
        if name == "instrument":
            with database.connect(settings, "reader") as connection:
                row = connection.execute(
                    "select count(*) from marts.fct_daily_bars "
                    "where instrument_id = 'equity:AAPL' and session_date >= '2025-05-27'"
                ).fetchone()
            assert row is not None
            assert page.locator(".boxlayer path.box").count() == row[0]
            assert page.locator(".barlayer .point").count() == row[0]


def test_choices_go_into_the_url_and_a_link_brings_them_back(
    running_market: tuple[Settings, str], browser: Browser
) -> None:
    _, address = running_market
    with opened(browser, f"{address}/instrument?symbol=MSFT") as (page, _):
        wait_for_chart(page)
        page.get_by_role("button", name="SMA 20", exact=True).click()
        page.get_by_text("As traded", exact=True).click()
        page.wait_for_url("**/*prices=*")
        page.wait_for_url("**/*averages=*")

        page.goto(page.url)
        wait_for_chart(page)

        expect(page.get_by_role("heading", name="MSFT · Microsoft")).to_be_visible()
        expect(page.get_by_role("radio", name="As traded")).to_be_checked()
        assert page.locator(".legendtext").all_text_contents() == ["SMA 50", "SMA 200"]


def test_the_refresh_brings_a_new_price_and_keeps_the_choice(
    running_market: tuple[Settings, str], browser: Browser
) -> None:
    settings, address = running_market
    with opened(browser, f"{address}/") as (page, complaints):
        wait_for_chart(page)
        page.get_by_role("radio", name="Crypto").or_(
            page.get_by_role("button", name="Crypto")
        ).first.click()
        page.wait_for_url("**/*class=Crypto*")
        expect(page.get_by_text("2 instruments, prices as traded")).to_be_visible()
        scrolled = page.get_by_test_id("stMain").evaluate("main => main.scrollTop = 300")
        assert scrolled == 300

        with database.connect(settings, "transformer") as connection:
            connection.execute(
                "update marts.fct_latest_prices set price = 99999.5 where symbol = 'BTC/USD'"
            )

        expect(page.get_by_text("99,999.50").first).to_be_visible(timeout=30_000)
        expect(page.get_by_text("2 instruments, prices as traded")).to_be_visible()

        assert "class=Crypto" in page.url
        assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == scrolled
        assert complaints == []


def test_the_page_comes_back_by_itself_when_the_marts_do(
    running_market: tuple[Settings, str], browser: Browser
) -> None:
    settings, address = running_market
    with database.connect_as_administrator(settings, autocommit=True) as connection:
        connection.execute("alter schema marts rename to marts_elsewhere")
        try:
            with opened(browser, f"{address}/instrument?symbol=XOM&range=3Y") as (page, _):
                expect(page.get_by_text("not built yet").first).to_be_visible(timeout=60_000)
                connection.execute("alter schema marts_elsewhere rename to marts")

                wait_for_chart(page)
                expect(page.get_by_text("not built yet")).to_have_count(0)
        finally:
            connection.execute(
                "do $$ begin if exists (select from pg_namespace where nspname = "
                "'marts_elsewhere') then alter schema marts_elsewhere rename to marts; "
                "end if; end $$"
            )


def look_at_every_page(browser: Browser, address: str, words: str, *, has_charts: bool) -> None:
    for path in PAGES.values():
        with opened(browser, f"{address}/{path}") as (page, complaints):
            expect(page.get_by_text(words).first).to_be_visible(timeout=60_000)
            if has_charts:
                wait_for_chart(page)
            else:
                expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
            expect(page.get_by_test_id("stException")).to_have_count(0)
            assert complaints == []


@pytest.mark.soak
def test_every_page_of_empty_marts_says_what_to_run(
    empty_marts: Settings, browser: Browser, tmp_path: Path
) -> None:
    with running(empty_marts, tmp_path / "log") as address:
        look_at_every_page(browser, address, "make demo", has_charts=False)


@pytest.mark.soak
def test_every_page_of_a_stopped_pipeline_says_how_late_it_is(
    market_settings: Settings, browser: Browser, tmp_path: Path
) -> None:
    now = market.FOUR_SESSIONS_LATER.isoformat()
    with running(market_settings, tmp_path / "log", MARKETFLOW_NOW=now) as address:
        look_at_every_page(browser, address, "Twelve Data: 4 sessions late", has_charts=True)
