from pathlib import Path

import pytest

from ingestion.errors import UniverseError
from ingestion.universe import COLUMNS, choose, read_universe
from warehouse.errors import UsageError
from warehouse.settings import PROJECT_ROOT

HEADER = ",".join((*COLUMNS, "former_symbols"))


def write(path: Path, *lines: str, header: str = HEADER) -> Path:
    file = path / "universe.csv"
    file.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return file


def test_a_row_holds_what_each_provider_calls_the_instrument(tmp_path: Path) -> None:
    file = write(
        tmp_path, 'META,"Meta, Inc.",equity,XNYS,USD,META,META,,,FB', "GDP,GDP,macro,,,,,,GDP,"
    )

    meta, gdp = read_universe(file)

    assert (meta.symbol, meta.name, meta.calendar) == ("META", "Meta, Inc.", "XNYS")
    assert (meta.fmp_symbol, meta.coingecko_id) == ("META", None)
    assert meta.former_symbols == ("FB",)
    assert (gdp.asset_class, gdp.calendar, gdp.fred_series_id) == ("macro", None, "GDP")


def test_the_last_column_may_be_absent(tmp_path: Path) -> None:
    file = write(tmp_path, "SPY,SPDR,etf,XNYS,USD,SPY,SPY,,", header=",".join(COLUMNS))

    assert read_universe(file)[0].former_symbols == ()


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("AA/../BB C,x,equity,XNYS,USD,,,,,", "line 2, column symbol: it is 'AA/../BB C'"),
        ("'; DROP,x,equity,XNYS,USD,,,,,", "column symbol"),
        ("AAPL,x,share,XNYS,USD,,,,,", "column asset_class: it is 'share'"),
        ("AAPL,x,equity,NYSE,USD,,,,,", "column calendar: it is 'NYSE'"),
        ("AAPL,,equity,XNYS,USD,,,,,", "column name: it is empty"),
        ("AAPL,x,equity,XNYS,dollar,,,,,", "column currency"),
        ("AAPL,x,equity,XNYS,USD,,,../../etc,,", "column coingecko_id"),
        ("GDP,x,macro,,,,,,,", "column fred_series_id: it is empty"),
        ("AAPL,x,equity", "line 2: 3 values for 10 columns"),
        ("AAPL,x,equity,XNYS,USD,AAPL,AAPL,,,{{ env_var() }}", "column former_symbols"),
        ('AAPL,"x,equity,XNYS,USD,,,,,', "line 2"),
    ],
)
def test_a_wrong_value_is_named_with_file_line_and_column(
    tmp_path: Path, line: str, complaint: str
) -> None:
    file = write(tmp_path, line)

    with pytest.raises(UniverseError) as caught:
        read_universe(file)

    assert str(file) in str(caught.value)
    assert complaint in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("symbol,name", "the column asset_class is missing"),
        (HEADER + ",isin", "the column 'isin' is unknown"),
        (HEADER + ",symbol", "a column stands there twice"),
    ],
)
def test_a_wrong_header_is_named(tmp_path: Path, header: str, complaint: str) -> None:
    with pytest.raises(UniverseError, match=complaint):
        read_universe(write(tmp_path, header=header))


def test_one_instrument_cannot_stand_there_twice(tmp_path: Path) -> None:
    file = write(tmp_path, "A,x,equity,XNYS,USD,A,A,,,", "B,x,equity,XNYS,USD,A,B,,,")

    with pytest.raises(UniverseError, match="column twelve_data_symbol: A stands there twice"):
        read_universe(file)


def test_an_empty_missing_or_binary_universe_is_one_clear_error(tmp_path: Path) -> None:
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"\xff\xfe\x00\x81")

    with pytest.raises(UniverseError, match="has no rows"):
        read_universe(write(tmp_path))
    with pytest.raises(UniverseError, match="set MARKETFLOW_UNIVERSE"):
        read_universe(tmp_path / "absent.csv")
    with pytest.raises(UniverseError, match="not UTF-8"):
        read_universe(binary)


def test_symbols_outside_the_universe_are_named(tmp_path: Path) -> None:
    instruments = read_universe(
        write(tmp_path, "A,x,equity,XNYS,USD,A,A,,,", "B,x,equity,XNYS,USD,B,B,,,")
    )

    assert [one.symbol for one in choose(instruments, ["B", "A"])] == ["A", "B"]
    with pytest.raises(UsageError, match=r"C, D are not in the universe"):
        choose(instruments, ["A", "C", "D"])


def test_the_universe_that_ships_is_well_formed() -> None:
    instruments = read_universe(PROJECT_ROOT / "ingestion" / "universe.csv")

    assert {"equity", "etf", "index", "crypto", "macro"} <= {one.asset_class for one in instruments}
