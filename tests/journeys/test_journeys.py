"""Each step of each journey, on one demo. `make acceptance` runs this file alone."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.journeys import STEPS, Step
from tests.journeys.person import Person

pytestmark = [pytest.mark.xdist_group("journeys"), pytest.mark.timeout(900)]


@pytest.mark.parametrize(("number", "step"), list(enumerate(STEPS)), ids=[s.name for s in STEPS])
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
