"""What each kind of chart shows, read from the marts as the reader."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import psycopg

from warehouse.errors import UsageError

Connection = psycopg.Connection[tuple[Any, ...]]

_COINS = 10
_WINDOW = 60

_BARS = """
    select
        bars.session_date,
        bars.split_adjusted_open_price as open_price,
        bars.split_adjusted_high_price as high_price,
        bars.split_adjusted_low_price as low_price,
        bars.split_adjusted_close_price as close_price,
        bars.split_adjusted_volume as volume,
        indicators.sma_20,
        indicators.sma_50,
        bars.is_synthetic
    from marts.fct_daily_bars as bars
    inner join marts.dim_instruments as instruments using (instrument_id)
    left join marts.fct_daily_indicators as indicators
        on
            bars.instrument_id = indicators.instrument_id
            and bars.session_date = indicators.session_date
    where instruments.symbol = %(subject)s and bars.session_date <= %(last_day)s
    order by bars.session_date desc
    limit %(sessions)s
"""
_CORRELATIONS = """
    select
        symbol,
        other_symbol,
        correlation,
        session_date,
        (
            select bool_or(bars.is_synthetic)
            from marts.fct_daily_bars as bars
            where
                bars.instrument_id = fct_return_correlations.instrument_id
                and bars.session_date = fct_return_correlations.session_date
        ) as is_synthetic
    from marts.fct_return_correlations
    where
        window_sessions = %(window)s
        and session_date = (
            select max(session_date)
            from marts.fct_return_correlations
            where window_sessions = %(window)s and session_date <= %(last_day)s
        )
    order by symbol, other_symbol
"""
_SNAPSHOTS = """
    select distinct on (symbol) symbol, price, market_cap, dominance_pct, snapshot_at, is_synthetic
    from marts.fct_crypto_snapshots
    where snapshot_at < cast(%(last_day)s + 1 as timestamp) at time zone 'UTC'
    order by symbol, snapshot_at desc
"""
_YIELDS = """
    select tenor, tenor_months, observation_date, yield_pct, is_synthetic
    from marts.fct_yield_curve
    where observation_date in (
        select max(observation_date)
        from marts.fct_yield_curve
        where
            observation_date <= %(last_day)s
            or observation_date <= %(last_day)s - 365
        group by observation_date <= %(last_day)s - 365
    )
    order by observation_date, tenor_months
