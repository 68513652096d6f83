"""The dashboards on the demo market: a browser alone, then twenty viewers for many refreshes."""

import asyncio
import logging
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from threading import Event, Thread

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from bench import viewers
from bench.figures import Result
from warehouse import database, setup
from warehouse.embedded import ports
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

_log = logging.getLogger(__name__)

SECONDS = 600
VIEWERS = 20
REFRESHES = 60
"""As many as an hour has; a shorter run refreshes oftener."""

_VISITS = 5
_WARM_UP_SECONDS = 15
_MOST_PAINT, _MOST_INTERACTION, _MOST_VIEWER = 2000.0, 500.0, 1000.0
_MOST_OF_BARE = 2.0
_MOST_GROWTH = 0.1
_CHART = "[data-testid=stPlotlyChart] .main-svg"
_IS_DONE = "[data-testid=stApp][data-test-script-state=notRunning]"
_DASHBOARDS, _BARE = "dashboards/app.py", "bench/bare_page.py"
# What every page says of its data, first of all.
_BADGE = "FRED: "
# Where a page is, and a choice on it: its role and its name.
_PAGES = {
    "overview": ("", "radio", "Crypto"),
    "instrument": ("instrument?symbol=AAPL", "button", "SMA 20"),
    "compare": ("compare", "radio", "Price"),
    "correlations": ("correlations", "radio", "20 sessions"),
    "macro": ("macro", "radio", "Value"),
    "crypto": ("crypto", "radio", "Top 10"),
    "quality": ("quality", "radio", "6M"),
}
# From the choice until the page has run and shows what came of it.
_WATCH_THE_RUN = """
() => {
    const app = document.querySelector('[data-testid=stApp]');
    window.answered = new Promise((resolve, reject) => {
        let begin, hasRun = false;
        setTimeout(() => reject('the page did not run'), 60000);
        document.addEventListener('click', () => { begin = performance.now(); },
            {capture: true, once: true});
        new MutationObserver(() => {
            const state = app.getAttribute('data-test-script-state');
            if (state === 'running') hasRun = true;
            if (hasRun && state === 'notRunning')
                requestAnimationFrame(() => requestAnimationFrame(
                    () => resolve(performance.now() - begin)));
        }).observe(app, {attributes: true});
    });
}
"""

_FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
_WINDOW: ViewportSize = {"width": 1440, "height": 1100}


@dataclass(frozen=True)
class _Visit:
    """What a visit took, in milliseconds.

    Attributes:
        paint: until the browser painted anything that is content.
        words: until the page said how old its data is.
        chart: until its first chart.
        choice: from a choice until its answer was shown.
    """

    paint: float
    words: float
    chart: float
    choice: float


