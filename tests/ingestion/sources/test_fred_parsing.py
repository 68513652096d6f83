"""FRED's answers as rows."""

import json
from pathlib import Path
from typing import Any

import pytest

from ingestion.errors import ShapeError
from ingestion.parsing import Parsed
from ingestion.sources.fred.parsing import parse
from tests.ingestion.landings import context, sidecar


def parsed(name: str, payload: Any, symbols: list[str], directory: Path) -> Parsed:
    body = json.dumps(payload).encode()
    return parse(name, body, sidecar("fred", name, body, symbols), context("fred", directory))


def observations(*rows: tuple[str, str, str, str]) -> dict[str, Any]:
    names = ("date", "realtime_start", "realtime_end", "value")
    return {
        "realtime_start": "2015-01-01",
        "realtime_end": "2020-01-01",
        "observation_start": "1600-01-01",
        "observation_end": "9999-12-31",
        "units": "lin",
        "output_type": 1,
        "file_type": "json",
        "order_by": "observation_date",
        "sort_order": "asc",
        "count": len(rows),
        "offset": 0,
        "limit": 100000,
        "observations": [dict(zip(names, row, strict=True)) for row in rows],
    }


def test_observations_carry_their_series_and_the_window_asked_for(tmp_path: Path) -> None:
    answer = observations(("2014-10-01", "2015-01-30", "2015-02-26", "17710.7"))

    rows = parsed("observations", answer, ["GDP"], tmp_path)

    assert rows.table.to_pylist() == [
        {
            "series_id": "GDP",
            "date": "2014-10-01",
            "realtime_start": "2015-01-30",
            "value": "17710.7",
            "realtime_end": "2015-02-26",
            "window_realtime_start": "2015-01-01",
            "window_realtime_end": "2020-01-01",
        }
    ]
    assert rows.surprises == ()


def test_a_missing_value_keeps_its_dot(tmp_path: Path) -> None:
    answer = observations(
        ("1946-01-01", "2015-01-30", "9999-12-31", "."),
        ("1947-01-01", "2015-01-30", "9999-12-31", "243.1"),
    )

    rows = parsed("observations", answer, ["GDP"], tmp_path)

    assert rows.table["value"].to_pylist() == [".", "243.1"]
    assert rows.surprises == ()


def test_a_value_that_is_no_number_leaves_its_row_out(tmp_path: Path) -> None:
    answer = observations(
        ("1946-01-01", "2015-01-30", "9999-12-31", "n.a."),
        ("1947-01-01", "2015-01-30", "9999-12-31", "243.1"),
    )

    rows = parsed("observations", answer, ["GDP"], tmp_path)

    assert rows.table["date"].to_pylist() == ["1947-01-01"]
    assert [(found.field, found.kind) for found in rows.surprises] == [("value", "bad_value")]


def test_a_series_may_have_no_notes(tmp_path: Path) -> None:
    names = [
        "title",
        "observation_start",
        "observation_end",
        "frequency",
        "frequency_short",
        "units",
        "units_short",
        "seasonal_adjustment",
        "seasonal_adjustment_short",
        "last_updated",
    ]
    series = {"id": "GDP", "realtime_start": "2024-07-03", "realtime_end": "2024-07-03"}
    answer = {"seriess": [series | dict.fromkeys(names, "x") | {"popularity": 93}]}

    rows = parsed("series", answer, ["GDP"], tmp_path)

    (row,) = rows.table.to_pylist()
    assert (row["id"], row["units"], row["notes"], row["popularity"]) == ("GDP", "x", None, "93")
    assert rows.surprises == ()


def csv_rows(text: str, directory: Path) -> Parsed:
    body = text.encode()
    made = sidecar("fred", "keyless_observations", body, ["DGS10"])
    return parse("keyless_observations", body, made, context("fred", directory))


@pytest.mark.parametrize("header", ["observation_date,DGS10", "DATE,DGS10", "\ufeffDATE,dgs10"])
def test_a_keyless_value_says_where_it_came_from(tmp_path: Path, header: str) -> None:
    rows = csv_rows(f"{header}\r\n2024-07-03,4.36\n2024-07-04,.\n2024-07-05,\n", tmp_path)

    assert rows.table.to_pylist() == [
        {"series_id": "DGS10", "date": day, "value": value, "retrieved_from": "keyless_csv"}
        for day, value in (("2024-07-03", "4.36"), ("2024-07-04", "."), ("2024-07-05", None))
    ]
    assert rows.surprises == ()


def test_a_line_of_another_length_is_left_out_and_told(tmp_path: Path) -> None:
    rows = csv_rows("DATE,DGS10\n2024-07-03,4,36\n2024-07-05,4.28\nno,1\n", tmp_path)

    assert rows.table["date"].to_pylist() == ["2024-07-05"]
    assert rows.left_out == 2


@pytest.mark.parametrize(
    "text", ["", "<html>\n", "DATE,DGS2\n2024-07-03,4.36\n", "DATE,DGS10,DGS2\n"]
)
def test_what_is_no_csv_of_the_series_is_a_shape_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(ShapeError, match="no CSV of dates and values of that series"):
        csv_rows(text, tmp_path)


def test_a_release_is_kept_with_the_series_that_it_publishes(tmp_path: Path) -> None:
    release = {"id": 18, "name": "H.15 Selected Interest Rates", "press_release": False}
    answer = {"realtime_start": "2024-07-03", "realtime_end": "2024-07-03", "releases": [release]}

    rows = parsed("series_releases", answer, ["DGS10"], tmp_path)

    assert rows.table.to_pylist() == [
        {
            "series_id": "DGS10",
            "release_id": "18",
            "name": "H.15 Selected Interest Rates",
            "press_release": "false",
            "link": None,
        }
    ]
    assert rows.surprises == ()


def test_a_date_is_a_releases_and_no_series(tmp_path: Path) -> None:
    dates = [{"release_id": 18, "date": day} for day in ("2024-07-02", "2024-07-03", "soon")]
    answer = {"count": 3, "offset": 0, "limit": 10000, "release_dates": dates}

    rows = parsed("release_dates", answer, ["DGS10"], tmp_path)

    assert rows.table.to_pylist() == [
        {"release_id": "18", "date": "2024-07-02"},
        {"release_id": "18", "date": "2024-07-03"},
    ]
    assert [(found.field, found.kind) for found in rows.surprises] == [("date", "bad_value")]


def test_a_new_field_of_the_envelope_is_told(tmp_path: Path) -> None:
    rows = parsed("observations", observations() | {"license": "x"}, ["GDP"], tmp_path)

    assert [(found.field, found.kind) for found in rows.surprises] == [("license", "unknown_key")]


@pytest.mark.parametrize("payload", [[], {"error_code": 400}, {"observations": {}}])
def test_a_body_without_its_list_is_a_shape_error(tmp_path: Path, payload: Any) -> None:
    with pytest.raises(ShapeError, match="no list `observations`"):
        parsed("observations", payload, ["GDP"], tmp_path)
