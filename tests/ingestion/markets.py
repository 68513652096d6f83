"""Small answers in the four wire formats, and installations that ask a scripted provider."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from ingestion.pacing import Timer
from ingestion.universe import COLUMNS
from tests.ingestion.scripted import Reply, Seen
from warehouse.settings import PROVIDERS, Settings, load_settings

KEYS = {source: f"canary-{source.replace('_', '-')}-0123456789abcdef" for source in PROVIDERS}
NOW = "2024-03-15T21:30:00Z"
UNIVERSE = (
    "AAPL,Apple,equity,XNYS,USD,AAPL,AAPL,,",
    "SPY,SPDR S&P 500,etf,XNYS,USD,SPY,SPY,,",
    "^GSPC,S&P 500,index,XNYS,USD,SPX,^GSPC,,",
    "BTC/USD,Bitcoin,crypto,24/7,USD,BTC/USD,BTCUSD,bitcoin,",
    "GDP,Gross domestic product,macro,,,,,,GDP",
)


def settings_of(
    directory: Path, base: str, universe: Sequence[str] = UNIVERSE, **overrides: Any
) -> Settings:
    """Settings with keys for all providers, who all live below `base`, under no limits."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "universe.csv"
    file.write_text("\n".join((",".join(COLUMNS), *universe)) + "\n", encoding="utf-8")
    values: dict[str, Any] = {"home_dir": directory / "home", "universe_file": file}
    values["frozen_now"] = NOW
    for source in PROVIDERS:
        values[f"{source}_base_url"] = f"{base}/{source}"
        values[f"{source}_api_key"] = KEYS[source]
        values[f"{source}_plan"] = "unlimited"
    return load_settings(None, **(values | overrides))


@dataclass
class Sleeper:
    """Time that only waiting moves; it remembers every wait."""

    waits: list[float] = field(default_factory=list)
    now: float = 1000.0
    begun: float = field(default_factory=time.time)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def sleep(self, seconds: float) -> None:
        with self.lock:
            self.waits.append(seconds)
            self.now += seconds

    @property
    def timer(self) -> Timer:
        return Timer(lambda: self.now, self.sleep, lambda: self.begun + self.now - 1000.0)


def weekdays(start: date, end: date) -> list[str]:
    """The weekdays from `start` to `end`, both included, newest first."""
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    return [day.isoformat() for day in reversed(days) if day.weekday() < 5]


def answer_well(seen: Seen) -> Reply:
    """Answer any request of the four providers with a little proper data."""
    source, _, path = seen.path.lstrip("/").partition("/")
    return {
        "twelve_data": _twelve_data,
        "fmp": _fmp,
        "fred": _fred,
        "coingecko": _coingecko,
    }[source](path, seen.params)


def bars(symbol: str, params: dict[str, str]) -> dict[str, Any]:
    """A time series of Twelve Data for one symbol."""
    start = date.fromisoformat(params["start_date"][:10])
    end = min(date.fromisoformat(params["end_date"][:10]), date(2024, 3, 15))
    stamps = weekdays(max(start, date(2024, 1, 2)), end)
    if params["interval"] != "1day":
        stamps = [f"{stamp} 20:55:00" for stamp in stamps]
    stamps = stamps[: int(params["outputsize"])]
    if not stamps:
        return {
            "code": 400,
            "message": "No data is available on the specified dates. Try setting others.",
            "status": "error",
        }
    price = {"open": "1.0", "high": "2.0", "low": "0.5", "close": "1.5", "volume": "10"}
    return {
        "meta": {"symbol": symbol, "interval": params["interval"], "type": "Common Stock"},
        "values": [{"datetime": stamp, **price} for stamp in stamps],
        "status": "ok",
    }


def _twelve_data(path: str, params: dict[str, str]) -> Reply:
    symbols = params["symbol"].split(",")
    if path in {"stocks", "etfs", "indices", "cryptocurrencies"}:
        return Reply({"data": [{"symbol": symbols[0]}], "count": 1, "status": "ok"})
    if path == "quote":
        parts: dict[str, Any] = {one: {"symbol": one, "close": "1.5"} for one in symbols}
    else:
        parts = {one: bars(one, params) for one in symbols}
    return Reply(parts[symbols[0]] if len(symbols) == 1 else parts)


def _fmp(path: str, params: dict[str, str]) -> Reply:
    symbol = params.get("symbol", "AAPL")
    if path in {"quote", "batch-quote", "batch-index-quotes"}:
        symbols = params.get("symbols", params.get("symbol", "^GSPC")).split(",")
        return Reply([{"symbol": one, "price": 1.5, "timestamp": 1_710_532_800} for one in symbols])
    if path in {"profile", "sp500-constituent", "historical-sp500-constituent"}:
        return Reply([{"symbol": symbol, "companyName": "Some company"}])
    if path == "splits":
        return Reply([])
    if path == "dividends":
        return Reply([{"symbol": symbol, "date": "2024-02-09", "dividend": 0.24}])
    start, end = date.fromisoformat(params["from"]), date.fromisoformat(params["to"])
    days = weekdays(max(start, date(2024, 1, 2)), min(end, date(2024, 3, 15)))
    if path.startswith("historical-chart"):
        return Reply([{"date": f"{day} 15:55:00", "close": 1.5} for day in days])
    return Reply([{"symbol": symbol, "date": day, "close": 1.5} for day in days])


def _fred(path: str, params: dict[str, str]) -> Reply:
    if path == "series":
        return Reply({"seriess": [{"id": params["series_id"]}]})
    if path == "series/release":
        return Reply({"releases": [{"id": 53, "name": "Gross Domestic Product"}]})
    if path == "release/dates":
        days = [{"release_id": 53, "date": day} for day in ("2024-01-25", "2024-04-25")]
        return Reply({"count": 2, "offset": 0, "limit": 10000, "release_dates": days})
    if path == "series/vintagedates":
        dates = ["2023-10-26", "2024-01-25"]
        return Reply({"count": 2, "offset": 0, "limit": 10000, "vintage_dates": dates})
    rows = [
        {"realtime_start": "2024-01-25", "realtime_end": "9999-12-31", "date": "2023-10-01"}
        | {"value": "27938.831"}
    ]
    return Reply({"count": 1, "offset": 0, "limit": 100000, "observations": rows})


def _coingecko(path: str, params: dict[str, str]) -> Reply:
    if path == "coins/list":
        return Reply([{"id": "bitcoin", "symbol": "btc", "name": "Bitcoin"}])
    if path == "global":
        return Reply({"data": {"updated_at": 1_710_536_400, "markets": 1}})
    if path == "coins/markets":
        coins = params.get("ids", "bitcoin,tether").split(",")
        return Reply([{"id": coin, "current_price": 1} for coin in coins])
    stamp = 1_710_460_800_000  # 2024-03-15
    if path.endswith("ohlc"):
        return Reply([[stamp, 1, 2, 0.5, 1.5]])
    points = [[stamp, 1.5], [stamp + 77_400_000, 1.6]]
    return Reply({"prices": points, "market_caps": points, "total_volumes": points})
