"""FRED's wire format: facts of PROVIDERS, on the sandbox's numbers."""

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from ingestion.sandbox.macro import SeriesFacts
from ingestion.sandbox.macro import _facts as series_facts
from tests.ingestion.sandbox.conftest import Client

NOW = "2025-12-01T12:00:00Z"
ALL = {"realtime_start": "1776-07-04", "realtime_end": "9999-12-31"}
SERIES: dict[str, SeriesFacts] = {facts.id: facts for facts in series_facts()}
REVISED = sorted(one.id for one in SERIES.values() if one.shape != "computed")


def fred(client: Client, path: str, now: str = NOW, **params: Any) -> Any:
    return client.json("fred", path, now, file_type="json", **params)


def observations(
    client: Client, series_id: str, now: str = NOW, **params: Any
) -> list[dict[str, str]]:
    body = fred(client, "series/observations", now, series_id=series_id, **params)
    rows: list[dict[str, str]] = body["observations"]
    assert rows
    return rows


def test_a_series_is_called_seriess(client: Client) -> None:
    body = fred(client, "series", series_id="GDP")

    assert list(body) == ["realtime_start", "realtime_end", "seriess"]
    (facts,) = body["seriess"]
    assert facts["frequency_short"] == "Q"
    assert isinstance(facts["popularity"], int)
    assert facts["observation_start"] == "2010-01-01"
    assert facts["observation_end"] == "2025-07-01"
    assert facts["last_updated"][-3:] == "-06"  # Chicago in winter, two digits
    assert body["realtime_start"] == facts["last_updated"][:10]


def test_observations_are_strings_oldest_first_as_of_the_last_update(client: Client) -> None:
    body = fred(client, "series/observations", series_id="GDP")

    assert body["count"] == len(body["observations"]) == 63  # quarters since 2010
    assert (body["offset"], body["limit"], body["units"]) == (0, 100000, "lin")
    assert body["observations"][0]["date"] == "2010-01-01"
    for row in body["observations"]:
        assert list(row) == ["realtime_start", "realtime_end", "date", "value"]
        assert row["realtime_start"] == row["realtime_end"] == body["realtime_start"]
        assert isinstance(row["value"], str)


@pytest.mark.parametrize("series_id", REVISED)
def test_vintages_are_contiguous_and_one_is_open(client: Client, series_id: str) -> None:
    by_date = defaultdict(list)
    for row in observations(client, series_id, **ALL):
        by_date[row["date"]].append(row)

    assert list(by_date) == sorted(by_date)
    assert any(len(rows) > 1 for rows in by_date.values())
    for rows in by_date.values():
        for earlier, later in pairwise(rows):
            day_after = date.fromisoformat(earlier["realtime_end"]) + timedelta(days=1)
            assert day_after.isoformat() == later["realtime_start"]
            assert earlier["value"] != later["value"]
        assert rows[-1]["realtime_end"] == "9999-12-31"
        assert rows[0]["realtime_start"] > rows[0]["date"]


def test_gdp_is_published_a_month_late_and_revised_twice_within_a_quarter(client: Client) -> None:
    rows = [row for row in observations(client, "GDP", **ALL) if row["date"] == "2025-04-01"]
    # 29, 59 and 89 days after 30 June.
    assert [row["realtime_start"] for row in rows] == ["2025-07-29", "2025-08-28", "2025-09-29"]


def test_employment_is_revised_on_the_days_of_later_reports(client: Client) -> None:
    firsts = {}
    for row in observations(client, "PAYEMS", **ALL):
        firsts.setdefault(row["date"], row["realtime_start"])
    days = set(firsts.values())
    for row in observations(client, "PAYEMS", **ALL):
        assert row["realtime_start"] in days
    assert firsts["2025-09-01"] == "2025-10-03"  # the first Friday of October


def test_a_release_is_unknown_until_its_minute(client: Client) -> None:
    def last_quarter(now: str) -> str:
        return observations(client, "GDP", now)[-1]["date"]

    # 07:31 in Chicago, in summer.
    assert last_quarter("2025-07-29T12:30:00Z") == "2025-01-01"
    assert last_quarter("2025-07-29T12:31:00Z") == "2025-04-01"


def test_intervals_are_cut_to_the_window(client: Client) -> None:
    window = {"realtime_start": "2025-08-01", "realtime_end": "2025-09-01"}
    rows = [row for row in observations(client, "GDP", **window) if row["date"] == "2025-04-01"]
    assert [(row["realtime_start"], row["realtime_end"]) for row in rows] == [
        ("2025-08-01", "2025-08-27"),
        ("2025-08-28", "2025-09-01"),
    ]


def test_holidays_of_daily_series_are_points(client: Client) -> None:
    window = {"observation_start": "2025-11-07", "observation_end": "2025-11-13"}
    values = {row["date"]: row["value"] for row in observations(client, "DGS10", **window)}

    assert list(values) == ["2025-11-07", "2025-11-10", "2025-11-11", "2025-11-12", "2025-11-13"]
    assert values["2025-11-11"] == "."
    assert all(float(value) > 0 for day, value in values.items() if day != "2025-11-11")
    funds = observations(client, "DFF", **window)
    assert len(funds) == 7  # every day of the week
    assert "." not in {row["value"] for row in funds}


