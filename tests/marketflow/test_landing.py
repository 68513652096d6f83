"""`marketflow landing ls`: what has landed, for people and for programs."""

import pytest

from ingestion.landing import Landing
from tests.ingestion.landings import land, land_bars, write_universe
from tests.marketflow.typing_person import Terminal
from warehouse.settings import Settings, load_settings


@pytest.fixture
def settings(terminal: Terminal) -> Settings:
    """A landing with bars of two symbols, a batch, and an answer without data."""
    universe = write_universe(terminal.home.parent)
    terminal.set(MARKETFLOW_UNIVERSE=str(universe), MARKETFLOW_TIMEZONE="UTC")
    settings = load_settings(None, home_dir=terminal.home, universe_file=universe)
    land_bars(settings, {"2024-07-02": 220.27}, "AAPL")
    land_bars(settings, {"2024-07-02": 400.5}, "BRK-B")
    land(settings, "twelve_data", "quotes", {"AAPL": {}, "BRK.B": {}}, ["AAPL", "BRK.B"])
    land(settings, "fmp", "dividends", {"Error Message": "x"}, ["AAPL"], outcome="error")
    return settings


def listed(terminal: Terminal, *arguments: str) -> list[list[str]]:
    typed = terminal.types("landing", "ls", *arguments)
    assert typed.code == 0, typed.err
    return [line.split("\t") for line in typed.out.splitlines()]


def test_each_body_is_one_line_of_what_and_where(terminal: Terminal, settings: Settings) -> None:
    lines = listed(terminal)

    first = lines[0]
    body = terminal.home / "landing" / first[-1]
    sidecar = next(iter(Landing(settings.landing_url).list_committed()))
    assert len(lines) == 4
    assert first[:6] == ["2024-07-03 21:30:00", "fmp", "eod_prices", "AAPL", "2024-07-03", "ok"]
    assert first[6:8] == [str(sidecar.bytes), sidecar.request_id]
    assert body.is_file()
    assert [line[5] for line in lines] == ["ok", "ok", "ok", "RateLimited"]


@pytest.mark.parametrize(
    ("arguments", "resources"),
    [
        (["--ticker", "AAPL"], ["eod_prices", "quotes", "dividends"]),
        (["--ticker", "BRK.B"], ["eod_prices", "quotes"]),
        (["--ticker", "BRK-B"], ["eod_prices"]),
        (["--ticker", "AAPL", "--source", "fmp"], ["eod_prices", "dividends"]),
        (["--source", "fmp.eod_prices"], ["eod_prices", "eod_prices"]),
        (["--resource", "quotes"], ["quotes"]),
        (["--date", "2024-07-03", "--resource", "dividends"], ["dividends"]),
    ],
)
def test_it_is_narrowed_by_what_is_asked(
    terminal: Terminal, settings: Settings, arguments: list[str], resources: list[str]
) -> None:
    assert [line[2] for line in listed(terminal, *arguments)] == resources


@pytest.mark.parametrize("arguments", [["--date", "2024-07-04"], ["--ticker", "GDP"]])
def test_nothing_found_is_one_sentence(
    terminal: Terminal, settings: Settings, arguments: list[str]
) -> None:
    (line,) = listed(terminal, *arguments)

    assert line == [f"Nothing like that lies in {settings.landing_url}."]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--ticker", "NOSUCH"], "'NOSUCH' is neither in the landing nor in the universe"),
        (["--source", "nasdaq"], "there is no source 'nasdaq'"),
        (["--source", "fmp", "--resource", "x"], "there is no resource fmp.x"),
        (["--resource", "x"], "there is no resource 'x'"),
    ],
)
def test_what_nobody_knows_is_wrong_usage(
    terminal: Terminal, settings: Settings, arguments: list[str], sentence: str
) -> None:
    typed = terminal.types("landing", "ls", *arguments)

    assert typed.code == 2
    assert sentence in typed.error_lines[0]


def test_a_symbol_that_left_the_universe_is_still_found(
    terminal: Terminal, settings: Settings
) -> None:
    land_bars(settings, {"2024-07-02": 1.0}, "GONE")

    (line,) = listed(terminal, "--ticker", "GONE")

    assert line[3] == "GONE"
