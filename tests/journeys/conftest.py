"""One demo for all the journeys, and the table of their steps at the end."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.journeys.person import Person, clone
from tests.warehouse import servers

PORTS = (
    "MARKETFLOW_POSTGRES_PORT",
    "MARKETFLOW_SANDBOX_PORT",
    "MARKETFLOW_DASHBOARD_PORT",
    "MARKETFLOW_DAGSTER_PORT",
    "MARKETFLOW_DOCS_PORT",
    "MARKETFLOW_API_PORT",
)
WORDS = {"passed": "PASS", "failed": "FAIL", "error": "FAIL", "skipped": "skipped"}


@pytest.fixture(scope="session")
def person(tmp_path_factory: pytest.TempPathFactory, watch: servers.Watch) -> Iterator[Person]:
    """Someone who has just seen `marketflow demo` end well."""
    ports = {name: servers.free_port() for name in PORTS}
    person = clone(tmp_path_factory.mktemp("journeys") / "a clone", ports)
    watch.over(person.settings)
    person.types("demo")
    yield person
    person.leaves()
    servers.remove(person.settings)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print journey, step and PASS, FAIL, skipped or not built."""
    steps: dict[tuple[int, str, str], str] = {}
    for outcome, word in WORDS.items():
        for report in terminalreporter.stats.get(outcome, []):
            step = dict(getattr(report, "user_properties", [])).get("step")
            if step is not None:
                is_missing = outcome == "skipped" and "not built" in str(report.longrepr)
                steps[tuple(step)] = "not built" if is_missing else word
    if not steps:
        return
    terminalreporter.section("journeys")
    for (_, journey, name), word in sorted(steps.items()):
        terminalreporter.write_line(f"{word:<10} {journey:<31} {name}")
    counts = Counter(steps.values())
    terminalreporter.write_line(", ".join(f"{n} {word}" for word, n in sorted(counts.items())))
