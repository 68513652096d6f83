"""CSV files: cells that are no formulas, lines that are no good, parts of a large one."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingestion import csv_splitting
from ingestion.csv_bodies import (
    columns_of,
    final_column,
    read_ranges,
    read_table,
    stamp_column,
    write_ranges,
)
from ingestion.csv_cells import guard, unguard
from ingestion.csv_checks import Checked, Checker
from ingestion.csv_splitting import parts
from ingestion.errors import CsvError
from ingestion.resources import resource, resources
from ingestion.shapes import Resource
from tests.ingestion.landings import NOW, context

EOD_HEADER = "symbol,date,price_basis,open,high,low,close,volume"
GOOD = "AAPL,2024-07-02,as_traded,216.15,220.38,215.10,220.27,58046200"


@given(st.text())
@example("=1+1")
@example("''-x")
@example("'-5")
def test_a_cell_is_read_as_what_was_written(text: str) -> None:
    assert unguard(guard(text)) == text


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1 408 996", "-x", "@SUM(A1)", "\tx", "--"]
)
def test_no_cell_begins_as_a_formula(text: str) -> None:
    assert guard(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-37.63", "+5", "-1e-12", "AAPL", "", "it's", "^GSPC"])
def test_numbers_and_plain_texts_stay_as_they_are(text: str) -> None:
    assert guard(text) == text


def test_the_header_is_that_of_the_raw_table_without_the_lineage() -> None:
    assert ",".join(columns_of(resource("fmp", "eod_prices"))) == f"{EOD_HEADER},is_final"


@pytest.mark.parametrize("declared", resources(), ids=lambda one: one.table)
def test_every_raw_table_can_be_read_from_its_own_header(declared: Resource) -> None:
    table = read_table(declared, ",".join(columns_of(declared)).encode(), "mine.csv")

    assert table.lines == []
    assert final_column(declared) is None or stamp_column(declared) is not None


@pytest.mark.parametrize("numbers", [[], [2], [2, 3, 4, 9], [1, 3, 5, 6]])
def test_ranges_of_lines_come_back(numbers: list[int]) -> None:
    assert read_ranges(write_ranges(numbers)) == set(numbers)


def check(
    directory: Path,
    text: str | bytes,
    source: str = "fmp",
    name: str = "eod_prices",
    now: datetime = NOW,
) -> Checked:
    declared = resource(source, name)
    body = text if isinstance(text, bytes) else text.encode()
    checker = Checker(
        declared,
        now,
        context(source, directory),
        spellings={"BRK.B": "BRK-B"},
        is_of_universe=True,
    )
    return checker.check(read_table(declared, body, "mine.csv"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (GOOD.replace("220.27", "abc"), "close is 'abc', which is not a number"),
        (GOOD.replace("220.27", "NaN"), "close is 'NaN', which is not a number"),
        (GOOD.replace("220.27", "1e999"), "close is '1e999', which is not a number"),
        (GOOD.replace("220.27", '"1,5"'), "close is '1,5', which is not a number"),
        (GOOD.replace("220.27", "٣"), "close is '٣', which is not a number"),
        (GOOD.replace("AAPL", ""), "symbol is empty"),
        (GOOD.replace("2024-07-02", ""), "date is empty"),
        (GOOD.replace("2024-07-02", "7/2/2024"), "date is '7/2/2024', which is not a date like"),
        (GOOD.replace("2024-07-02", "2024-02-30"), "which is not a date like 2024-07-03"),
        (
            GOOD.replace("2024-07-02", "2024-07-09"),
            "date is '2024-07-09', which lies in the future",
        ),
        (GOOD.replace("2024-07-02", "0024-07-02"), "which is no time of ours"),
        (GOOD.replace("AAPL", "AAPLE"), "symbol is 'AAPLE', which is not in the universe"),
        (GOOD.replace("AAPL", "BRK.B"), "not in the universe; fmp calls it BRK-B"),
        (GOOD.replace("AAPL", "=cmd|x"), "symbol is '=cmd|x', which is not in the universe"),
        (
            GOOD.replace("as_traded", "as\x00traded"),
            "price_basis is 'astraded', which is not text without",
        ),
        (GOOD + ",1", "9 values for 8 columns"),
        ("AAPL", "1 values for 8 columns"),
        (
            GOOD.replace("220.27", "1") + "\n" + GOOD,
            "line 4 says something else of the same symbol, date, price_basis, and the last",
        ),
    ],
)
def test_a_line_that_is_no_good_is_rejected_with_its_reason(
    tmp_path: Path, line: str, reason: str
) -> None:
    other = GOOD.replace("2024-07-02", "2024-07-01")

    checked = check(tmp_path, f"{EOD_HEADER}\n{other}\n{line}\n")

    assert list(checked.rejects) == [3]
    assert reason in checked.rejects[3]
    assert checked.good == 1 + line.count("\n")
    assert checked.symbols == ("AAPL",)


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeff{EOD_HEADER}\r\n{GOOD}\r\n",
        f"{EOD_HEADER}\n\n{GOOD}\n,,,,,,,\n{GOOD}",
        f"{EOD_HEADER}\n" + ",".join(f'"{cell}"' for cell in GOOD.split(",")),
        "date,symbol,price_basis,open,high,low,close,volume\n2024-07-02,AAPL,x, 1 ,2,.5,1.,\n",
        f"rejected_line,rejected_reason,{EOD_HEADER}\n7,whatever,{GOOD}\n",
        f"{EOD_HEADER},is_final\n{GOOD},FALSE\n",
    ],
    ids=[
        "bom and crlf",
        "blank and equal lines",
        "quotes",
        "another order",
        "mended rejects",
        "final",
    ],
)
def test_a_file_may_look_in_many_ways(tmp_path: Path, text: str) -> None:
    checked = check(tmp_path, text)

    assert checked.rejects == {}
    assert checked.good >= 1


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "mine.csv, line 1: the column symbol is missing: the header of fmp.eod_prices is sym"),
        (EOD_HEADER.replace(",volume", ""), "the column volume is missing"),
        (f"{EOD_HEADER},vwap", "the column 'vwap' is unknown"),
        (f"{EOD_HEADER},date", "a column stands there twice"),
        (EOD_HEADER.replace(",", ";"), "its columns are separated by semicolons, not by commas"),
        (f'{EOD_HEADER}\n"AAPL,2024', "line 2: it is no proper CSV .*: is a quote left open"),
        (b"\xff\xfes\x00y\x00", r"mine.csv is no UTF-8 text \(byte 0\): save it as CSV in UTF-8"),
        (f"{EOD_HEADER}\n".encode() + b"\xe9,", "is no UTF-8 text"),
    ],
)
def test_a_file_that_is_none_of_ours_is_one_clear_line(
    tmp_path: Path, text: str | bytes, sentence: str
) -> None:
    with pytest.raises(CsvError, match=sentence) as caught:
        check(tmp_path, text)

    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("stamp", "is_good"),
    [("1719964800000", True), ("1719964800", False), ("1820000000000", False), ("-1", False)],
)
def test_seconds_are_not_taken_for_milliseconds(tmp_path: Path, stamp: str, is_good: bool) -> None:
    header = ",".join(columns_of(resource("coingecko", "market_chart")))
    line = f"bitcoin,usd,daily,{stamp},62000.5,1.2e12,"

    checked = check(tmp_path, f"{header}\n{line}\n", "coingecko", "market_chart")

    assert checked.good == is_good


def test_whether_a_bar_is_final_is_true_or_false(tmp_path: Path) -> None:
    checked = check(tmp_path, f"{EOD_HEADER},is_final\n{GOOD},maybe\n")

    assert checked.rejects == {2: "is_final is 'maybe', which is not true or false"}


def test_a_dividend_may_lie_in_the_future(tmp_path: Path) -> None:
    header = ",".join(columns_of(resource("fmp", "dividends")))

    checked = check(tmp_path, f"{header}\nAAPL,2024-08-12,,,,0.25,0.25,0.5,\n", "fmp", "dividends")

    assert (checked.rejects, checked.good) == ({}, 1)


def test_a_large_file_comes_in_parts_with_the_lines_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_splitting, "PART_BYTES", 40)
    path = tmp_path / "large.csv"
    rows = [
        [f"name {n}", 'a "quoted"\nvalue, of two lines' if n % 3 == 0 else "x"] for n in range(20)
    ]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["name", "note"], *rows])
    text = path.read_text().replace("\r\n", "\n").split("\n")

    found = list(parts(path))

    assert len(found) > 5
    read = []
    for part in found:
        reader = csv.reader(io.StringIO(part.body.decode(), newline=""))
        assert next(reader) == ["name", "note"]
        began = reader.line_num + 1
        for cells in reader:
            assert text[part.line_in_file(began) - 1].startswith(f"{cells[0]},")
            read.append(cells)
            began = reader.line_num + 1
    assert [[name, note.replace("\r\n", "\n")] for name, note in read] == rows


def test_a_small_file_is_one_part_to_the_byte(tmp_path: Path) -> None:
    path = tmp_path / "small.csv"
    path.write_bytes(b"\xef\xbb\xbfa,b\r\n1,2")

    assert [part.body for part in parts(path)] == [b"\xef\xbb\xbfa,b\r\n1,2"]


def test_a_quote_that_is_left_open_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "open.csv"
    path.write_text('a,b\n1,"2\n' + "3,4\n" * 400_000)

    with pytest.raises(
        CsvError, match=r"open.csv, line 2: the row is longer than .*quote left open"
    ):
        list(parts(path))


def test_the_clock_of_these_tests_is_that_of_the_landing() -> None:
    assert datetime(2024, 7, 3, 21, 30, tzinfo=UTC) == NOW
