"""What is traded in the sandbox: real tickers and names, from the CSV files beside this one."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Literal

AssetClass = Literal["equity", "etf", "index", "commodity", "fx", "crypto"]

_HERE = Path(__file__).parent

# GICS names on the left (index constituents), FMP's own on the right (profiles).
FMP_SECTORS = {
    "Information Technology": "Technology",
    "Communication Services": "Communication Services",
    "Consumer Discretionary": "Consumer Cyclical",
    "Consumer Staples": "Consumer Defensive",
    "Health Care": "Healthcare",
    "Financials": "Financial Services",
    "Industrials": "Industrials",
    "Energy": "Energy",
    "Utilities": "Utilities",
    "Materials": "Basic Materials",
    "Real Estate": "Real Estate",
}


@dataclass(frozen=True)
class TickerChange:
    """A change of ticker: the old one is known before `changed_on`, the new one from it on."""

    former_symbol: str
    changed_on: date


# The first session under the new ticker was 2025-01-21; the 20th was a holiday.
TICKER_CHANGES = {"XYZ": TickerChange("SQ", date(2025, 1, 21))}


@dataclass(frozen=True)
class Company:
    """What is told of the company or fund behind a ticker."""

    exchange: str
    mic_code: str
    sector: str | None
    industry: str | None
    dividend_yield: float
    shares: float
    headquarters: str | None
    founded: str | None
    joined_sp500_on: date | None
    replaced_symbol: str | None
    replaced_name: str | None


@dataclass(frozen=True)
class Coin:
    """What CoinGecko tells of a coin beside its prices."""

    coingecko_id: str
    symbol: str
    circulating_supply: float
    total_supply: float
    max_supply: float | None


@dataclass(frozen=True)
class Instrument:
    """One thing that is traded, and the numbers that shape its price.

    Attributes:
        key: its name inside the sandbox; the ticker, or the CoinGecko id of a coin.
        start_price: the price around which its path begins.
        annual_growth: the trend of its logarithm, per year.
        factor_beta: how much of the move of the whole market (coins: of bitcoin) it makes.
        annual_volatility: of its own, beside what it shares.
        daily_volume: the usual volume of a session (coins: in USD).
        decimals: of its price.
    """

    key: str
    name: str
    asset_class: AssetClass
    calendar: str
    twelve_data_symbol: str | None
    fmp_symbol: str | None
    listed_on: date
    start_price: float
    annual_growth: float
    factor_beta: float
    sector_beta: float
    annual_volatility: float
    daily_volume: float
    decimals: int
    base_currency_name: str | None = None
    company: Company | None = None
    coin: Coin | None = None

    @cached_property
    def sector(self) -> str | None:
        """The GICS sector, where it has one."""
        return self.company.sector if self.company else None

    def twelve_data_symbol_on(self, day: date) -> str | None:
        """Return the symbol under which Twelve Data knows it on `day`."""
        return self._current(self.twelve_data_symbol, day)

    def fmp_symbol_on(self, day: date) -> str | None:
        """Return the symbol under which FMP knows it on `day`."""
        return self._current(self.fmp_symbol, day)

    def _current(self, symbol: str | None, day: date) -> str | None:
        change = TICKER_CHANGES.get(self.key)
        return change.former_symbol if change and day < change.changed_on else symbol


def all_instruments() -> list[Instrument]:
    """Return every instrument of the sandbox, in the order of the files."""
    return [*_equities(), *_others(), *_coins()]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _equities() -> Iterator[Instrument]:
    for row in _rows("equities.csv"):
        is_fund = row["asset_class"] == "etf"
        shares = float(row["shares_millions"]) * 1e6
        joined = row["joined_sp500_on"]
        yield Instrument(
            key=row["symbol"],
            name=row["name"],
            asset_class="etf" if is_fund else "equity",
            calendar="XNYS",
            twelve_data_symbol=row["symbol"],
            fmp_symbol=row["symbol"].replace(".", "-"),
            listed_on=date.fromisoformat(row["listed_on"]),
            start_price=float(row["start_price"]),
            annual_growth=float(row["annual_growth"]),
            factor_beta=float(row["market_beta"]),
            sector_beta=float(row["sector_beta"]),
            annual_volatility=float(row["annual_volatility"]),
            daily_volume=shares * (0.04 if is_fund else 0.005),
            decimals=2,
            company=Company(
                exchange=row["exchange"],
                mic_code=row["mic_code"],
                sector=row["sector"] or None,
                industry=row["industry"] or None,
                dividend_yield=float(row["dividend_yield"]),
                shares=shares,
                headquarters=row["headquarters"] or None,
                founded=row["founded"] or None,
                joined_sp500_on=date.fromisoformat(joined) if joined else None,
                replaced_symbol=row["replaced_symbol"] or None,
                replaced_name=row["replaced_name"] or None,
            ),
        )


def _others() -> Iterator[Instrument]:
    classes: dict[str, AssetClass] = {"index": "index", "commodity": "commodity", "fx": "fx"}
    for row in _rows("other_instruments.csv"):
        yield Instrument(
            key=row["fmp_symbol"],
            name=row["name"],
            asset_class=classes[row["asset_class"]],
            calendar=row["calendar"],
            twelve_data_symbol=row["twelve_data_symbol"] or None,
            fmp_symbol=row["fmp_symbol"],
            listed_on=date(2015, 1, 1),
            start_price=float(row["start_price"]),
            annual_growth=float(row["annual_growth"]),
            factor_beta=float(row["market_beta"]),
            sector_beta=0.0,
            annual_volatility=float(row["annual_volatility"]),
            daily_volume=float(row["daily_volume"]),
            decimals=int(row["decimals"]),
            base_currency_name=row["base_currency_name"] or None,
        )


def _coins() -> Iterator[Instrument]:
    for row in _rows("coins.csv"):
        price = float(row["middle_price"])
        supply = float(row["circulating_supply"])
        yield Instrument(
            key=row["coingecko_id"],
            name=row["name"],
            asset_class="crypto",
            calendar="24/7",
            twelve_data_symbol=row["twelve_data_symbol"] or None,
            fmp_symbol=row["fmp_symbol"] or None,
            listed_on=date.fromisoformat(row["listed_on"]),
            start_price=price,
            annual_growth=0.0,
            factor_beta=float(row["bitcoin_beta"]),
            sector_beta=0.0,
            annual_volatility=float(row["annual_volatility"]),
            daily_volume=price * supply * float(row["daily_turnover"]),
            decimals=_coin_decimals(price),
            base_currency_name=row["name"],
            coin=Coin(
                coingecko_id=row["coingecko_id"],
                symbol=row["symbol"],
                circulating_supply=supply,
                total_supply=float(row["total_supply"]),
                max_supply=float(row["max_supply"]) if row["max_supply"] else None,
            ),
        )


def _coin_decimals(price: float) -> int:
    magnitude = int(f"{price:e}".split("e")[1])
    return max(2, 4 - magnitude)
