"""Several services as children of one process: one log view, one end.

Each child leads a process group of its own, so that a Ctrl-C of the terminal reaches only us and
that whatever a child started ends with it. What is running stands in a file, so that `down` and
the next start find what a killed supervisor left behind.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

from warehouse.errors import MarketFlowError
from warehouse.settings import PROJECT_ROOT

_log = logging.getLogger(__name__)

GRACE_SECONDS = 10.0
"""What children get between SIGTERM and SIGKILL."""

_POLL_SECONDS = 0.2


class ServiceError(MarketFlowError):
    """A service could not start, or ended by itself."""


@dataclass(frozen=True)
class Service:
    """A long-running child.

    Attributes:
        name: the prefix of its lines.
        command: what is run, from the project's root.
        is_ready: whether it answers; asked again and again until it does.
        url: where a person finds it; empty when there is nothing to see.
        environment: what it gets beside ours.
        is_waited_for: whether the services after it begin only when it is ready.
    """

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool]
    url: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    is_waited_for: bool = False


@dataclass(frozen=True)
class Leader:
    """A process that leads a group, and when it began, since process ids are used again."""

    pid: int
    began: str

    @property
    def is_alive(self) -> bool:
        """Whether this very process still runs."""
        return began(self.pid) == self.began != ""

    def send(self, number: int) -> None:
        """Send a signal to the process and its group, whoever of them still lives."""
        try:
            if sys.platform == "win32":
                os.kill(self.pid, number)
            else:
                os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return


class Supervisor:
    """Starts services, shows what they say, and ends them together.

    Args:
        state: the file in which what runs is noted.
        tell: called with a service's name and a line that it wrote.
        ready_seconds: how long services may take until they answer: the docs site alone takes
            minutes on a machine that does much else.
    """

    def __init__(
        self, state: Path, tell: Callable[[str, str], None], *, ready_seconds: float = 600
    ) -> None:
        self._state = state
        self._tell = tell
        self._ready_seconds = ready_seconds
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._readers: list[threading.Thread] = []
        self._is_stopping = threading.Event()

    def stop(self) -> None:
        """Ask `run` to end everything and return."""
        self._is_stopping.set()

    def run(self, services: Sequence[Service], when_ready: Callable[[], None]) -> None:
        """Run the services until `stop` is called, then end them all.

        Args:
            services: in the order in which they start.
            when_ready: called once, when every service answers.

        Raises:
            ServiceError: a service ended by itself or never answered; the others are ended too.
        """
        try:
            for service in services:
                if self._is_stopping.is_set():
                    return
                self._start(service)
                if service.is_waited_for:
                    self._wait_until_ready([service])
            self._wait_until_ready(services)
            if not self._is_stopping.is_set():
                when_ready()
            while not self._is_stopping.wait(_POLL_SECONDS):
                self._require_all_alive()
        finally:
            self._end_all()

    def _start(self, service: Service) -> None:
        child = subprocess.Popen(
            list(service.command),
            cwd=PROJECT_ROOT,
            env={**os.environ, **service.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._children[service.name] = child
        self._note()
        reader = threading.Thread(target=self._read, args=(service.name, child.stdout), daemon=True)
        reader.start()
        self._readers.append(reader)

    def _read(self, name: str, lines: IO[str] | None) -> None:
        for line in lines or ():
            self._tell(name, line.rstrip())

    def _wait_until_ready(self, services: Sequence[Service]) -> None:
        deadline = time.monotonic() + self._ready_seconds
        waiting = list(services)
        while waiting and not self._is_stopping.is_set():
            self._require_all_alive()
            waiting = [service for service in waiting if not service.is_ready()]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(service.name for service in waiting)
                raise ServiceError(
                    f"{names} did not answer within {self._ready_seconds:.0f} seconds: "
                    "its lines above say why"
                )
            if waiting:
                self._is_stopping.wait(_POLL_SECONDS)

    def _require_all_alive(self) -> None:
        for name, child in self._children.items():
            code = child.poll()
            if code is not None:
                raise ServiceError(
                    f"{name} ended by itself (exit code {code}), so everything was stopped: "
                    "its lines above say why"
                )

    def _end_all(self) -> None:
        end([leader(child.pid) for child in self._children.values()], self._reap)
        for child in self._children.values():
            child.wait()
        for reader in self._readers:
            reader.join(timeout=1)
        for child in self._children.values():
            if child.stdout is not None:
                child.stdout.close()
        self._state.unlink(missing_ok=True)

    def _reap(self) -> None:
        for child in self._children.values():
            child.poll()

    def _note(self) -> None:
        self._state.parent.mkdir(parents=True, exist_ok=True)
        noted = {
            "supervisor": asdict(leader(os.getpid())),
            "services": [asdict(leader(child.pid)) for child in self._children.values()],
        }
        unfinished = self._state.with_suffix(".new")
        unfinished.write_text(json.dumps(noted), encoding="utf-8")
        unfinished.replace(self._state)


def leader(pid: int) -> Leader:
    """Return a process that runs now."""
    return Leader(pid, began(pid))


def began(pid: int) -> str:
    """Return what tells a process from a later one with its number; empty when there is none."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return "" if Path("/proc/self/stat").exists() or not _exists(pid) else "unknown"
    state, *fields = status.rsplit(")", 1)[1].split()
    return "" if state == "Z" else fields[18]


def read_state(state: Path) -> tuple[Leader | None, list[Leader]]:
    """Return the supervisor that a state file names, if it lives, and the services that live."""
    try:
        noted = json.loads(state.read_text(encoding="utf-8"))
        supervisor = Leader(**noted["supervisor"])
        services = [Leader(**service) for service in noted["services"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None, []
    living = [service for service in services if service.is_alive]
    return (supervisor if supervisor.is_alive else None), living


def end(leaders: Sequence[Leader], reap: Callable[[], None] = lambda: None) -> None:
    """End process groups: politely, then, after the grace, by force."""
    for each in leaders:
        each.send(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < deadline:
        reap()
        if not any(each.is_alive for each in leaders):
            break
        time.sleep(_POLL_SECONDS / 4)
    if sys.platform != "win32":
        # Also where the leader went in peace: it may have left somebody of its group behind.
        for each in leaders:
            each.send(signal.SIGKILL)


@contextmanager
def stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at Ctrl-C and SIGTERM, also where a shell had them ignored (`... &`)."""

    def handle(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        stop()

    kept = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
