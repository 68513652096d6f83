"""One demo for all the journeys, and the table of their steps at the end."""

import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.journeys.person import Person, new_person

PORTS = [
    "MARKETFLOW_POSTGRES_PORT",
    "MARKETFLOW_SANDBOX_PORT",
    "MARKETFLOW_DASHBOARD_PORT",
    "MARKETFLOW_DAGSTER_PORT",
    "MARKETFLOW_DOCS_PORT",
]


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(listener.getsockname()[1]) for listener in sockets]
    for listener in sockets:
        listener.close()
    return ports


@pytest.fixture(scope="session")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    """Someone who has just seen `marketflow demo` end well."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    person = new_person(tmp_path_factory.mktemp("journeys"), ports)
    person.types("demo")
    yield person
    person.types("db", "stop")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print journey, step and PASS, FAIL or not built."""
    words = {"passed": "PASS", "failed": "FAIL", "error": "FAIL", "skipped": "not built"}
    lines = []
    for outcome, word in words.items():
        for report in terminalreporter.stats.get(outcome, []):
            step = dict(getattr(report, "user_properties", [])).get("step")
            if step is not None:
                lines.append((*step, word))
    if not lines:
        return
    terminalreporter.section("journeys")
    for _, journey, name, word in sorted(lines):
        terminalreporter.write_line(f"{word:<10} {journey:<31} {name}")
    counts = Counter(word for *_, word in lines)
    terminalreporter.write_line(", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
