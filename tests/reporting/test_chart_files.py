"""Charts as files: each form of each kind, from frames whose numbers are known."""

import re
import struct
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from reporting.chart_files import KINDS, SUFFIXES, Chart, write
from warehouse.errors import MarketFlowError, UsageError

DAYS = [date(2024, 1, day) for day in (2, 3, 4)]
FRAMES = {
    "candlestick": pd.DataFrame(
        {
            "session_date": DAYS,
            "open_price": [10.0, 11.0, 12.0],
            "high_price": [11.5, 12.0, 13.0],
            "low_price": [9.5, 10.0, 11.0],
            "close_price": [11.0, 10.5, 12.0],
            "volume": [100.0, None, 300.0],
            "sma_20": [None, None, 10.5],
            "sma_50": [None, None, None],
        }
    ),
    "correlation": pd.DataFrame(
        [[1.0, -0.25], [-0.25, 1.0]], index=["AAA", "BBB"], columns=["AAA", "BBB"]
    ),
    "share": pd.DataFrame({"symbol": ["AAA", "all others"], "dominance_pct": [61.25, 38.75]}),
    "price-bars": pd.DataFrame({"symbol": ["AAA", "BBB"], "price": [43210.5, 1.7e-5]}),
    "yield-curve": pd.DataFrame(
        {
            "tenor": ["3m", "10y"] * 2,
            "tenor_months": [3, 120] * 2,
            "observation_date": [DAYS[0]] * 2 + [DAYS[1]] * 2,
            "yield_pct": [5.0, 4.0, 5.1, 3.9],
        }
    ),
}
TEXTS = {
    "candlestick": ["2024-01-02", "SMA 20", "Volume"],
    "correlation": ["AAA", "-0.25", "1.00"],
    "share": ["61.2 %", "38.8 %", "all others"],
    "price-bars": ["43,210.5", "1.7e-05"],
    "yield-curve": ["3m", "10y", "2024-01-02", "2024-01-03"],
}


def chart(kind: str, *, is_synthetic: bool = False) -> Chart:
    return Chart(kind, FRAMES[kind], f"AAA, {kind}, 2024", "Unit", is_synthetic)


@pytest.mark.parametrize("kind", KINDS)
def test_a_png_has_its_size_and_is_not_blank(tmp_path: Path, kind: str) -> None:
    write(chart(kind), tmp_path / "x.png")

    data = (tmp_path / "x.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (1200, 720)
    assert len(data) > 10_000


@pytest.mark.parametrize("kind", KINDS)
def test_an_svg_tells_its_numbers_as_text(tmp_path: Path, kind: str) -> None:
    write(chart(kind, is_synthetic=True), tmp_path / "x.svg")

    text = (tmp_path / "x.svg").read_text(encoding="utf-8").replace("\N{MINUS SIGN}", "-")
    shown = re.findall(r">([^<]+)</text>", text)
    assert [one for one in TEXTS[kind] if one not in shown] == []
    assert f"AAA, {kind}, 2024" in shown
    assert "Invented data of the sandbox" in shown


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_holds_all_that_it_needs(tmp_path: Path, kind: str) -> None:
    write(chart(kind, is_synthetic=True), tmp_path / "x.html")

    text = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text) == []
    assert "invented data of the sandbox" in text


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_chart_is_the_same_file(tmp_path: Path, suffix: str) -> None:
    for name in ("a", "b"):
        write(chart("yield-curve"), tmp_path / f"{name}{suffix}")

    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_a_name_without_a_form_and_a_place_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(UsageError, match="says no form"):
        write(chart("share"), tmp_path / "x.gif")
    with pytest.raises(MarketFlowError, match="cannot be written"):
        write(chart("share"), tmp_path / "file/x.png")
