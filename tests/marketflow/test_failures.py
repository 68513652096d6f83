"""Whatever goes wrong ends a command with one clear line and its exit code, and loses nothing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion import sandbox
from ingestion.sandbox import Sandbox
from tests.marketflow.typing_person import Terminal, start
from warehouse import database
from warehouse.settings import Settings, load_settings

NOW = "2025-03-14T21:30:00Z"
HEADER = (
    "symbol,name,asset_class,calendar,currency,"
    "twelve_data_symbol,fmp_symbol,coingecko_id,fred_series_id"
)


@pytest.fixture
def market(tmp_path: Path) -> Iterator[Sandbox]:
    server = sandbox.start(load_settings(None, home_dir=tmp_path, frozen_now=NOW), 0)
    yield server
    server.stop()


def landed(terminal: Terminal) -> list[Path]:
    return list((terminal.home / "landing").rglob("*.json.gz"))


def ask_the(market: Sandbox, terminal: Terminal) -> None:
    terminal.set(
        MARKETFLOW_NOW=NOW,
        FMP_BASE_URL=market.base_urls["fmp"],
        FMP_PLAN="unlimited",
    )


def test_a_named_source_without_a_key_is_named(terminal: Terminal) -> None:
    typed = terminal.types("extract", "fmp")

    assert typed.code == 2
    assert len(typed.error_lines) == 1
    assert "FMP_API_KEY" in typed.error_lines[0]
    assert landed(terminal) == []


def test_a_wrong_key_is_refused_and_not_shown(terminal: Terminal, market: Sandbox) -> None:
    ask_the(market, terminal)
    terminal.set(FMP_API_KEY="bad")

    typed = terminal.types("extract", "fmp.profiles", "--symbols", "AAPL")

    assert typed.code == 1
    assert len(typed.error_lines) == 1
    assert "key" in typed.error_lines[0]
    assert "fmp" in typed.error_lines[0]
    assert "=bad" not in typed.err


def test_a_provider_that_is_down_is_named(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    terminal.set(FMP_BASE_URL=f"http://127.0.0.1:{port}/stable", FMP_PLAN="unlimited")

    typed = terminal.types("extract", "fmp.profiles", "--symbols", "AAPL")

    assert typed.code == 1
    assert len(typed.error_lines) == 1
    assert "fmp profiles AAPL" in typed.error_lines[0]


def test_an_unknown_symbol_is_named(terminal: Terminal) -> None:
    typed = terminal.types("extract", "coingecko", "--symbols", "NOSUCH")

    assert typed.code == 2
    assert len(typed.error_lines) == 1
    assert "NOSUCH" in typed.error_lines[0]


def test_an_unknown_source_is_named_with_the_known_ones(terminal: Terminal) -> None:
    typed = terminal.types("extract", "yahoo")

    assert typed.code == 2
    assert len(typed.error_lines) == 1
    assert "yahoo" in typed.error_lines[0]
    assert "coingecko" in typed.error_lines[0]


def test_a_malformed_universe_is_told_with_file_line_and_column(
    terminal: Terminal, tmp_path: Path
) -> None:
    universe = tmp_path / "mine.csv"
    universe.write_text(f"{HEADER}\nAAPL,Apple,stock,XNYS,USD,AAPL,AAPL,,\n", encoding="utf-8")
    terminal.set(MARKETFLOW_UNIVERSE=str(universe))

    typed = terminal.types("extract", "coingecko")

    assert typed.code == 2
    assert len(typed.error_lines) == 1
    assert f"{universe}, line 2, column asset_class" in typed.error_lines[0]


def test_an_unwritable_home_is_named_with_its_setting(terminal: Terminal, tmp_path: Path) -> None:
    # A file in the way stops root, too, whom no permission stops.
    (tmp_path / "file").touch()
    terminal.set(MARKETFLOW_HOME=str(tmp_path / "file" / "home"))

    for command in (["extract", "coingecko"], ["db", "start"], ["doctor"]):
        typed = terminal.types(*command)

        assert typed.code in {1, 2}
        told = typed.error_lines or typed.out.splitlines()
        assert any("MARKETFLOW_HOME" in line and "cannot be written" in line for line in told)
        assert "Traceback" not in typed.err


def test_a_taken_port_is_named_with_its_setting(at_warehouse: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        at_warehouse.set(MARKETFLOW_DASHBOARD_PORT=port)

        typed = at_warehouse.types("up")

    assert typed.code == 1
    assert len(typed.error_lines) == 1
    assert port in typed.error_lines[0]
    assert "MARKETFLOW_DASHBOARD_PORT" in typed.error_lines[0]


@pytest.mark.parametrize("command", ["load", "ingest", "transform", "quality", "full", "runs"])
def test_an_unreachable_database_is_one_line_without_the_password(
    terminal: Terminal, command: str
) -> None:
    terminal.set(MARKETFLOW_DATABASE_URL="postgresql://me:hunter22@127.0.0.1:1/market")

    typed = terminal.types(command)

    assert typed.code == 1
    assert len(typed.error_lines) == 1
    assert "127.0.0.1:1" in typed.error_lines[0]
    assert "hunter22" not in typed.out + typed.err


def test_sandbox_data_does_not_enter_a_live_warehouse(
    at_warehouse: Terminal, market: Sandbox, warehouse_settings: Settings
) -> None:
    with database.connect(warehouse_settings, "loader") as connection:
        connection.execute(
            "insert into raw_marketflow.warehouse_stamp (origin, stamped_at) values ('live', now())"
        )
    ask_the(market, at_warehouse)

    demo = at_warehouse.types("demo")
    ingest = at_warehouse.types("ingest", "fmp.profiles", "--symbols", "AAPL")

    for typed in (demo, ingest):
        assert typed.code == 1
        assert len(typed.error_lines) == 1
        assert "marketflow db reset" in typed.error_lines[0]
    with database.connect(warehouse_settings, "loader") as connection:
        count = connection.execute("select count(*) from raw_fmp.profiles").fetchone()
    assert count == (0,)


def test_a_malformed_setting_is_named_without_its_value(terminal: Terminal) -> None:
    terminal.set(MARKETFLOW_DAGSTER_PORT="hunter22")

    typed = terminal.types("config", "show")

    assert typed.code == 2
    assert len(typed.error_lines) == 1
    assert "MARKETFLOW_DAGSTER_PORT" in typed.error_lines[0]
    assert "hunter22" not in typed.err


def test_an_option_that_does_not_exist_is_wrong_usage(terminal: Terminal) -> None:
    assert terminal.types("extract", "--nonsense").code == 2


def test_what_nobody_foresaw_is_one_line_and_a_redacted_log(tmp_path: Path) -> None:
    home = tmp_path / "home"
    # A directory where extract keeps its journal is nothing that anybody foresees.
    (home / "extract.sqlite3").mkdir(parents=True)
    environment = {"MARKETFLOW_HOME": str(home), "FMP_API_KEY": "hunter22-hunter22"}

    with start(environment, "extract", "fmp.profiles", "--symbols", "AAPL") as process:
        printed, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert len([line for line in printed.splitlines() if line.startswith("error: ")]) == 1
    assert "Traceback" not in printed
    assert "hunter22" not in printed
