"""`marketflow doctor --live`: what providers answer, held against what is expected."""

from pathlib import Path

from tests.ingestion.markets import KEYS, NOW, answer_well, settings_of
from tests.ingestion.scripted import scripted
from tests.marketflow.typing_person import Terminal


def test_doctor_live_ends_with_1_when_an_answer_is_broken(
    terminal: Terminal, tmp_path: Path
) -> None:
    with scripted(answer_well) as running:
        settings = settings_of(tmp_path, running.base)
        terminal.set(
            MARKETFLOW_UNIVERSE=str(settings.universe_path),
            MARKETFLOW_NOW=NOW,
            FMP_BASE_URL=f"{running.base}/fmp",
            FMP_API_KEY=KEYS["fmp"],
            COINGECKO_BASE_URL=f"{running.base}/coingecko",
        )
        typed = terminal.types("doctor", "--live")

    lines = typed.out.splitlines()
    assert typed.code == 1
    # What the tests' provider sends of a bar is a close alone.
    assert any("BROKEN" in line and "`adjOpen`" in line for line in lines)
    assert any("FRED_API_KEY is not set" in line for line in lines)
    assert KEYS["fmp"] not in typed.out + typed.err
