"""`python -m marketflow.docs_site PORT DIRECTORY`: dbt's documentation, made and served.

What was made last time is served until it is made anew.
"""

import functools
import http.server
import logging
import subprocess
import sys
from pathlib import Path
from threading import Thread

from marketflow import dbt, session
from orchestration import dbt_directory
from warehouse.settings import PROJECT_ROOT, Settings

_log = logging.getLogger(__name__)


def generate(settings: Settings, directory: Path) -> Path:
    """Write the documentation as one page and return its directory, which holds nothing else.

    Raises:
        DbtError: dbt could not make it.
    """
    made = directory / "target"
    made.mkdir(parents=True, exist_ok=True)
    dbt_directory.hand_over(dbt_directory.of_command_line(), made)
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
    site = _site(directory)
    site.mkdir(parents=True, exist_ok=True)
    # On one disk, and so never half a page.
    (made / "static_index.html").replace(site / "index.html")
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


def _site(directory: Path) -> Path:
    return directory / "site"


def _make_anew(settings: Settings, directory: Path) -> None:
    try:
        generate(settings, directory)
    except dbt.DbtError as error:
        _log.error("the documentation is that of last time: %s", error)


def main(port: int, directory: Path) -> None:
    """Serve the documentation, and make it, until the process ends.

    Raises:
        DbtError: dbt could not make it, and there is none of last time.
    """
    settings = session.begin()
    if (_site(directory) / "index.html").exists():
        Thread(target=_make_anew, args=(settings, directory), daemon=True).start()
    else:
        generate(settings, directory)
    serve(_site(directory), port)


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
