"""Every real vintage of GDP is in the mart, and known from its own release day."""

import json
from collections.abc import Iterator

import pytest

from tests.real import standin
from tests.real.conftest import Installation, install

NOW = "2026-01-05T15:00:00Z"


@pytest.fixture(scope="module")
def macro(tmp_path_factory: pytest.TempPathFactory, new_database) -> Iterator[Installation]:  # type: ignore[no-untyped-def]
    home = tmp_path_factory.mktemp("gdp")
    with standin.running(NOW) as provider:
        universe = standin.write_universe(home / "universe.csv", ["GDP"], kinds=())
        installation = install(
            home,
            new_database("real_gdp"),
            provider.environment | {"MARKETFLOW_NOW": NOW, "MARKETFLOW_UNIVERSE": str(universe)},
        )
        installation.run("db", "setup")
        installation.run("ingest", "fred")
        installation.run("transform")
        yield installation


def test_the_mart_holds_every_vintage_of_the_alfred_answer(macro: Installation) -> None:
    answer = json.loads(
        (standin.SHARED / "reference/macro/alfred/GDP_all_releases.json").read_text()
    )
    rows = answer["observations"] if isinstance(answer, dict) else answer
    expected = {
        (row["date"][:10], row["realtime_start"][:10], _number(row["value"])) for row in rows
    }

    found = {
        (str(day), str(known), value)
        for day, known, value in macro.query(
            "select observation_date, (known_from at time zone 'America/Chicago')::date, value"
            " from marts.fct_macro_observations where series_id = 'GDP'"
        )
    }

    assert len(expected) > 3_000
    assert expected - found == set()
    later = {row for row in found - expected if row[1] <= max(known for _, known, _ in expected)}
    assert later == set()


def test_the_release_day_begins_at_midnight_in_chicago(macro: Installation) -> None:
    ((known_from,),) = macro.query(
        "select min(known_from) from marts.fct_macro_observations"
        " where series_id = 'GDP' and observation_date = date '2014-01-01'"
    )

    assert known_from.isoformat() == "2014-04-30T05:00:00+00:00"  # type: ignore[attr-defined]


def _number(text: str) -> float | None:
    return None if text == "." else float(text)
