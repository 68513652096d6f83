"""`marketflow up` from its start to its end, and after an end that was none."""

import os
import re
import signal
import time
import urllib.request
from pathlib import Path

import pytest

from marketflow.supervisor import read_state
from tests.marketflow.typing_person import start
from tests.warehouse import servers
from warehouse import database
from warehouse.embedded import ports
from warehouse.settings import Settings

pytestmark = pytest.mark.timeout(300)

PORTS = (
    "MARKETFLOW_API_PORT",
    "MARKETFLOW_DAGSTER_PORT",
    "MARKETFLOW_DASHBOARD_PORT",
    "MARKETFLOW_DOCS_PORT",
)
LONGEST_END_SECONDS = 15


def is_answered(port: str) -> bool:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as response:
        return bool(response.status == 200)


@pytest.mark.soak
def test_sigterm_ends_everything_but_postgresql(
    warehouse_settings: Settings, tmp_path: Path
) -> None:
    assert warehouse_settings.database_url is not None
    numbers = {name: str(servers.free_port()) for name in PORTS}
    environment = {
        "MARKETFLOW_HOME": str(tmp_path / "home"),
        "MARKETFLOW_DATABASE_URL": warehouse_settings.database_url.get_secret_value(),
        "DBT_PROFILES_DIR": str(tmp_path / "profiles"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
        **numbers,
    }
    # As a shell starts what ends in `&`.
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
        answered = [is_answered(port) for port in numbers.values()]
        supervisor, services = read_state(tmp_path / "home" / "up.json")

        begin = time.monotonic()
        os.kill(process.pid, signal.SIGTERM)
        process.stdout.read()
        code = process.wait(timeout=60)
        seconds = time.monotonic() - begin
    finally:
        process.kill()
        process.wait()
        process.stdout.close()

    assert answered == [True, True, True, True], "".join(said)
    assert supervisor is not None
    assert len(services) == 6
    assert any(re.match(r"dagster +\S", line) for line in said)
    assert code == 0
    assert seconds < LONGEST_END_SECONDS
    assert not any(service.is_alive for service in services)
    assert all(ports.is_free(int(port)) for port in numbers.values())
    database.connect(warehouse_settings, "reader").close()
