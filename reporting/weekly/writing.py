"""The report into the home, and as PDF where a Chromium is at hand."""

import shutil
import subprocess
from pathlib import Path

from warehouse.errors import MarketFlowError

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_SECONDS = 120


def write(page: str, path: Path) -> list[Path]:
    """Write the page and, where a browser is installed, its PDF; return what was written.

    Raises:
        MarketFlowError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise MarketFlowError(f"{path} cannot be written: {error.strerror}") from None
    pdf = path.with_suffix(".pdf")
    return [path, pdf] if _print(path, pdf) else [path]


def _print(path: Path, pdf: Path) -> bool:
    """Return whether a browser printed the page."""
    browser = next((found for found in map(shutil.which, _BROWSERS) if found), None)
    if browser is None:
        return False
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    try:
        done = subprocess.run(
            [*command, f"--print-to-pdf={pdf}", path.resolve().as_uri()],
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and pdf.exists()
