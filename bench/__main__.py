"""`python -m bench`: every benchmark, on a PostgreSQL of its own that is gone afterwards.

`python -m bench indicators --rows 25_000_000` runs one, on so many bars, and prints what it found
without writing the paper.
"""

import argparse
import logging
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench import api_load, dashboards, forecasts, indicators, load_bars
from bench.figures import Result, machine
from warehouse import embedded
from warehouse.embedded import cluster, ports
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

PAPER = PROJECT_ROOT / "docs" / "benchmarks.md"
_FIRST_PORT = 54400
BENCHMARKS: dict[str, Callable[[Settings, argparse.Namespace], Result]] = {
    "load_bars": lambda settings, _: load_bars.run(settings),
    "indicators": lambda settings, asked: indicators.run(settings, asked.rows, asked.rounds),
    "api_load": lambda settings, asked: api_load.run(settings, asked.seconds),
    "dashboards": lambda settings, asked: dashboards.run(settings, asked.seconds),
    "forecasts": lambda *_: forecasts.run(),
}

_HEAD = """\
# Benchmarks

What `make bench` measured last. Other machines have other figures: a proportion is promised.

{machine}.
"""


def main() -> int:
    """Run all benchmarks, write the paper, and return 1 if a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("benchmark", nargs="?", choices=BENCHMARKS)
    parser.add_argument("--rows", type=int, default=indicators.ROWS)
    parser.add_argument("--rounds", type=int, default=indicators.ROUNDS)
    parser.add_argument("--seconds", type=int, default=api_load.SECONDS)
    asked = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("bench").setLevel(logging.INFO)
    directory = Path(tempfile.mkdtemp(prefix="marketflow-bench-"))
    settings = load_settings(
        None,
        home_dir=directory / "home",
        profiles_location=directory / "profiles",
        universe_file=Path("ingestion/universe.csv"),
        embedded_port=ports.next_free(_FIRST_PORT) or _FIRST_PORT,
        database_url=None,
        postgres_host=None,
        landing_location=None,
    )
    try:
        embedded.start(settings)
        results = [
            run(settings, asked)
            for name, run in BENCHMARKS.items()
            if asked.benchmark in (None, name)
        ]
    finally:
        embedded.stop(settings)
        # As root its data lie elsewhere.
        shutil.rmtree(cluster.locate(settings.home).directory, ignore_errors=True)
        shutil.rmtree(directory, ignore_errors=True)
    paper = _paper(results)
    if asked.benchmark is None:
        PAPER.write_text(paper, encoding="utf-8")
    sys.stdout.write(paper)
    return 0 if all(result.holds for result in results) else 1


def _paper(results: list[Result]) -> str:
    parts = [_HEAD.format(machine=machine())]
    for result in results:
        verdict = "It holds." if result.holds else "It does not hold."
        parts.append("\n".join([f"## {result.title}", "", *result.lines, verdict]) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.exit(main())
