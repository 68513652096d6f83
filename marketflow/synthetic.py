"""Everything run against the sandbox instead of the providers: the settings, and the process."""

import http.client
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from ingestion.sandbox import READY_PATH, base_urls
from warehouse.errors import MarketFlowError
from warehouse.settings import PROJECT_ROOT, PROVIDERS, Settings

_START_SECONDS = 60


def settings_for(settings: Settings, urls: dict[str, str]) -> Settings:
    """Return the settings with all four providers at the sandbox, unlimited, and no key sent."""
    changed = {f"{name}_base_url": url for name, url in urls.items()}
    plans = {f"{name}_plan": "unlimited" for name in PROVIDERS}
    keys = {f"{name}_api_key": None for name in PROVIDERS}
    return settings.model_copy(update={**changed, **plans, **keys, "fred_keyless": False})


def environment_for(port: int) -> dict[str, str]:
    """Return the same as environment variables, for a child process or a shell."""
    urls = {f"{name.upper()}_BASE_URL": url for name, url in base_urls(port).items()}
    plans = {f"{name.upper()}_PLAN": "unlimited" for name in PROVIDERS}
    return {**urls, **plans, "FRED_KEYLESS": "False"}


def command(port: int) -> list[str]:
    """Return the command that runs the sandbox on a port; 0 takes a free one."""
    return [sys.executable, "-m", "ingestion.sandbox", "--port", str(port)]


def answers(url: str) -> bool:
    """Whether a GET of `url` is answered well."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - loopback
            return int(response.status) < 400
    except (urllib.error.URLError, OSError, http.client.HTTPException):
        return False


@contextmanager
def running(settings: Settings) -> Iterator[Settings]:
    """Yield the settings of a sandbox that runs in a process of its own until the block ends.

    Raises:
        MarketFlowError: it did not start.
    """
    process = subprocess.Popen(
        command(0), cwd=PROJECT_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None  # noqa: S101 - it was asked for as a pipe
    try:
        urls = {}
        for _ in base_urls(0):
            name, _, url = process.stdout.readline().strip().partition("=")
            urls[name.removesuffix("_BASE_URL").lower()] = url
        root = urls.get("twelve_data", "").removesuffix("/twelve_data")
        deadline = time.monotonic() + _START_SECONDS
        while not root or not answers(f"{root}/{READY_PATH}"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise MarketFlowError(
                    "the sandbox did not start: run `marketflow sandbox` to see why"
                )
            time.sleep(0.1)
        yield settings_for(settings, urls)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