"""


@dataclass(frozen=True)
class Asked:
    """What is to be drawn.

    Attributes:
        kind: one of KINDS.
        subject: a symbol, for a candlestick.
        last_day: nothing later is shown.
        sessions: how many, for a candlestick.
    """

    kind: str
    last_day: date
    subject: str = "BTC/USD"
    sessions: int = 120


@dataclass(frozen=True)
class Chart:
    """What a chart shows.

    Attributes:
        frame: its rows; the columns are those of the queries above.
        title: what and when.
        unit: of the value axis.
        is_synthetic: whether the sandbox invented any of it.
    """

    kind: str
    frame: pd.DataFrame
    title: str
    unit: str
    is_synthetic: bool


def read(connection: Connection, asked: Asked) -> Chart:
    """Return what a chart shows.

    Raises:
        UsageError: there is nothing to draw.
    """
    return _READERS[asked.kind](connection, asked)


def _candlestick(connection: Connection, asked: Asked) -> Chart:
    bars = _frame(connection, _BARS, asked).iloc[::-1].reset_index(drop=True)
    _require(bars, f"fct_daily_bars has no bar of {asked.subject!r} up to {asked.last_day}")
    span = f"{bars['session_date'].iloc[0]} to {bars['session_date'].iloc[-1]}"
    title = f"{asked.subject}, split-adjusted, {span}"
    unit = "Price in " + _currency(connection, asked.subject)
    return Chart("candlestick", bars, title, unit, _has_invented(bars))


def _correlation(connection: Connection, asked: Asked) -> Chart:
    pairs = _frame(connection, _CORRELATIONS, asked)
    _require(pairs, f"fct_return_correlations has no pair up to {asked.last_day}")
    symbols = list(dict.fromkeys([*pairs["symbol"], *pairs["other_symbol"]]))
    matrix = pd.DataFrame(float("nan"), index=symbols, columns=symbols)
    for row in pairs.itertuples():
        matrix.loc[row.symbol, row.other_symbol] = row.correlation
        matrix.loc[row.other_symbol, row.symbol] = row.correlation
    for symbol in symbols:
        matrix.loc[symbol, symbol] = 1.0
    day = pairs["session_date"].iloc[0]
    title = f"Correlation of daily returns, {_WINDOW} common sessions to {day}"
    return Chart("correlation", matrix, title, "Correlation", _has_invented(pairs))


def _share(connection: Connection, asked: Asked) -> Chart:
    coins = _frame(connection, _SNAPSHOTS, asked).dropna(subset=["dominance_pct"])
    _require(coins, f"fct_crypto_snapshots has no share up to {asked.last_day}")
    largest = coins.nlargest(_COINS, "dominance_pct")[["symbol", "dominance_pct", "is_synthetic"]]
    rest = pd.DataFrame(
        [{"symbol": "all others", "dominance_pct": 100 - largest["dominance_pct"].sum()}]
    )
    frame = pd.concat([largest, rest.assign(is_synthetic=False)], ignore_index=True)
    at = coins["snapshot_at"].max()
    title = f"Share in the market value of all coins, {at:%Y-%m-%d %H:%M} UTC"
    return Chart("share", frame, title, "Per cent", _has_invented(coins))


def _price_bars(connection: Connection, asked: Asked) -> Chart:
    coins = _frame(connection, _SNAPSHOTS, asked).dropna(subset=["price", "market_cap"])
    _require(coins, f"fct_crypto_snapshots has no price up to {asked.last_day}")
    at = coins["snapshot_at"].max()
    title = f"Prices of the {_COINS} largest coins, {at:%Y-%m-%d %H:%M} UTC"
    largest = coins.nlargest(_COINS, "market_cap")
    return Chart("price-bars", largest, title, "USD, logarithmic", _has_invented(coins))


def _yield_curve(connection: Connection, asked: Asked) -> Chart:
    yields = _frame(connection, _YIELDS, asked)
    _require(yields, f"fct_yield_curve has no yield up to {asked.last_day}")
    days = " and ".join(str(day) for day in sorted(yields["observation_date"].unique()))
    title = f"US Treasury yields, {days}"
    return Chart("yield-curve", yields, title, "Per cent a year", _has_invented(yields))


_READERS: dict[str, Callable[[Connection, Asked], Chart]] = {
    "candlestick": _candlestick,
    "correlation": _correlation,
    "share": _share,
    "price-bars": _price_bars,
    "yield-curve": _yield_curve,
}
KINDS = tuple(_READERS)


def _frame(connection: Connection, query: str, asked: Asked) -> pd.DataFrame:
    values = {
        "subject": asked.subject,
        "last_day": asked.last_day,
        "sessions": asked.sessions,
        "window": _WINDOW,
    }
    cursor = connection.execute(query.encode(), values)
    columns = [one.name for one in cursor.description or ()]
    return pd.DataFrame(cursor.fetchall(), columns=columns)


def _currency(connection: Connection, symbol: str) -> str:
    row = connection.execute(
        "select currency from marts.dim_instruments where symbol = %s", [symbol]
    ).fetchone()
    return "its currency" if row is None or row[0] is None else str(row[0])


def _has_invented(rows: pd.DataFrame) -> bool:
    return bool(rows["is_synthetic"].fillna(value=False).any())


def _require(frame: pd.DataFrame, complaint: str) -> None:
    if frame.empty:
        raise UsageError(complaint)
