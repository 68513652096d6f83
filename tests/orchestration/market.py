"""A small universe, a few weeks of it, and the settings to fetch it from the sandbox."""

from pathlib import Path
from typing import Any

from ingestion.sandbox import Sandbox
from warehouse.settings import PROVIDERS, Settings, load_settings

NOW = "2025-03-14T21:30:00Z"
UNIVERSE = """\
symbol,name,asset_class,calendar,currency,twelve_data_symbol,fmp_symbol,coingecko_id,fred_series_id
AAPL,Apple,equity,XNYS,USD,AAPL,AAPL,,
SPY,SPDR S&P 500,etf,XNYS,USD,SPY,SPY,,
BTC/USD,Bitcoin,crypto,24/7,USD,BTC/USD,BTCUSD,bitcoin,
UNRATE,Unemployment rate,macro,,,,,,UNRATE
"""


def settings_of(directory: Path, database_url: str, market: Sandbox, **others: Any) -> Settings:
    """Settings whose home lies under `directory` and whose providers are a sandbox."""
    directory.mkdir(parents=True, exist_ok=True)
    universe = directory / "universe.csv"
    universe.write_text(UNIVERSE, encoding="utf-8")
    values: dict[str, Any] = {
        "home_dir": directory / "home",
        "profiles_location": directory / "profiles",
        "universe_file": universe,
        "database_url": database_url,
        "frozen_now": NOW,
    }
    values |= {f"{name}_base_url": market.base_urls[name] for name in PROVIDERS}
    values |= {f"{name}_plan": "unlimited" for name in PROVIDERS}
    return load_settings(None, **(values | others))
