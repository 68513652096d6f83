"""`marketflow up` from its start to its end, and after an end that was none."""

import logging
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from marketflow.supervisor import Leader, read_state
from tests.marketflow.typing_person import start
from tests.warehouse import servers
from warehouse import database
from warehouse.embedded import ports
from warehouse.settings import Settings, load_settings

_log = logging.getLogger(__name__)

pytestmark = [pytest.mark.soak, pytest.mark.timeout(2400)]

PORTS = (
    "MARKETFLOW_API_PORT",
    "MARKETFLOW_DAGSTER_PORT",
    "MARKETFLOW_DASHBOARD_PORT",
    "MARKETFLOW_DOCS_PORT",
)
# In the order in which they start.
SERVICES = ("dashboard", "api", "code", "dagster", "daemon", "docs")
LONGEST_END_SECONDS = 15


@dataclass(frozen=True)
class Running:
    """An `up` that says that everything is ready."""

    process: "subprocess.Popen[str]"
    services: dict[str, Leader]
    said: list[str]

    def ends(self) -> int:
        """Wait for its end and return its exit code."""
        assert self.process.stdout is not None
        self.said.extend(self.process.stdout)
        return self.process.wait(timeout=60)


@contextmanager
def up(home: Path, environment: dict[str, str]) -> Iterator[Running]:
    """Start `marketflow up`, as a shell starts what ends in `&`, and wait until it is ready."""
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)
    process = start(environment, "up")
    signal.signal(signal.SIGINT, kept)
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith("  docs "):
                break
        _, services = read_state(home / "up.json")
        assert len(services) == len(SERVICES), "".join(said)
        yield Running(process, dict(zip(SERVICES, services, strict=True)), said)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def is_answered(port: str) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as response:
        return bool(response.status == 200)


def environment_of(home: Path, **others: str) -> dict[str, str]:
    return {
        "MARKETFLOW_HOME": str(home),
        "DBT_PROFILES_DIR": str(home / "profiles"),
        "DBT_LOG_PATH": str(home / "dbt_logs"),
        **{name: str(servers.free_port()) for name in PORTS},
        **others,
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sigterm_and_ctrl_c_end_everything_but_postgresql(
    warehouse_settings: Settings, tmp_path: Path, number: int
) -> None:
    assert warehouse_settings.database_url is not None
    url = warehouse_settings.database_url.get_secret_value()
    environment = environment_of(tmp_path, MARKETFLOW_DATABASE_URL=url)
    numbers = [environment[name] for name in PORTS]
    with up(tmp_path, environment) as running:
        answered = [is_answered(port) for port in numbers]
        begin = time.monotonic()
        os.kill(running.process.pid, number)
        code = running.ends()
        seconds = time.monotonic() - begin

    assert answered == [True, True, True, True], "".join(running.said)
    assert any(re.match(r"dagster +\S", line) for line in running.said)
    assert code == 0
    assert seconds < LONGEST_END_SECONDS
    assert not any(service.is_alive for service in running.services.values())
    assert all(ports.is_free(int(port)) for port in numbers)
    database.connect(warehouse_settings, "reader").close()


def test_it_works_again_after_a_kill_of_any_one_part(tmp_path: Path, watch: servers.Watch) -> None:
    port = servers.free_port()
    settings = load_settings(None, home_dir=tmp_path, embedded_port=port)
    watch.over(settings)
    environment = environment_of(tmp_path, MARKETFLOW_POSTGRES_PORT=str(port))
    codes = {}

    for part in ("supervisor", "postgresql", *SERVICES):
        with up(tmp_path, environment) as running:
            _log.info("%s is killed now", part)
            if part == "postgresql":
                servers.kill(settings)
                running.process.terminate()
            elif part == "supervisor":
                running.process.kill()
            else:
                os.kill(running.services[part].pid, signal.SIGKILL)
            # Whatever a killed supervisor left behind holds the pipe: it is not read to its end.
            codes[part] = running.process.wait(60) if part == "supervisor" else running.ends()
            if part in SERVICES:
                assert f"{part} ended by itself (exit code -9)" in "".join(running.said)
    with up(tmp_path, environment) as running:
        answered = [is_answered(environment[name]) for name in PORTS]
        running.process.terminate()
        last = running.ends()
    servers.remove(settings)

    assert codes == dict.fromkeys(SERVICES, 1) | {"supervisor": -9, "postgresql": 0}
    assert answered == [True] * len(PORTS)
    assert last == 0
