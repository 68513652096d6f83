"""A small market in the shape of the marts: seven instruments, 300 sessions, the same each time.

Made of sine waves and known dates, so that a test can say what a page must show. The tables are
made from the contracts of the marts, so that none can drift away from them.
"""

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import yaml
from psycopg.sql import SQL, Identifier

from tests.dashboards import surroundings
from warehouse.settings import PROJECT_ROOT

NEW_YORK = ZoneInfo("America/New_York")
LAST_SESSION = date(2025, 6, 27)  # A Friday.
HOLIDAYS = frozenset(
    {date(2024, 7, 4), date(2024, 12, 25), date(2025, 1, 1), date(2025, 5, 26), date(2025, 6, 19)}
)
HALF_DAY = date(2025, 7, 3)
SESSION_COUNT = 300
AFTER_THE_CLOSE = datetime(2025, 6, 27, 20, 30, tzinfo=UTC)
DURING_A_SESSION = datetime(2025, 6, 27, 18, 0, tzinfo=UTC)
FOUR_SESSIONS_LATER = datetime(2025, 7, 3, 20, 30, tzinfo=UTC)

LAST_FETCH = datetime(2025, 6, 27, 20, 20, tzinfo=UTC)
PRICES = ("open_price", "high_price", "low_price", "close_price")

SPLIT_DATE = date(2025, 3, 3)
SPLIT_RATIO = 4.0
DIVIDEND_DATE = date(2025, 5, 12)


@dataclass(frozen=True)
class Instrument:
    instrument_id: str
    symbol: str
    name: str
    asset_class: str
    calendar: str
    provider: str
    base: float


INSTRUMENTS = (
    Instrument("equity:AAPL", "AAPL", "Apple Inc.", "equity", "XNYS", "twelve_data", 180.0),
    Instrument("equity:MSFT", "MSFT", "Microsoft", "equity", "XNYS", "twelve_data", 410.0),
    Instrument("equity:XOM", "XOM", "Exxon Mobil", "equity", "XNYS", "fmp", 110.0),
    Instrument("etf:SPY", "SPY", "SPDR S&P 500 ETF", "etf", "XNYS", "twelve_data", 540.0),
    Instrument("index:^GSPC", "^GSPC", "S&P 500", "index", "XNYS", "fmp", 5400.0),
    Instrument("crypto:BTC/USD", "BTC/USD", "Bitcoin", "crypto", "24/7", "coingecko", 65_000.0),
    Instrument("crypto:SHIB/USD", "SHIB/USD", "Shiba Inu", "crypto", "24/7", "coingecko", 1.7e-5),
)

MODELS = PROJECT_ROOT / "dbt_project" / "models" / "marts"


