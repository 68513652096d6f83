"""Dagster's pages in a real browser, over the instance that DAGSTER_HOME names.

Screenshots are left in tests/screenshots/ for people to look at.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import expect

from marketflow import synthetic
from orchestration import instance
from tests.dashboards.browsing import chromium, opened
from tests.warehouse import servers
from warehouse.settings import PROJECT_ROOT

SCREENSHOTS = PROJECT_ROOT / "tests" / "screenshots"


def take(run_id: str, log: Path) -> list[str]:
    """Photograph the graph, a mart's part of it, a run, and the mart's checks.

    Returns what the console complains of.

    Args:
        run_id: of a run that built.
        log: where the web server writes.
    """
    # Each with what is seen when it is drawn.
    pages = {
        "graph": ("asset-groups", "indicators"),
        "lineage": ("assets/marts/fct_daily_bars?view=lineage", "dim_instruments"),
        "run": (f"runs/{run_id}", "RUN_SUCCESS"),
        "checks": ("assets/marts/fct_daily_bars?view=checks", "Evaluation result"),
    }
    complaints = []
    SCREENSHOTS.mkdir(exist_ok=True)
    with _webserver(log) as url, chromium() as browser:
        for name, (path, text) in pages.items():
            with opened(browser, f"{url}/{path}") as (page, found):
                expect(page.get_by_text(text).first).to_be_visible(timeout=120_000)
                page.wait_for_load_state("networkidle")
                page.screenshot(path=SCREENSHOTS / f"dagster_{name}.png")
                complaints += found
    return complaints


@contextmanager
def _webserver(log: Path) -> Iterator[str]:
    port = servers.free_port()
    command = [sys.executable, "-m", "dagster_webserver", "-h", "127.0.0.1", "-p", str(port)]
    with (
        log.open("wb") as lines,
        subprocess.Popen(
            [*command, "-m", instance.MODULE, "-d", str(PROJECT_ROOT)],
            cwd=PROJECT_ROOT,
            env={**os.environ, "PATH": instance.path_with_dbt()},
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
        ) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            servers.wait_until(lambda: synthetic.answers(f"{url}/server_info"), seconds=180)
            yield url
        finally:
            process.terminate()
