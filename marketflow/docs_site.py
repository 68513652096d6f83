"""`python -m marketflow.docs_site PORT DIRECTORY`: dbt's documentation, made and served."""

import functools
import http.server
import logging
import shutil
import subprocess
import sys
from pathlib import Path

from marketflow import dbt, session
from warehouse.settings import PROJECT_ROOT, Settings

_log = logging.getLogger(__name__)


def generate(settings: Settings, directory: Path) -> Path:
    """Write the documentation as one page and return its directory, which holds nothing else.

    Raises:
        DbtError: dbt could not make it.
    """
    made = directory / "target"
    arguments = ["docs", "generate", "--static", "--quiet", "--target-path", str(made)]
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments],
        cwd=PROJECT_ROOT,
        env=dbt.environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise dbt.DbtError(f"dbt docs generate failed: {' '.join(done.stdout.split())[-500:]}")
    site = directory / "site"
    site.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made / "static_index.html", site / "index.html")
    return site


def serve(directory: Path, port: int) -> None:
    """Serve a directory on 127.0.0.1 until the process ends."""
    handler = functools.partial(_QuietHandler, directory=str(directory))
    with _Server(("127.0.0.1", port), handler) as server:
        server.serve_forever()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        """Say nothing of a browser that went away in the middle of a page."""
        _log.debug("%s ended a request early", client_address, exc_info=True)


class _QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        _log.debug(format, *args)


if __name__ == "__main__":
    serve(generate(session.begin(), Path(sys.argv[2])), int(sys.argv[1]))