@functools.cache
def contracts() -> dict[str, dict[str, Any]]:
    """What the YAML of each mart says of it, by its name with the schema."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(MODELS.glob("*/*.yml")):
        schema = "ops" if path.parent.name in {"ops", "quality"} else "marts"
        for model in yaml.load(path.read_text("utf-8"), Loader=yaml.CSafeLoader)["models"]:
            found[f"{schema}.{model['name']}"] = model
    return found


def create_tables(connection: psycopg.Connection[Any]) -> None:
    """Make the empty marts as their contracts say, as `dbt build` on an empty warehouse would."""
    for name, model in contracts().items():
        relation = Identifier(*name.split("."))
        columns = [
            SQL("{} {}").format(Identifier(column["name"]), SQL(column["data_type"]))
            for column in model["columns"]
        ]
        connection.execute(SQL("create table {} ({})").format(relation, SQL(", ").join(columns)))
        for index in [*model.get("constraints", ()), *model.get("config", {}).get("indexes", ())]:
            keys = SQL(", ").join(map(Identifier, index["columns"]))
            connection.execute(SQL("create index on {} ({})").format(relation, keys))
    connection.commit()


def fill(connection: psycopg.Connection[Any]) -> None:
    """Fill the marts with the market."""
    insert = _inserter(connection)
    insert("marts.dim_instruments", _instruments())
    insert("marts.dim_sessions", list(_sessions()))
    for instrument in INSTRUMENTS:
        bars = list(_bars(instrument))
        insert("marts.fct_daily_bars", bars)
        insert("marts.fct_daily_indicators", list(_indicators(instrument, bars)))
        insert("marts.fct_return_statistics", _statistics(instrument, bars))
        insert("marts.fct_latest_prices", [_latest(instrument, bars)])
    split = {"instrument_id": "equity:AAPL", "action_type": "split", "ex_date": SPLIT_DATE}
    dividend = split | {"action_type": "dividend", "ex_date": DIVIDEND_DATE}
    insert(
        "marts.fct_corporate_actions",
        [split | {"split_ratio": SPLIT_RATIO}, dividend | {"dividend": 0.26}],
    )
    calendars = {"twelve_data": "XNYS", "fmp": "XNYS", "fred": "US_BOND", "coingecko": "24/7"}
    insert(
        "ops.fct_freshness",
        [
            {"source": source, "calendar": calendar, "last_fetched_at": LAST_FETCH}
            for source, calendar in calendars.items()
        ],
    )
    for table, rows in surroundings.rows().items():
        insert(table, rows)
    connection.commit()


def session_dates(calendar: str) -> list[date]:
    """The last SESSION_COUNT session dates of a calendar, oldest first."""
    days = [LAST_SESSION - timedelta(days=back) for back in range(3 * SESSION_COUNT)]
    return sorted(day for day in days if _is_session(calendar, day))[-SESSION_COUNT:]


def _is_session(calendar: str, day: date) -> bool:
    return calendar == "24/7" or (day.weekday() < 5 and day not in HOLIDAYS)


def _inserter(connection: psycopg.Connection[Any]) -> Any:
    def insert(table: str, rows: list[dict[str, Any]]) -> None:
        names = list(dict.fromkeys(name for row in rows for name in row))
        copy = SQL("copy {} ({}) from stdin").format(
            Identifier(*table.split(".")), SQL(", ").join(map(Identifier, names))
        )
        with connection.cursor() as cursor, cursor.copy(copy) as lines:
            for row in rows:
                lines.write_row([row.get(name) for name in names])

    return insert


def _instruments() -> list[dict[str, Any]]:
    return [
        {
            "instrument_id": each.instrument_id,
            "symbol": each.symbol,
            "name": each.name,
            "asset_class": each.asset_class,
            "currency": "USD",
            "calendar": each.calendar,
            "is_active": True,
        }
        for each in INSTRUMENTS
    ]


def _sessions() -> Iterator[dict[str, Any]]:
    names = ("calendar", "session_date", "opens_at", "closes_at", "is_half_day")
    for session in _session_rows():
        yield dict(zip(names, session, strict=True))


def _session_rows() -> Iterator[tuple[Any, ...]]:
    first = session_dates("XNYS")[0]
    days = [first + timedelta(days=offset) for offset in range(500)]
    for day in days:
        if _is_session("XNYS", day) and day != date(2025, 7, 4):
            end = time(13) if day == HALF_DAY else time(16)
            opens_at = datetime.combine(day, time(9, 30), NEW_YORK)
            yield "XNYS", day, opens_at, datetime.combine(day, end, NEW_YORK), day == HALF_DAY
            bonds_open = datetime.combine(day, time(8), NEW_YORK)
            yield "US_BOND", day, bonds_open, datetime.combine(day, time(17), NEW_YORK), False
        midnight = datetime.combine(day, time(), UTC)
        yield "24/7", day, midnight, midnight + timedelta(days=1), False


def _bars(instrument: Instrument) -> Iterator[dict[str, Any]]:
    phase = sum(map(ord, instrument.symbol))
    for row, day in enumerate(session_dates(instrument.calendar)):
        level = instrument.base * (1 + 0.15 * math.sin((row + phase) / 37) + row / 1500)
        opened = level * (1 + 0.008 * math.sin(row * 1.7 + phase))
        closed = level * (1 + 0.008 * math.sin(row * 2.9 + phase))
        high, low = max(opened, closed) * 1.006, min(opened, closed) * 0.994
        volume = 1e7 * (1.5 + math.sin(row / 5 + phase))
        has_split_ahead = instrument.symbol == "AAPL" and day < SPLIT_DATE
        factor = SPLIT_RATIO if has_split_ahead else 1.0
        has_dividend_ahead = instrument.symbol == "AAPL" and day < DIVIDEND_DATE
        total_return = closed * (0.9986 if has_dividend_ahead else 1.0)
        known_from = datetime.combine(day, time(20, 5), UTC)
        as_traded = tuple(price * factor for price in (opened, high, low, closed))
        adjusted = (opened, high, low, closed)
        yield {
            "instrument_id": instrument.instrument_id,
            "symbol": instrument.symbol,
            "session_date": day,
            **dict(zip(PRICES, as_traded, strict=True)),
            "volume": volume / factor,
            **dict(zip((f"split_adjusted_{name}" for name in PRICES), adjusted[:4], strict=True)),
            "split_adjusted_volume": volume,
            "total_return_close_price": total_return,
            "provider": instrument.provider,
            "known_from": known_from,
            "response_id": f"answer-of-{day}",
            "is_synthetic": True,
            "volume_unit": "coins" if instrument.asset_class == "crypto" else "shares",
        }


def _indicators(instrument: Instrument, bars: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    closes = [bar["split_adjusted_close_price"] for bar in bars]
    for row, bar in enumerate(bars):
        means = {
            f"sma_{length}": sum(closes[row + 1 - length : row + 1]) / length
            if row + 1 >= length
            else None
            for length in (20, 50, 200)
        }
        yield {
            "instrument_id": instrument.instrument_id,
            "symbol": instrument.symbol,
            "session_date": bar["session_date"],
            "split_adjusted_close_price": closes[row],
            **means,
            "rsi_14": 50 + 35 * math.sin(row / 9) if row >= 14 else None,
            "macd_line": math.sin(row / 11) if row >= 25 else None,
            "macd_signal": math.sin(row / 11 - 0.4) if row >= 33 else None,
            "macd_histogram": math.sin(row / 11) - math.sin(row / 11 - 0.4) if row >= 33 else None,
            "bollinger_upper_20": means["sma_20"] and means["sma_20"] * 1.04,
            "bollinger_lower_20": means["sma_20"] and means["sma_20"] * 0.96,
            "vwap_20": means["sma_20"] and means["sma_20"] * 1.001,
            "volatility_20": 0.01 + 0.004 * math.sin(row / 23) if row >= 20 else None,
            "atr_14": closes[row] * 0.02 if row >= 14 else None,
            "return_1d": closes[row] / closes[row - 1] - 1 if row else None,
            "ema_12": closes[row] * 0.99 if row >= 11 else None,
            "ema_26": closes[row] * 0.98 if row >= 25 else None,
        }


def _statistics(instrument: Instrument, bars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drawdowns of two windows; those of the shorter are not for the page of an instrument."""
    return [
        {
            "instrument_id": instrument.instrument_id,
            "symbol": instrument.symbol,
            "session_date": bar["session_date"],
            "window_sessions": window,
            "drawdown": -abs(math.sin(row / 13)) / window,
        }
        for row, bar in enumerate(bars[252:])
        for window in (20, 252)
    ]


def _latest(instrument: Instrument, bars: list[dict[str, Any]]) -> dict[str, Any]:
    price, previous = bars[-1]["close_price"], bars[-2]["close_price"]
    is_around_the_clock = instrument.calendar == "24/7"
    change = price - previous
    return {
        "instrument_id": instrument.instrument_id,
        "symbol": instrument.symbol,
        "price": price,
        "previous_close_price": previous,
        "change": change,
        "change_pct": 100 * change / previous,
        "as_of": LAST_FETCH
        if is_around_the_clock
        else datetime.combine(LAST_SESSION, time(16), NEW_YORK),
        "provider": instrument.provider,
        "is_market_open": is_around_the_clock,
        "is_synthetic": True,
    }
