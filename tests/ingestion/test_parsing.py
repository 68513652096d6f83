"""What is common to all parsers: exact text, surprises, rows that cannot be kept."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion.errors import ShapeError
from ingestion.parsing import (
    Parsed,
    Surprise,
    read_json,
    tabulate,
)
from ingestion.resources import resource, resources
from ingestion.values import as_text
from tests.ingestion.landings import context, sidecar

SPLITS = resource("fmp", "splits")
SIDECAR = sidecar("fmp", "splits", b"", ["AAPL"])
LITERALS = st.from_regex(
    r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?", fullmatch=True
)


def splits(text: str) -> Parsed:
    """Parse rows of splits from JSON text."""
    rows = read_json(text.encode(), SIDECAR)
    return tabulate(SPLITS, rows, given={"symbol": "AAPL"})


def one(**changes: Any) -> str:
    """Return a body of one proper row with changes; None leaves a field out."""
    row = {"date": "2020-08-31", "numerator": 4, "denominator": 1} | changes
    return json.dumps([{name: value for name, value in row.items() if value is not None}])


def column(parsed: Parsed, name: str) -> list[str | None]:
    values: list[str | None] = parsed.table[name].to_pylist()
    return values


def test_a_proper_row_surprises_nobody() -> None:
    parsed = splits(one())

    assert column(parsed, "numerator") == ["4"]
    assert (parsed.surprises, parsed.left_out) == ((), 0)


@pytest.mark.parametrize(
    "literal", ["4", "4.0", "0.10", "1e-12", "1E+2", "-0.0", "123456789012345678901234567890.5"]
)
def test_a_number_keeps_its_literal(literal: str) -> None:
    body = f'[{{"date":"2020-08-31","numerator":{literal},"denominator":1}}]'

    assert column(splits(body), "numerator") == [literal]


@given(st.lists(LITERALS, min_size=1, max_size=4), st.sampled_from([",", ", ", "\n ,"]))
@example(["0.1", "1.10"], ",")
@example(["18446744073709551616"], ",")
@example(["-0"], ", ")
def test_numbers_keep_their_literals_beside_any_others(literals: list[str], comma: str) -> None:
    values = read_json(f"[{comma.join(literals)}]".encode(), SIDECAR)

    assert [as_text(value) for value in values] == literals


@pytest.mark.parametrize("literals", [["4", "null", "0.5"], ["4", "null", "0.50"]])
def test_a_column_of_numbers_keeps_literals_and_gaps(literals: list[str]) -> None:
    rows = [
        f'{{"date":"2020-08-0{day}","numerator":{literal},"denominator":{literal}}}'
        for day, literal in enumerate(literals, 1)
    ]

    parsed = splits(f"[{','.join(rows)}]")

    expected = [None if literal == "null" else literal for literal in literals]
    assert column(parsed, "numerator") == expected
    assert column(parsed, "denominator") == expected


def test_an_unknown_key_is_told_and_the_row_kept() -> None:
    parsed = splits(one(ratio={"a": [1.50, None]}))

    assert column(parsed, "numerator") == ["4"]
    assert parsed.surprises == (Surprise("ratio", "unknown_key", '{"a":[1.5,null]}', 1),)


def test_a_missing_key_is_told_and_the_row_kept() -> None:
    parsed = splits(one(denominator=None))

    assert column(parsed, "denominator") == [None]
    assert parsed.surprises == (Surprise("denominator", "missing_key", "", 1),)


def test_an_optional_key_may_be_missing() -> None:
    assert splits(one()).surprises == ()
    assert column(splits(one()), "split_type") == [None]


def test_a_number_become_text_is_told_and_kept() -> None:
    parsed = splits(one(numerator="4.5"))

    assert column(parsed, "numerator") == ["4.5"]
    assert parsed.surprises == (Surprise("numerator", "wrong_type", "4.5", 1),)


@pytest.mark.parametrize("value", ["n/a", "1,000", "4 for 1", "1e999", True, {"a": 1}, [1]])
def test_a_row_whose_required_number_cannot_be_read_is_left_out(value: Any) -> None:
    rows = [*json.loads(one(numerator=value)), *json.loads(one(date="2014-06-09"))]

    parsed = splits(json.dumps(rows))

    assert column(parsed, "date") == ["2014-06-09"]
    assert parsed.left_out == 1
    assert [(found.field, found.kind) for found in parsed.surprises] == [("numerator", "bad_value")]


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity"])
def test_a_literal_that_is_no_number_leaves_its_row_out(literal: str) -> None:
    parsed = splits(
        f'[{{"date":"2020-08-31","numerator":{literal},"denominator":1}},'
        '{"date":"2014-06-09","numerator":7,"denominator":1}]'
    )

    assert column(parsed, "numerator") == ["7"]
    assert parsed.surprises == (Surprise("numerator", "bad_value", literal, 1),)


def test_a_number_that_is_not_required_and_cannot_be_read_becomes_null() -> None:
    treasury = resource("fmp", "treasury_rates")
    rows = read_json(b'[{"date":"2024-07-02","month1":NaN,"year10":4.43}]', SIDECAR)

    parsed = tabulate(treasury, rows, given={})

    assert column(parsed, "month1") == [None]
    assert column(parsed, "year10") == ["4.43"]
    assert Surprise("month1", "bad_value", "NaN", 1) in parsed.surprises


@pytest.mark.parametrize(
    "day", ["2020-13-45", "2020-W36-1", "31.08.2020", "2020-08-31 00:00:00", "", 20200831]
)
def test_a_row_whose_key_cannot_be_read_is_left_out(day: Any) -> None:
    parsed = splits(one(date=day))

    assert (parsed.table.num_rows, parsed.left_out) == (0, 1)
    assert [(found.field, found.kind) for found in parsed.surprises] == [("date", "bad_value")]


def test_a_row_without_its_key_is_left_out() -> None:
    parsed = splits('[{"numerator":4,"denominator":1}]')

    assert (parsed.table.num_rows, parsed.left_out) == (0, 1)
    assert [(found.field, found.kind) for found in parsed.surprises] == [("date", "missing_key")]


def test_a_row_whose_key_is_null_is_left_out() -> None:
    parsed = splits('[{"date":null,"numerator":4,"denominator":1}]')

    assert (parsed.table.num_rows, parsed.left_out) == (0, 1)
    assert [(found.field, found.kind) for found in parsed.surprises] == [("date", "bad_value")]


def test_what_is_no_object_is_left_out_and_told() -> None:
    parsed = splits('["odd", 1.50, {"date":"2020-08-31","numerator":4,"denominator":1}, null]')

    assert column(parsed, "numerator") == ["4"]
    assert parsed.left_out == 3
    assert parsed.surprises == (Surprise("(row)", "bad_value", "odd", 3),)


def test_nul_characters_are_taken_out_and_told() -> None:
    parsed = splits(one(splitType="for\x00ward"))

    assert column(parsed, "split_type") == ["forward"]
    assert [(found.field, found.kind) for found in parsed.surprises] == [("splitType", "bad_value")]


def test_half_a_surrogate_pair_does_not_stop_the_row() -> None:
    parsed = splits('[{"date":"2020-08-31","numerator":4,"denominator":1,"splitType":"\\ud83d"}]')

    assert column(parsed, "split_type") == ["?"]


def test_a_nested_value_in_a_text_column_is_kept_as_json() -> None:
    parsed = splits(one(splitType={"kind": "forward", "n": 1}))

    assert column(parsed, "split_type") == ['{"kind":"forward","n":1}']
    assert [found.kind for found in parsed.surprises] == ["wrong_type"]


def test_the_last_of_rows_with_one_key_is_kept() -> None:
    rows = [*json.loads(one(numerator=4)), *json.loads(one(numerator=5))]

    parsed = splits(json.dumps(rows))

    assert column(parsed, "numerator") == ["5"]
    assert parsed.surprises == (Surprise("(key)", "bad_value", "2020-08-31", 1),)


def test_equal_rows_with_one_key_are_one_row() -> None:
    parsed = splits(json.dumps(json.loads(one()) * 3))

    assert (parsed.table.num_rows, parsed.surprises, parsed.left_out) == (1, (), 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>maintenance</html>", b'[{"date":"2020', b"\xff\xfe\xfa", b"[" * 100_000],
    ids=["nothing", "HTML", "truncated", "garbage", "too deep"],
)
def test_a_body_that_is_no_json_is_a_shape_error(body: bytes) -> None:
    with pytest.raises(ShapeError, match="fmp splits AAPL: the body is no JSON"):
        read_json(body, SIDECAR)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_does_not_matter(encoding: str) -> None:
    assert read_json('["é"]'.encode(encoding), SIDECAR) == ["é"]


def test_json_text_keeps_numbers() -> None:
    value = read_json(b'{"a":[1.50,true,null,"x"],"b":NaN}', SIDECAR)

    assert as_text(value) == '{"a":[1.50,true,null,"x"],"b":NaN}'


def test_an_unknown_symbol_is_never_called_final_too_early(tmp_path: Path) -> None:
    cautious = context("fmp", tmp_path)

    assert cautious.calendar("GONE") == "24/7"
    assert cautious.calendar("AAPL") == "XNYS"


def test_there_are_these_resources() -> None:
    assert [f"{found.source}.{found.name}" for found in resources()] == [
        "coingecko.coin_markets",
        "coingecko.market_chart",
        "coingecko.ohlc",
        "coingecko.coins",
        "coingecko.global",
        "fmp.eod_prices",
        "fmp.quotes",
        "fmp.intraday_prices",
        "fmp.profiles",
        "fmp.splits",
        "fmp.dividends",
        "fmp.treasury_rates",
        "fmp.sp500_constituents",
        "fmp.sp500_constituent_changes",
        "fred.series",
        "fred.observations",
        "fred.series_releases",
        "fred.release_dates",
        "fred.keyless_observations",
        "twelve_data.time_series_daily",
        "twelve_data.time_series_intraday",
        "twelve_data.quotes",
        "twelve_data.instruments",
    ]


def test_every_resource_has_a_key_and_values() -> None:
    for found in resources():
        assert found.natural_key, found
        # Of a release there is nothing to know but its day.
        assert found.value_columns or found.name == "release_dates", found
        assert len(set(found.column_names)) == len(found.columns), found