def test_yields_agree_with_fmp_and_lag_a_day(client: Client) -> None:
    now = "2025-11-26T12:00:00Z"
    window = {"from_": "2025-11-03", "to": "2025-11-26"}
    curve = {
        row["date"]: row["year10"] for row in client.json("fmp", "treasury-rates", now, **window)
    }
    yields = {
        row["date"]: row["value"]
        for row in observations(client, "DGS10", now, observation_start="2025-11-03")
    }

    assert max(curve) == "2025-11-25"
    assert max(yields) == "2025-11-24"
    for day, value in yields.items():
        assert (value == ".") == (day not in curve)
        if value != ".":
            assert float(value) == curve[day]


def test_more_than_2000_vintages_are_refused_and_chunks_cover_them(client: Client) -> None:
    refused = client.get(
        "fred", "series/observations", NOW, file_type="json", series_id="DGS2", **ALL
    )
    vintages = fred(client, "series/vintagedates", series_id="DGS2")

    assert refused.status_code == 400
    assert "exceeds the maximum number of vintage dates" in refused.json()["error_message"]
    assert vintages["count"] == len(vintages["vintage_dates"]) > 2000
    middle = vintages["vintage_dates"][1999]
    after = vintages["vintage_dates"][2000]
    first = observations(client, "DGS2", realtime_start="1776-07-04", realtime_end=middle)
    second = observations(client, "DGS2", realtime_start=after, realtime_end="9999-12-31")
    assert {row["realtime_end"] for row in first} == {middle}
    assert min(row["realtime_start"] for row in second) == after
    both = {row["date"]: row["value"] for row in first} | {
        row["date"]: row["value"] for row in second
    }
    latest = {row["date"]: row["value"] for row in observations(client, "DGS2")}
    assert both == latest


def test_output_type_4_is_the_first_release_alone(client: Client) -> None:
    rows = observations(client, "GDP", output_type=4, **ALL)
    everything = observations(client, "GDP", **ALL)
    firsts = {row["date"]: row for row in reversed(everything)}
    assert rows == [firsts[day] for day in sorted(firsts)]


def test_pages_fit_together(client: Client) -> None:
    whole = observations(client, "CPIAUCSL", **ALL)
    pages = [
        row
        for offset in range(0, len(whole), 100)
        for row in observations(client, "CPIAUCSL", limit=100, offset=offset, **ALL)
    ]
    assert pages == whole


def test_releases_have_dates(client: Client) -> None:
    body = fred(client, "series/release", series_id="GDP")
    assert body["releases"][0]["id"] == 53
    assert (
        r"https:\/\/www.bea.gov"
        in client.get("fred", "series/release", NOW, file_type="json", series_id="GDP").text
    )
    dates = fred(client, "release/dates", release_id=53)["release_dates"]
    assert {"release_id": 53, "date": "2025-07-29"} in dates


def test_the_website_gives_the_latest_values_away(client: Client) -> None:
    latest = observations(client, "DGS10", observation_start="2025-11-01")

    text = client.get("fred", "graph/fredgraph.csv", NOW, id="DGS10", cosd="2025-11-01").text

    header, *lines = text.splitlines()
    assert text.endswith("\n")
    assert header == "observation_date,DGS10"
    assert len(lines) > 15
    assert "2025-11-11," in lines  # Veterans Day: no value
    assert lines == [f"{row['date']},{row['value'].removesuffix('.')}" for row in latest]


def test_the_website_answers_an_unknown_series_with_a_page(client: Client) -> None:
    answer = client.get("fred", "graph/fredgraph.csv", NOW, id="NOPE")

    assert answer.status_code == 404
    assert answer.text.startswith("<!DOCTYPE html>")


def test_days_of_release_that_lie_ahead_are_told_to_who_asks(client: Client) -> None:
    known = fred(client, "release/dates", release_id=53)["release_dates"]
    announced = fred(
        client, "release/dates", release_id=53, include_release_dates_with_no_data="true"
    )["release_dates"]

    assert max(row["date"] for row in known) < NOW[:10]
    assert announced[: len(known)] == known
    assert len(announced) > len(known)
    assert all(row["date"] > NOW[:10] for row in announced[len(known) :])


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"series_id": "NOPE", "file_type": "json"}, "Bad Request.  The series does not exist."),
        ({"file_type": "json"}, "Variable series_id is not set."),
        ({"series_id": "GDP"}, "send file_type=json"),
        ({"series_id": "GDP", "file_type": "json", "api_key": "bad"}, "is not registered."),
        ({"series_id": "GDP", "file_type": "json", "limit": "0"}, "variable limit"),
        ({"series_id": "GDP", "file_type": "json", "realtime_start": "x"}, "realtime_start"),
    ],
)
def test_errors_are_real_400s(client: Client, params: dict[str, str], words: str) -> None:
    answer = client.get("fred", "series/observations", NOW, **params)
    assert answer.status_code == 400
    assert answer.json()["error_code"] == 400
    assert words in answer.json()["error_message"]


def test_there_are_the_series_of_the_universe(client: Client) -> None:
    assert len(SERIES) == 31
    for series_id in SERIES:
        assert observations(client, series_id, sort_order="desc", limit=1)
