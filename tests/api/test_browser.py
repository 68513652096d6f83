"""The two pages of documentation in a real browser, which may ask nobody but this server.

Screenshots are left in tests/screenshots/ for people to look at.
"""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from api.services import tokens
from tests.api.conftest import changed, serving
from warehouse.settings import PROJECT_ROOT, Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = PROJECT_ROOT / "tests" / "screenshots"
PASSWORD = "correct horse battery"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")


@pytest.fixture(scope="module")
def documentation(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that knows a user."""
    home = tmp_path_factory.mktemp("documentation")
    users = tokens.user_entry("alice", PASSWORD)
    with serving(changed(market, api_users=users, home_dir=home)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield browser
        browser.close()


Look = Callable[[str], Page]


@pytest.fixture
def look(browser: Browser, documentation: str) -> Iterator[Look]:
    """`look(path)`: the page there, whose requests and complaints are looked at in the end."""
    context = browser.new_context(viewport={"width": 1300, "height": 1400})
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def open_(path: str) -> Page:
        page.goto(documentation + path)
        return page

    yield open_
    context.close()
    assert len(asked) >= 3
    elsewhere = [url for url in asked if urlsplit(url).scheme not in ("data", "blob")]
    assert {urlsplit(url).netloc for url in elsewhere} == {urlsplit(documentation).netloc}
    assert complaints == []


def photograph(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=Path(SCREENSHOTS / f"api_{name}.png"))


def test_swagger_gives_a_token_for_a_password_and_asks_with_it(look: Look) -> None:
    page = look("/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.locator("#oauth_username").fill("alice")
    page.locator("#oauth_password").fill(PASSWORD)
    page.locator(".auth-btn-wrapper .authorize").click()
    expect(page.get_by_text("Logout").first).to_be_visible()
    page.get_by_role("button", name="Close", exact=True).click()
    question = page.locator("#operations-prices-list_latest_prices")
    question.locator(".opblock-summary-control").click()
    question.get_by_role("button", name="Try it out").click()
    question.get_by_role("button", name="Execute").click()

    answer = question.locator(".live-responses-table .response-col_status").last
    expect(answer).to_contain_text("200")
    expect(question.locator(".live-responses-table")).to_contain_text("equity:AAPL")
    photograph(page, "docs")


def test_redoc_shows_every_chapter_and_the_columns_of_a_mart(look: Look) -> None:
    page = look("/redoc")
    for chapter in ("instruments", "prices", "macro", "crypto", "operations"):
        expect(page.locator(f"[id='tag/{chapter}']").first).to_be_attached()

    question = page.locator("[id='tag/prices/operation/list_latest_prices']")
    question.scroll_into_view_if_needed()
    question.get_by_role("button", name="200").first.click()

    expect(question.get_by_text("The newest price of each instrument").first).to_be_visible()
    photograph(page, "redoc")
