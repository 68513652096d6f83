"""Who may look at the dashboards, with a login and without one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from streamlit import config

from dashboards import access
from tests.dashboards import browsing, login
from tests.dashboards.conftest import OpenPage
from tests.warehouse import servers
from warehouse.settings import Settings

ADA = {"email": "ada@example.org", "email_verified": True}


@pytest.fixture
def open_to_others() -> Iterator[None]:
    """Let this process believe that the server listens on every address."""
    kept = config.get_option("server.address")
    config.set_option("server.address", "0.0.0.0")  # noqa: S104 - nothing listens there
    yield
    config.set_option("server.address", kept)


@pytest.mark.usefixtures("open_to_others")
def test_without_a_login_nothing_is_shown_beyond_this_machine(
    market_settings: Settings, open_page: OpenPage
) -> None:
    app = open_page(market_settings)

    assert "answer on this machine alone" in app.error[0].value
    assert not app.title
    assert not app.get("plotly_chart")
    assert not app.dataframe


@pytest.mark.parametrize(
    ("viewers", "claims", "may_look"),
    [
        (None, {}, True),
        ("ada@example.org", ADA, True),
        ("bob@example.org, Ada@Example.org", ADA, True),
        ("@example.org", ADA, True),
        ("@example.org", ADA | {"email": "ada@example.org.evil.net"}, False),
        ("@example.org", ADA | {"email": "eve@sub.example.org"}, False),
        ("bob@example.org", ADA, False),
        ("ada@example.org", ADA | {"email_verified": False}, False),
        ("ada@example.org", {"email": "ada@example.org"}, False),
        ("ada@example.org", {"email_verified": True}, False),
        (",", ADA | {"email": ""}, False),
        ("@", ADA | {"email": "ada@"}, False),
    ],
)
def test_viewers_are_verified_addresses_and_domains(
    viewers: str | None, claims: dict[str, object], *, may_look: bool
) -> None:
    assert access.is_among(claims, viewers) is may_look


@browsing.needs_chromium
@pytest.mark.soak
def test_with_a_login_a_viewer_comes_in_and_nobody_else(
    market_settings: Settings, tmp_path: Path
) -> None:
    port = servers.free_port()
    secrets = tmp_path / "secrets.toml"
    with login.provider() as provider:
        secrets.write_text(
            "[auth]\n"
            f'redirect_uri = "http://127.0.0.2:{port}/oauth2callback"\n'
            'cookie_secret = "so long that nobody guesses it, and longer"\n'
            f'client_id = "{login.CLIENT_ID}"\n'
            f'client_secret = "{login.CLIENT_SECRET}"\n'
            f'server_metadata_url = "{provider.address}/.well-known/openid-configuration"\n'
        )
        with (
            browsing.running(
                market_settings,
                tmp_path / "log",
                port=port,
                # Not among the addresses that need no login, and still of this machine.
                options=["--server.address", "127.0.0.2", "--secrets.files", str(secrets)],
                MARKETFLOW_DASHBOARD_VIEWERS="ada@example.org",
            ),
            browsing.chromium() as browser,
            browsing.opened(browser, f"http://127.0.0.2:{port}") as (page, _),
        ):
            expect(page.get_by_text("for people with a login")).to_be_visible(timeout=60_000)
            expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
            expect(page.get_by_text("Market overview")).to_have_count(0)

            page.get_by_role("button", name="Log in").click()
            page.get_by_role("link", name="Go on as Ada").click()
            browsing.wait_for_chart(page)
            expect(page.get_by_text("Logged in as ada@example.org.")).to_be_visible()

            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_role("button", name="Log in")).to_be_visible(timeout=60_000)
            expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)

            provider.claims |= {"email": "eve@example.org", "name": "Eve"}
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("link", name="Go on as Eve").click()
            expect(page.get_by_text("eve@example.org may not see")).to_be_visible(timeout=60_000)
            expect(page.get_by_test_id("stPlotlyChart")).to_have_count(0)
