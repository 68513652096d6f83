"""The stand-in of the four providers as a process, and a universe of what it serves."""

import csv
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.settings import PROJECT_ROOT, PROVIDERS

SHARED = PROJECT_ROOT.parent / "shared"
DATA = SHARED / "standin" / "data_shared"

UNIVERSE_COLUMNS = [
    "symbol",
    "name",
    "asset_class",
    "calendar",
    "currency",
    "twelve_data_symbol",
    "fmp_symbol",
    "coingecko_id",
    "fred_series_id",
]
CALENDARS = {
    "equity": "XNYS",
    "etf": "XNYS",
    "index": "XNYS",
    "commodity": "us_futures",
    "crypto": "24/7",
}
_SERVE = """
import sys, standin
data, now, recordings = sys.argv[1:]
server = standin.make_server(data, 0, now=now, recordings=recordings, config={"plan": "none"})
print(server.server_address[1], flush=True)
server.serve_forever()
"""
COINS = {"BTC/USD": "bitcoin", "ETH/USD": "ethereum"}


@dataclass(frozen=True)
class StandIn:
    """A running stand-in."""

    base: str

    @property
    def environment(self) -> dict[str, str]:
        """Settings that point the four providers at it, with keys and no limits."""
        bases = {
            "twelve_data": f"{self.base}/twelve_data",
            "fmp": f"{self.base}/fmp/stable",
            "fred": f"{self.base}/fred",
            "coingecko": f"{self.base}/coingecko/api/v3",
        }
        names = {name: name.upper() for name in PROVIDERS}
        return (
            {f"{names[name]}_BASE_URL": url for name, url in bases.items()}
            | {f"{names[name]}_API_KEY": f"canary{name.replace('_', '')}key" for name in PROVIDERS}
            | {f"{names[name]}_PLAN": "unlimited" for name in PROVIDERS}
        )


@contextmanager
def running(now: str) -> Iterator[StandIn]:
    """Start the stand-in at a clock, on a free port, and end it afterwards."""
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            _SERVE,
            str(DATA),
            now,
            str(SHARED / "recordings"),
        ],
        cwd=SHARED / "standin",
        env={"PYTHONDONTWRITEBYTECODE": "1", "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port, "the stand-in did not start"
        yield StandIn(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


def instruments() -> list[dict[str, Any]]:
    """The instruments that it serves, as its own file lists them."""
    found: list[dict[str, Any]] = json.loads((DATA / "instruments.json").read_text())
    return found


def house_symbol(instrument: dict[str, Any]) -> str:
    """The symbol by which the universe calls an instrument of the stand-in."""
    if instrument["kind"] == "index":
        return str(instrument["symbol"])
    return str(instrument["td_symbol"])


def write_universe(path: Path, series: list[str], kinds: tuple[str, ...] | None = None) -> Path:
    """Write a universe CSV of its instruments (of some kinds, or all) and FRED series."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, UNIVERSE_COLUMNS)
        writer.writeheader()
        for instrument in instruments():
            if kinds is not None and instrument["kind"] not in kinds:
                continue
            symbol = house_symbol(instrument)
            writer.writerow(
                {
                    "symbol": symbol,
                    "name": instrument["name"] or symbol,
                    "asset_class": instrument["kind"],
                    "calendar": CALENDARS[instrument["kind"]],
                    "currency": instrument["currency"] or "USD",
                    "twelve_data_symbol": instrument["td_symbol"],
                    "fmp_symbol": instrument["symbol"],
                    "coingecko_id": COINS.get(symbol, ""),
                }
            )
        for series_id in series:
            writer.writerow(
                {
                    "symbol": series_id,
                    "name": series_id,
                    "asset_class": "macro",
                    "fred_series_id": series_id,
                }
            )
    return path
