"""`marketflow up` and `marketflow down`: everything that runs beside PostgreSQL."""

import functools
import signal
import threading
import time
from pathlib import Path

from rich.text import Text

from marketflow import readiness, session
from marketflow.screen import note, out, say
from marketflow.supervisor import (
    GRACE_SECONDS,
    Service,
    Supervisor,
    end,
    read_state,
    stopped_by_signals,
)
from warehouse import embedded
from warehouse.embedded import ports
from warehouse.errors import MarketFlowError
from warehouse.settings import Settings

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan")


def up() -> None:
    """Run Dagster, the dashboard, the API and the docs site together, until Ctrl-C.

    On a sandbox database the sandbox runs too, and everything asks it instead of the providers.
    PostgreSQL is started if need be, and goes on running afterwards.
    """
    from marketflow import service_list  # noqa: PLC0415 - the sandbox takes a second to load

    settings = session.begin()
    _refuse_a_second_one(settings)
    readiness.ensure_ready(settings)
    is_sandbox = readiness.stamp(settings) == "sandbox"
    _require_free_ports(settings, is_sandbox=is_sandbox)
    supervisor = Supervisor(_state(settings), _Lines())
    services = service_list.build(settings, is_sandbox=is_sandbox)
    note("Starting " + ", ".join(service.name for service in services) + " ...")
    with stopped_by_signals(supervisor.stop):
        supervisor.run(services, functools.partial(_tell_what_to_open, services))
    note("Stopped. PostgreSQL goes on running: `marketflow down` stops it too.")


def down() -> None:
    """Stop everything that `marketflow up` runs, and the embedded PostgreSQL."""
    settings = session.begin()
    supervisor, services = read_state(_state(settings))
    if supervisor is not None:
        supervisor.send(signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS + 5
        while supervisor.is_alive and time.monotonic() < deadline:
            time.sleep(0.1)
        end([supervisor])
    end(services)
    _state(settings).unlink(missing_ok=True)
    if supervisor is not None or services:
        say("Dagster, dashboard, API and docs site are stopped.")
    if settings.is_embedded:
        embedded.stop(settings)
        say("PostgreSQL is stopped: `marketflow db start` starts it again.")
    elif supervisor is None and not services:
        say("Nothing was running; the PostgreSQL of your own is left alone.")


def _refuse_a_second_one(settings: Settings) -> None:
    """Refuse to start twice in one home, and end what a killed `up` left behind."""
    supervisor, services = read_state(_state(settings))
    if supervisor is not None:
        raise MarketFlowError(
            f"`marketflow up` already runs here (process {supervisor.pid}): "
            "stop it with Ctrl-C or `marketflow down`"
        )
    if services:
        note("Ending what an earlier `marketflow up` left behind ...")
        end(services)


def _require_free_ports(settings: Settings, *, is_sandbox: bool) -> None:
    wanted = {
        "dagster_port": settings.dagster_port,
        "dashboard_port": settings.dashboard_port,
        "docs_port": settings.docs_port,
        "api_port": settings.api_port,
        **({"sandbox_port": settings.sandbox_port} if is_sandbox else {}),
    }
    for name, port in wanted.items():
        if not ports.is_free(port):
            raise MarketFlowError(
                f"port {port} of 127.0.0.1 is taken by {ports.holder(port)}: end that, or set "
                f"{type(settings).model_fields[name].alias} to a free port"
            )


def _tell_what_to_open(services: list[Service]) -> None:
    say()
    say("Everything is ready. Ctrl-C stops it; PostgreSQL goes on running.", style="bold green")
    for service in services:
        if service.url:
            say(f"  {service.name:<10} {service.url}")
    say()


class _Lines:
    """Prints the lines of all services, each with the name of who wrote it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._colours: dict[str, str] = {}

    def __call__(self, name: str, line: str) -> None:
        if not line.strip():
            return
        with self._lock:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            out.print(Text.assemble((f"{name:<10}", colour), Text.from_ansi(line)))


def _state(settings: Settings) -> Path:
    return settings.home / "up.json"
