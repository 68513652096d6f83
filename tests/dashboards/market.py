"""A small market in the shape of the marts: seven instruments, 300 sessions, the same each time.

Made of sine waves and known dates, so that a test can say what a page must show. The columns are
those that the pages read.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

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

TABLES = """
    create table marts.dim_instruments (
        instrument_id text primary key, symbol text, name text, asset_class text, currency text,
        calendar text, sector text, is_active boolean
    );
    create table marts.dim_sessions (
        calendar text, session_date date, opens_at timestamptz, closes_at timestamptz,
        is_half_day boolean, primary key (calendar, session_date)
    );
    create table marts.fct_daily_bars (
        instrument_id text, session_date date,
        open_price double precision, high_price double precision, low_price double precision,
        close_price double precision, volume double precision,
        split_adjusted_open_price double precision, split_adjusted_high_price double precision,
        split_adjusted_low_price double precision, split_adjusted_close_price double precision,
        split_adjusted_volume double precision, total_return_close_price double precision,
        provider text, known_from timestamptz, is_synthetic boolean, volume_unit text,
        primary key (instrument_id, session_date)
    );
    create table marts.fct_daily_indicators (
        instrument_id text, session_date date, sma_20 double precision, sma_50 double precision,
        sma_200 double precision, rsi_14 double precision,
        primary key (instrument_id, session_date)
    );
    create table marts.fct_latest_prices (
        instrument_id text primary key, symbol text, price double precision,
        previous_close_price double precision, change double precision,
        change_pct double precision, as_of timestamptz, provider text, age_seconds double precision,
        is_market_open boolean, is_synthetic boolean
    );
    create table marts.fct_corporate_actions (
        instrument_id text, action_type text, ex_date date, split_ratio double precision,
        dividend double precision
    );
    create table ops.fct_freshness (
        source text primary key, calendar text, last_fetched_at timestamptz
    );
"""


def create_tables(connection: psycopg.Connection[Any]) -> None:
    """Make the empty marts, as `dbt build` on an empty warehouse would."""
    connection.execute(TABLES)
    connection.commit()


def fill(connection: psycopg.Connection[Any]) -> None:
    """Fill the marts with the market."""
    insert = _inserter(connection)
    insert(
        "dim_instruments",
        [
            (
                each.instrument_id,
                each.symbol,
                each.name,
                each.asset_class,
                "USD",
                each.calendar,
                None,
                True,
            )
            for each in INSTRUMENTS
        ],
    )
    insert("dim_sessions", list(_sessions()))
    for instrument in INSTRUMENTS:
        bars = list(_bars(instrument))
        insert("fct_daily_bars", bars)
        insert("fct_daily_indicators", list(_indicators(instrument, bars)))
        insert("fct_latest_prices", [_latest(instrument, bars)])
    insert(
        "fct_corporate_actions",
        [
            ("equity:AAPL", "split", SPLIT_DATE, SPLIT_RATIO, None),
            ("equity:AAPL", "dividend", DIVIDEND_DATE, None, 0.26),
        ],
    )
    insert(
        "fct_freshness",
        [
            (source, calendar, datetime(2025, 6, 27, 20, 20, tzinfo=UTC))
            for source, calendar in (
                ("twelve_data", "XNYS"),
                ("fmp", "XNYS"),
                ("fred", "US_BOND"),
                ("coingecko", "24/7"),
            )
        ],
        schema="ops",
    )
    connection.commit()


def session_dates(calendar: str) -> list[date]:
    """The last SESSION_COUNT session dates of a calendar, oldest first."""
    days = [LAST_SESSION - timedelta(days=back) for back in range(3 * SESSION_COUNT)]
    return sorted(day for day in days if _is_session(calendar, day))[-SESSION_COUNT:]


def _is_session(calendar: str, day: date) -> bool:
    return calendar == "24/7" or (day.weekday() < 5 and day not in HOLIDAYS)


def _inserter(connection: psycopg.Connection[Any]) -> Any:
    def insert(table: str, rows: list[tuple[Any, ...]], schema: str = "marts") -> None:
        marks = ", ".join(["%s"] * len(rows[0]))
        with connection.cursor() as cursor:
            cursor.executemany(f"insert into {schema}.{table} values ({marks})", rows)

    return insert


def _sessions() -> Iterator[tuple[Any, ...]]:
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


def _bars(instrument: Instrument) -> Iterator[tuple[Any, ...]]:
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
        adjusted = (opened, high, low, closed, volume, total_return)
        yield (
            instrument.instrument_id,
            day,
            *as_traded,
            volume / factor,
            *adjusted,
            instrument.provider,
            known_from,
            True,
            "coins" if instrument.asset_class == "crypto" else "shares",
        )


def _indicators(instrument: Instrument, bars: list[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    closes = [bar[10] for bar in bars]
    for row, bar in enumerate(bars):
        means = [
            sum(closes[row + 1 - length : row + 1]) / length if row + 1 >= length else None
            for length in (20, 50, 200)
        ]
        rsi = 50 + 35 * math.sin(row / 9) if row >= 14 else None
        yield instrument.instrument_id, bar[1], *means, rsi


def _latest(instrument: Instrument, bars: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    price, previous = bars[-1][5], bars[-2][5]
    is_around_the_clock = instrument.calendar == "24/7"
    as_of = (
        datetime(2025, 6, 27, 20, 20, tzinfo=UTC)
        if is_around_the_clock
        else datetime.combine(LAST_SESSION, time(16), NEW_YORK)
    )
    change = price - previous
    return (
        instrument.instrument_id,
        instrument.symbol,
        price,
        previous,
        change,
        100 * change / previous,
        as_of,
        instrument.provider,
        0.0,
        is_around_the_clock,
        True,
    )
