"""A database that stops under an open page, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.conftest import SettingsFactory
from tests.dashboards import market
from tests.dashboards.browsing import chromium, needs_chromium, opened, running, wait_for_chart
from tests.warehouse import servers
from warehouse import database, embedded, setup
from warehouse.settings import Settings


@pytest.fixture
def own_server(
    tmp_path: Path, settings_for: SettingsFactory, watch: servers.Watch
) -> Iterator[Settings]:
    """Settings of an embedded server of its own with the test market, running."""
    settings = settings_for(tmp_path, embedded_port=servers.free_port())
    watch.over(settings)
    embedded.start(settings)
    setup.set_up(settings)
    with database.connect(settings, "transformer") as connection:
        market.create_tables(connection)
        market.fill(connection)
    yield settings
    servers.remove(settings)


@needs_chromium
@pytest.mark.soak
def test_an_open_page_tells_of_a_stopped_database_and_recovers_with_its_choices(
    own_server: Settings, tmp_path: Path
) -> None:
    with (
        running(own_server, tmp_path / "log", MARKETFLOW_DASHBOARD_REFRESH_SECONDS="2") as address,
        chromium() as browser,
        opened(browser, f"{address}/?class=Crypto") as (page, _),
    ):
        wait_for_chart(page)
        expect(page.get_by_text("2 instruments, prices as traded")).to_be_visible()

        embedded.stop(own_server)
        expect(page.get_by_text("marketflow db start")).to_be_visible(timeout=20_000)
        embedded.start(own_server)

        expect(page.get_by_text("marketflow db start")).to_have_count(0, timeout=30_000)
        wait_for_chart(page)
        expect(page.get_by_text("2 instruments, prices as traded")).to_be_visible()
        assert "class=Crypto" in page.url