def run(settings: Settings, seconds: int = SECONDS) -> Result:
    """Return the times of pages and choices, and the memory of the server.

    Args:
        settings: of a server that runs, on which a database is made.
        seconds: how long the viewers look; so many refreshes as an hour has fall into it.
    """
    settings = _with_the_demo(settings)
    refresh_seconds = max(seconds // REFRESHES, 1)
    # The browser comes when nothing else is going on.
    with _serving(settings, 3600) as (address, _), _serving(settings, 3600, _BARE) as (bare, _):
        seen = _in_a_browser(address, bare)
    bare_chart = seen.pop("bare").chart
    with _serving(settings, refresh_seconds) as (address, process):
        _log.info("%d viewers for %d seconds", VIEWERS, seconds)
        look = partial(
            viewers.watch,
            address.replace("http", "ws"),
            _symbols(settings),
            viewers=VIEWERS,
            refresh_seconds=refresh_seconds,
        )
        asyncio.run(look(seconds=_WARM_UP_SECONDS))
        with _memory_of(process) as memory:
            times = asyncio.run(look(seconds=seconds))
    middle, end = (statistics.mean(part) for part in _parts(memory))
    holds = (
        max(page.words for page in seen.values()) < _MOST_PAINT
        and max(page.chart for page in seen.values()) < _MOST_OF_BARE * bare_chart
        and max(page.choice for page in seen.values()) < _MOST_INTERACTION
        and statistics.median(times.pages) < _MOST_VIEWER
        and statistics.median(times.refreshes) < _MOST_VIEWER
        and end <= middle * (1 + _MOST_GROWTH)
        and not times.failures
    )
    return Result(
        "The dashboards on the demo market",
        [
            "Server, PostgreSQL, browser and viewers share the machine. A page alone in Chromium,",
            f"the median of {_VISITS} visits with an empty cache: milliseconds until the browser",
            "paints first, until the page says how old its data is, until its first chart, and",
            "from a choice until its answer is shown.",
            f"Promised: words in {_MOST_PAINT:.0f}, an answer in {_MOST_INTERACTION:.0f}, and a",
            f"chart in {_MOST_OF_BARE:.0f} times what the only one of a bare page takes.",
            "",
            "| page | first paint | words | first chart | of a bare page's | choice |",
            "|---|---:|---:|---:|---:|---:|",
            f"| bare | | | {bare_chart:.0f} | 1.00 | |",
            *(
                f"| {name} | {page.paint:.0f} | {page.words:.0f} | {page.chart:.0f} | "
                f"{page.chart / bare_chart:.2f} | {page.choice:.0f} |"
                for name, page in seen.items()
            ),
            "",
            f"{VIEWERS} viewers at once: half of them go to another page every few seconds, the",
            f"others leave one open, which has {REFRESHES} refreshes in {seconds} s; promised:",
            f"{_MOST_VIEWER:.0f} ms at the median.",
            "",
            f"- {_shown('pages', times.pages)}",
            f"- {_shown('refreshes', times.refreshes)}",
            f"- Errors shown: {len(times.failures)}.",
            *(f"  - {words}" for words in sorted(set(times.failures))),
            f"- Memory of the server: {memory[0]:.0f} MB at the start, {middle:.0f} MB around the",
            f"  middle, {end:.0f} MB at the end; promised: no more than a tenth above the middle.",
            "",
        ],
        holds,
    )


def _shown(kind: str, times: Sequence[float]) -> str:
    parts = statistics.quantiles(times, n=100)
    return (
        f"{len(times):,} {kind}: median {statistics.median(times):.0f} ms, p95 {parts[94]:.0f} ms, "
        f"p99 {parts[98]:.0f} ms."
    )


def _parts(memory: Sequence[float]) -> tuple[Sequence[float], Sequence[float]]:
    """Return what was seen around the middle, and what was seen at the end."""
    tenth = max(len(memory) // 10, 1)
    return memory[4 * tenth : 6 * tenth] or memory, memory[-tenth:]


def _with_the_demo(settings: Settings) -> Settings:
    """Return the settings of a database of its own that holds the demo market."""
    with database.connect_as_administrator(settings, "postgres", autocommit=True) as connection:
        connection.execute("create database bench_dashboards")
    home = settings.home / "bench_dashboards"
    own = load_settings(
        None,
        home_dir=home,
        profiles_location=home,
        database_url=database.administrator_dsn(settings, "bench_dashboards"),
    )
    setup.set_up(own)
    _log.info("building the demo market")
    subprocess.run(
        [sys.executable, "-m", "marketflow", "demo"],
        cwd=PROJECT_ROOT,
        env=_environment(own),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return own


def _environment(settings: Settings, **variables: str) -> dict[str, str]:
    free = ports.next_free(8900) or 8900
    return {
        **os.environ,
        "MARKETFLOW_HOME": str(settings.home),
        "MARKETFLOW_DATABASE_URL": database.administrator_dsn(settings),
        "MARKETFLOW_SANDBOX_PORT": str(free),
        "DBT_PROFILES_DIR": str(settings.profiles_directory),
        **variables,
    }


@contextmanager
def _serving(
    settings: Settings, refresh_seconds: int, app: str = _DASHBOARDS
) -> Iterator[tuple[str, int]]:
    """Run an app of Streamlit; yield its address and its process."""
    port = ports.next_free(8700) or 8700
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", app, "--server.port", str(port)],
        cwd=PROJECT_ROOT,
        env=_environment(settings, MARKETFLOW_DASHBOARD_REFRESH_SECONDS=str(refresh_seconds)),
        # Streamlit prints the traceback of what goes wrong on a page there.
        stdout=sys.stderr,
    )
    try:
        while ports.is_free(port):
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.kill()  # It would wait for every open page first.
        process.wait()


def _symbols(settings: Settings) -> list[str]:
    with database.connect(settings, "reader") as connection:
        rows = connection.execute(
            "select symbol from marts.fct_latest_prices order by 1"
        ).fetchall()
    return [symbol for (symbol,) in rows]


def _in_a_browser(address: str, bare: str) -> dict[str, _Visit]:
    """Return what the visits of each page took at the median; `bare` too, before the others."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    pages = {name: (f"{address}/{path}", *choice) for name, (path, *choice) in _PAGES.items()}
    seen: dict[str, _Visit] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        _chart_of(browser, bare)
        for url, *_ in pages.values():
            _visit(browser, url)  # What the server imports once is no paint.
        charts = [_chart_of(browser, bare) for _ in range(_VISITS)]
        seen["bare"] = _Visit(0, 0, statistics.median(charts), 0)
        for name, (url, role, label) in pages.items():
            _log.info("looking at %s", name)
            visits = [_visit(browser, url, role, label) for _ in range(_VISITS)]
            seen[name] = _Visit(
                *(
                    statistics.median(getattr(visit, field.name) for visit in visits)
                    for field in fields(_Visit)
                )
            )
        browser.close()
    return seen


def _chart_of(browser: Browser, url: str) -> float:
    """Return the milliseconds until a page without words shows its chart."""
    with browser.new_context(viewport=_WINDOW) as context:
        page = context.new_page()
        begin = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.locator(_CHART).first.wait_for(timeout=60_000)
        return 1000 * (time.perf_counter() - begin)


def _visit(browser: Browser, url: str, role: str | None = None, label: str | None = None) -> _Visit:
    with browser.new_context(viewport=_WINDOW) as context:
        page = context.new_page()
        begin = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.get_by_text(_BADGE).first.wait_for(timeout=60_000)
        words = 1000 * (time.perf_counter() - begin)
        page.locator(_CHART).first.wait_for(timeout=60_000)
        chart = 1000 * (time.perf_counter() - begin)
        expect(page.locator(_IS_DONE)).to_be_visible(timeout=60_000)
        paint = float(page.evaluate(_FIRST_PAINT))
        return _Visit(paint, words, chart, _choose(page, role, label) if role and label else 0.0)


def _choose(page: Page, role: str, label: str) -> float:
    page.evaluate(_WATCH_THE_RUN)
    named = page.get_by_role(role, name=label, exact=True)  # type: ignore[arg-type]
    # A radio button lies below its label, which takes the click.
    named.first.dispatch_event("click")
    return float(page.evaluate("window.answered"))


@contextmanager
def _memory_of(process: int) -> Iterator[list[float]]:
    """Yield the list that the memory of a process is written into, in megabytes a second."""
    memory: list[float] = []
    is_over = Event()

    def look() -> None:
        page_size = os.sysconf("SC_PAGE_SIZE")
        while True:
            pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
            memory.append(pages * page_size / 2**20)
            if is_over.wait(1):
                return

    thread = Thread(target=look)
    thread.start()
    try:
        yield memory
    finally:
        is_over.set()
        thread.join()
