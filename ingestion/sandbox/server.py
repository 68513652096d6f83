"""The HTTP server: four base URLs on loopback, each answered in its provider's own format."""

import json
import logging
import os
import threading
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from ingestion.sandbox import coingecko, fmp, fred, twelve_data
from ingestion.sandbox.calendar import FIRST_DAY
from ingestion.sandbox.faults import Fault, Spoiler, faulty
from ingestion.sandbox.macro import economy
from ingestion.sandbox.market import Market, MarketView
from ingestion.sandbox.wire import Answer, Request, Route, compact
from warehouse.errors import MarketFlowError, SettingsError
from warehouse.settings import Settings

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
DEFAULT_SEED = 7
READY_PATH = "_ready"
SYNTHETIC_HEADER = "X-MarketFlow-Synthetic"

# Below which path each provider lives, and who answers there.
_PROVIDERS: dict[str, tuple[str, Route]] = {
    "twelve_data": ("twelve_data", twelve_data.answer),
    "fmp": ("fmp/stable", fmp.answer),
    "fred": ("fred", fred.answer),
    "coingecko": ("coingecko/api/v3", coingecko.answer),
}


def base_urls(port: int) -> dict[str, str]:
    """Return the base URL of each provider, by source, on a sandbox that listens on `port`."""
    return {source: f"http://{HOST}:{port}/{path}" for source, (path, _) in _PROVIDERS.items()}


class Sandbox:
    """A running sandbox.

    Args:
        settings: whose `now()` is the providers' present, read afresh for each request.
        port: to listen on; 0 takes a free one.
        seed: of the market.
        fault: how it misbehaves, if it does.

    Raises:
        SettingsError: the port is taken.
    """

    def __init__(
        self,
        settings: Settings,
        port: int,
        seed: int = DEFAULT_SEED,
        *,
        fault: Fault | None = None,
    ) -> None:
        self._settings = settings
        self._seed = seed
        self._fault = fault
        self._since = settings.now()
        self._spoiler = Spoiler(fault)
        self._lock = threading.Lock()
        self._market: Market | None = None
        handler = type("BoundHandler", (_Handler,), {"sandbox": self})
        try:
            self._server = _Server((HOST, port), handler)
        except OSError as error:
            raise SettingsError(
                f"the sandbox cannot listen on {HOST}:{port} ({error.strerror}): stop what uses "
                "that port, or set MARKETFLOW_SANDBOX_PORT to a free one"
            ) from None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.server_port

    @property
    def url(self) -> str:
        """The URL of the server itself."""
        return f"http://{HOST}:{self.port}"

    @property
    def base_urls(self) -> dict[str, str]:
        """The base URL of each provider, by source."""
        return base_urls(self.port)

    def run(self) -> None:
        """Serve until `stop` is called from another thread."""
        self._warm_up()
        self._server.serve_forever(poll_interval=0.1)

    def start(self) -> None:
        """Serve in a thread of this process."""
        self._warm_up()
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="marketflow-sandbox",
            daemon=True,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()
        if self._thread is not None:
            self._thread.join()

    def view(self) -> MarketView:
        """Return the market as it is known now."""
        now = self._settings.now()
        return faulty(self._market_through(now).at(now), self._fault, self._since)

    def answer(self, target: str, headers: dict[str, str]) -> Answer:
        """Return the answer to a GET of `target`, a path with its query."""
        parts = urlsplit(target)
        path = unquote(parts.path).strip("/")
        if path == READY_PATH:
            return compact({"status": "ready", "now": self.view().now.isoformat()})
        for source, (prefix, route) in _PROVIDERS.items():
            if path == prefix or path.startswith(prefix + "/"):
                query = dict(parse_qsl(parts.query, keep_blank_values=True))
                below = path[len(prefix) :].strip("/")
                found = route(Request(below, query, headers, self.view()))
                return self._spoiler.spoil(source, found)
        bases = " ".join(f"/{prefix}" for prefix, _ in _PROVIDERS.values())
        return compact({"error": f"nothing lives at /{path}: the base URLs are {bases}"}, 404)

    def _warm_up(self) -> None:
        view = self.view()
        economy(view.market)
        if view.instruments:
            view.daily(view.instruments[0])

    def _market_through(self, now: datetime) -> Market:
        """Return a market whose horizon lies a year or more after `now`."""
        year = max(now.year, FIRST_DAY.year) + 1
        with self._lock:
            if self._market is None or self._market.last_day.year < year:
                self._market = Market(self._seed, date(year, 12, 31))
            return self._market


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # On Windows the option would let two servers share one port.
    allow_reuse_address = os.name == "posix"
    request_queue_size = 128


class _Handler(BaseHTTPRequestHandler):
    sandbox: ClassVar[Sandbox]
    protocol_version = "HTTP/1.1"
    server_version = "MarketFlowSandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave in one piece

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            answer = self.sandbox.answer(self.path, headers)
        except MarketFlowError as error:
            answer = _failure(str(error))
        except Exception:
            log.exception("the sandbox failed to answer %s", urlsplit(self.path).path)
            answer = _failure("the sandbox failed to answer: see its log")
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    def end_headers(self) -> None:
        """Label every answer, those of the base class included."""
        self.send_header(SYNTHETIC_HEADER, "1")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing of ordinary requests: their URLs can hold keys."""


def _failure(message: str) -> Answer:
    text = json.dumps({"code": 500, "error": message, "message": message, "status": "error"})
    return Answer(text.encode(), 500)
