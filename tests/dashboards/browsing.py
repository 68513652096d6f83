"""The dashboards as another process, and a real browser that looks at them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.dashboards.conftest import environment
from tests.warehouse import servers
from warehouse.settings import PROJECT_ROOT, Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium here: apt-get install chromium"
)

# Streamlit looks for its own addresses below the page's first, and is answered 404 there.
HARMLESS = ("/_stcore/", "favicon")


@contextmanager
def running(
    settings: Settings,
    log: Path,
    *,
    port: int | None = None,
    options: Sequence[str] = (),
    **overrides: str,
) -> Iterator[str]:
    """Run the dashboards on a free port as another process; yield their address."""
    port = port or servers.free_port()
    variables = {**os.environ, **environment(settings, **overrides)}
    command = [sys.executable, "-m", "streamlit", "run", "dashboards/app.py"]
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [*command, "--server.port", str(port), *options],
            cwd=PROJECT_ROOT,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            if b"URL:" in line:
                break
        else:
            pytest.fail(f"streamlit did not start: {log.read_text('utf-8')}")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()  # It would wait for every open page first.


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
            ],
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str) -> Iterator[tuple[Page, list[str]]]:
    """Open a page; yield it and the list of what its console complains of."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        address = message.location["url"]
        if message.type == "error" and not any(sign in address for sign in HARMLESS):
            complaints.append(f"{message.text} ({address})")

    with browser.new_context(
        viewport={"width": 1440, "height": 1100}, color_scheme="light", timezone_id="Europe/Vienna"
    ) as context:
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
        page.goto(url)
        yield page, complaints


def show_all(page: Page) -> None:
    """Make the window as high as the page, and wait for what was below it."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": 1440, "height": int(height) + 20})
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=30_000)


def wait_for_chart(page: Page) -> None:
    """Wait until a chart is drawn and the page has run to its end."""
    expect(page.get_by_test_id("stPlotlyChart").first.locator(".main-svg").first).to_be_visible(
        timeout=60_000
    )
    # The status in the corner is there while the script runs.
    expect(page.get_by_test_id("stStatusWidget")).to_have_count(0, timeout=30_000)
