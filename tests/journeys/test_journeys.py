"""Each step of each journey, on one demo. `make acceptance` runs this file alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.journeys import STEPS, Step
from tests.journeys.person import Person
from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.timeout(900)


def steps() -> list[Any]:
    """The steps with their numbers, for pytest."""
    return [
        pytest.param(number, step, id=step.name, marks=[pytest.mark.soak] * step.is_long)
        for number, step in enumerate(STEPS)
    ]


@pytest.mark.parametrize(("number", "step"), steps())
def test_step(
    number: int,
    step: Step,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, Any], None],
) -> None:
    record_property("step", [number, step.journey, step.name])
    if step.check is None:
        pytest.skip("not built")

    person: Person = request.getfixturevalue("person")

    step.check(person)


@pytest.mark.parametrize("paper", ["README.md", "docs/guide.md", "docs/connect/queries.md"])
def test_every_query_that_a_paper_shows_returns_rows(person: Person, paper: str) -> None:
    text = (PROJECT_ROOT / paper).read_text(encoding="utf-8")
    queries = [
        query
        for block in re.findall(r"^```sql\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        for query in block.split(";")
        if query.strip()
    ]

    assert queries
    assert [query for query in queries if not person.selects(query)] == []
