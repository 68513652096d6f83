"""Every real vintage of GDP is in the mart, and known from its own release day."""

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.real import standin
from tests.real.conftest import Installation, install
from warehouse.settings import PROJECT_ROOT

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
        _build(installation, "+macro_as_of")
        yield installation


@pytest.fixture(scope="module")
def alfred() -> list[dict[str, str]]:
    """The rows of a real answer with every vintage, days without their time."""
    answer = json.loads(
        (standin.SHARED / "reference/macro/alfred/GDP_all_releases.json").read_text()
    )
    rows = answer["observations"] if isinstance(answer, dict) else answer
    days = ("date", "realtime_start", "realtime_end")
    return [{**row, **{name: row[name][:10] for name in days}} for row in rows]


def test_the_mart_holds_every_vintage_of_the_alfred_answer(
    macro: Installation, alfred: list[dict[str, str]]
) -> None:
    expected = {(row["date"], row["realtime_start"], _number(row["value"])) for row in alfred}

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


def test_macro_as_of_is_the_real_vintage_on_every_day_on_which_one_began(
    macro: Installation, alfred: list[dict[str, str]]
) -> None:
    began = sorted({row["realtime_start"] for row in alfred})
    asked = ", ".join(f"date '{day}'" for day in began)
    found: dict[str, dict[str, object]] = {day: {} for day in began}
    for day, quarter, value in macro.query(
        "select days.day, known.observation_date, known.value"
        f" from unnest(array[{asked}]) as days (day)"
        " cross join lateral macro_as_of(days.day) as known where known.series_id = 'GDP'"
    ):
        found[str(day)][str(quarter)] = value

    expected = {
        day: {
            row["date"]: _number(row["value"])
            for row in alfred
            if row["realtime_start"] <= day <= row["realtime_end"]
        }
        for day in began
    }
    assert len(began) > 300
    assert sum(value is not None for values in found.values() for value in values.values()) > 50_000
    assert found == expected


def test_the_day_before_a_release_does_not_know_it(macro: Installation) -> None:
    before, after = (
        macro.query(
            "select value from macro_as_of(date '"
            f"{day}') where series_id = 'GDP' and observation_date = date '2014-01-01'"
        )
        for day in ("2014-04-29", "2014-04-30")
    )

    assert before == []
    assert after == [(17149.6,)]


def test_each_quarter_was_first_published_on_its_true_day(
    macro: Installation, alfred: list[dict[str, str]]
) -> None:
    found = {
        str(quarter): str(day)
        for quarter, day in macro.query(
            "select observation_date, release_date from fct_macro_observations"
            " where series_id = 'GDP' and is_first_release"
        )
    }

    expected: dict[str, str] = {}
    for row in sorted(alfred, key=lambda row: row["realtime_start"]):
        if row["value"] != ".":
            expected.setdefault(row["date"], row["realtime_start"])
    assert len(expected) > 300
    assert {quarter: found[quarter] for quarter in expected} == expected
    # As the Bureau of Economic Analysis announced them: two after shutdowns of the government.
    announced = {
        "2008-07-01": "2008-10-30",
        "2013-07-01": "2013-11-07",
        "2018-10-01": "2019-02-28",
        "2019-10-01": "2020-01-30",
        "2020-04-01": "2020-07-30",
    }
    assert {quarter: found[quarter] for quarter in announced} == announced


def test_what_fred_had_not_published_is_null_and_no_vintage(
    macro: Installation, alfred: list[dict[str, str]]
) -> None:
    [(rows, values, numbers)] = macro.query(
        "select count(*), count(value), count(vintage_number) from fct_macro_observations"
        " where series_id = 'GDP' and value is null"
    )

    assert rows == len([row for row in alfred if row["value"] == "."]) > 200
    assert (values, numbers) == (0, 0)


def _build(installation: Installation, selection: str) -> None:
    """Build a part of the project: the other marts are built elsewhere, and tested there."""
    untested = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt = (sys.executable, "-m", "dbt.cli.main", "--quiet")
    done = subprocess.run(
        [*dbt, "build", *untested, "--select", selection],
        cwd=PROJECT_ROOT,
        env=installation.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _number(text: str) -> float | None:
    return None if text == "." else float(text)
