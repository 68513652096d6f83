"""The indicators in the usual libraries: the bars in memory, every column of the mart out."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import talib

KEYS = ("instrument_id", "session_date")


def in_polars(bars: pl.DataFrame) -> pl.DataFrame:
    """Compute every column of the mart, seeded as its definitions say."""
    close, high, low, volume = (pl.col(name) for name in ("close", "high", "low", "volume"))
    before = close.shift(1)
    change = close - before

    def averaged(values: pl.Expr, length: int, weight: float) -> pl.Expr:
        seen = values.is_not_null().cum_sum()
        seeded = (
            pl.when(seen == length)
            .then(values.rolling_mean(length))
            .when(seen > length)
            .then(values)
        )
        return seeded.ewm_mean(alpha=weight, adjust=False, ignore_nulls=True)

    def each(**columns: pl.Expr) -> dict[str, pl.Expr]:
        return {name: column.over("instrument_id") for name, column in columns.items()}

    return (
        bars.lazy()
        .with_columns(turnover=(high + low + close) / 3 * volume)
        .with_columns(
            **each(
                return_1d=close / before - 1,
                true_range=pl.when(before.is_not_null()).then(
                    pl.max_horizontal(high - low, (high - before).abs(), (low - before).abs())
                ),
                gain=pl.when(change.is_not_null()).then(change.clip(lower_bound=0)),
                loss=pl.when(change.is_not_null()).then((-change).clip(lower_bound=0)),
                sma_20=close.rolling_mean(20),
                sma_50=close.rolling_mean(50),
                sma_200=close.rolling_mean(200),
                deviation=close.rolling_std(20, ddof=0),
                ema_12=averaged(close, 12, 2 / 13),
                ema_26=averaged(close, 26, 2 / 27),
                high_252=high.rolling_max(252),
                low_252=low.rolling_min(252),
                vwap_20=pl.col("turnover").rolling_sum(20) / volume.rolling_sum(20),
            )
        )
        .with_columns(macd_line=pl.col("ema_12") - pl.col("ema_26"))
        .with_columns(
            **each(
                macd_signal=averaged(pl.col("macd_line"), 9, 0.2),
                volatility_20=pl.col("return_1d").rolling_std(20),
                average_gain_14=averaged(pl.col("gain"), 14, 1 / 14),
                average_loss_14=averaged(pl.col("loss"), 14, 1 / 14),
                atr_14=averaged(pl.col("true_range"), 14, 1 / 14),
            )
        )
        .with_columns(
            macd_histogram=pl.col("macd_line") - pl.col("macd_signal"),
            rsi_14=100
            * pl.col("average_gain_14")
            / (pl.col("average_gain_14") + pl.col("average_loss_14")),
            bollinger_middle_20=pl.col("sma_20"),
            bollinger_upper_20=pl.col("sma_20") + 2 * pl.col("deviation"),
            bollinger_lower_20=pl.col("sma_20") - 2 * pl.col("deviation"),
            bollinger_position_20=(close - pl.col("sma_20") + 2 * pl.col("deviation"))
            / (4 * pl.col("deviation")),
            split_adjusted_close_price=close,
            symbol=pl.col("instrument_id"),
            bar_number=pl.int_range(1, pl.len() + 1).over("instrument_id"),
            is_synthetic=pl.lit(value=False),
        )
        .collect()
    )


def in_pandas(bars: pd.DataFrame) -> int:
    """Compute the columns with pandas' own windows, whose EMA is seeded with the first close."""
    rows = 0
    for _, one in bars.groupby("instrument_id", sort=False):
        close = one["close"]
        change = close.diff()
        before = close.shift(1)
        ranges = (
            one["high"] - one["low"],
            (one["high"] - before).abs(),
            (one["low"] - before).abs(),
        )
        line = close.ewm(span=12, adjust=False).mean() - close.ewm(span=26, adjust=False).mean()
        columns = [
            *(close.rolling(length).mean() for length in (20, 50, 200)),
            close.rolling(20).std(ddof=0),
            line.ewm(span=9, adjust=False).mean(),
            *(
                values.ewm(alpha=1 / 14, adjust=False).mean()
                for values in (
                    change.clip(lower=0),
                    (-change).clip(lower=0),
                    pd.concat(ranges, axis=1).max(axis=1),
                )
            ),
            close.pct_change().rolling(20).std(),
            ((one["high"] + one["low"] + close) / 3 * one["volume"]).rolling(20).sum()
            / one["volume"].rolling(20).sum(),
            one["high"].rolling(252).max(),
            one["low"].rolling(252).min(),
        ]
        rows += len(columns[0])
    return rows


def in_talib(series: dict[str, dict[str, Any]]) -> int:
    """Compute what TA-Lib has of the columns: no VWAP. Its MACD begins as ours from bar 34."""
    rows = 0
    for one in series.values():
        close, high, low = one["close"], one["high"], one["low"]
        for length in (20, 50, 200):
            talib.SMA(close, length)
        talib.MACD(close, 12, 26, 9)
        talib.RSI(close, 14)
        talib.BBANDS(close, 20, 2, 2)
        talib.ATR(high, low, close, 14)
        talib.STDDEV(talib.ROCP(close, 1), 20)
        talib.MAX(high, 252)
        talib.MIN(low, 252)
        rows += len(close)
    return rows


def as_series(bars: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return the arrays of each instrument, which TA-Lib takes."""
    return {
        str(key[0]): {
            name: np.ascontiguousarray(part[name].to_numpy()) for name in ("close", "high", "low")
        }
        for key, part in bars.partition_by("instrument_id", as_dict=True).items()
    }


# DuckDB has no average that goes on for ever but by recursion: its windows alone.
DUCKDB = """
select
    avg(close) over w20 as sma_20,
    avg(close) over w50 as sma_50,
    avg(close) over w200 as sma_200,
    stddev_pop(close) over w20 as deviation_20,
    sum((high + low + close) / 3 * volume) over w20 / sum(volume) over w20 as vwap_20,
    max(high) over w252 as greatest_252,
    min(low) over w252 as least_252,
    close / lag(close) over (partition by instrument_id order by session_date) - 1 as return_1d
from bars
window
    w20 as (partition by instrument_id order by session_date rows 19 preceding),
    w50 as (partition by instrument_id order by session_date rows 49 preceding),
    w200 as (partition by instrument_id order by session_date rows 199 preceding),
    w252 as (partition by instrument_id order by session_date rows 251 preceding)
"""


# The plain way in PostgreSQL: a native frame for every window. It has none for averages that go on
# for ever: these are our own aggregate. Every column of the mart, in its order.
NATIVE = """
with

numbered as (
    select
        *,
        row_number() over bars_so_far as bar_number,
        lag(close) over bars_so_far as previous
    from bars
    window bars_so_far as (partition by instrument_id order by session_date)
),

changes as (
    select
        *,
        close - previous as change,
        close / previous - 1 as return_1d,
        case
            when previous is not null
                then greatest(high - low, abs(high - previous), abs(low - previous))
        end as true_range
    from numbered
),

measured as (
    select
        instrument_id,
        session_date,
        bar_number,
        close,
        return_1d,
        is_synthetic,
        case when bar_number >= 20 then avg(close) over w20 end as sma_20,
        case when bar_number >= 50 then avg(close) over w50 end as sma_50,
        case when bar_number >= 200 then avg(close) over w200 end as sma_200,
        case when bar_number >= 20 then stddev_pop(close) over w20 end as deviation,
        case when bar_number >= 21 then stddev_samp(return_1d) over w20 end as volatility_20,
        case
            when bar_number >= 20
                then sum((high + low + close) / 3 * volume) over w20 / sum(volume) over w20
        end as vwap_20,
        case when bar_number >= 252 then max(high) over w252 end as high_252,
        case when bar_number >= 252 then min(low) over w252 end as low_252,
        case
            when bar_number >= 12
                then intermediate.smoothed_average(close, bar_number, 12, 2 / 13.0) over so_far
        end as ema_12,
        case
            when bar_number >= 26
                then intermediate.smoothed_average(close, bar_number, 26, 2 / 27.0) over so_far
        end as ema_26,
        case
            when bar_number >= 15
                then intermediate.smoothed_average(
                    case when change is not null then greatest(change, 0) end,
                    bar_number - 1, 14, 1 / 14.0
                ) over so_far
        end as average_gain_14,
        case
            when bar_number >= 15
                then intermediate.smoothed_average(
                    case when change is not null then greatest(-change, 0) end,
                    bar_number - 1, 14, 1 / 14.0
                ) over so_far
        end as average_loss_14,
        case
            when bar_number >= 15
                then intermediate.smoothed_average(true_range, bar_number - 1, 14, 1 / 14.0)
                    over so_far
        end as atr_14
    from changes
    window
        so_far as (partition by instrument_id order by session_date rows unbounded preceding),
        w20 as (partition by instrument_id order by session_date rows 19 preceding),
        w50 as (partition by instrument_id order by session_date rows 49 preceding),
        w200 as (partition by instrument_id order by session_date rows 199 preceding),
        w252 as (partition by instrument_id order by session_date rows 251 preceding)
),

with_signal as (
    select
        *,
        ema_12 - ema_26 as macd_line,
        case
            when bar_number >= 34
                then intermediate.smoothed_average(ema_12 - ema_26, bar_number - 25, 9, 0.2)
                    over so_far
        end as macd_signal
    from measured
    window so_far as (partition by instrument_id order by session_date rows unbounded preceding)
)

select
    instrument_id,
    instrument_id as symbol,
    session_date,
    bar_number,
    close as split_adjusted_close_price,
    sma_20,
    sma_50,
    sma_200,
    ema_12,
    ema_26,
    macd_line,
    macd_signal,
    macd_line - macd_signal as macd_histogram,
    100 * average_gain_14 / nullif(average_gain_14 + average_loss_14, 0) as rsi_14,
    sma_20 as bollinger_middle_20,
    sma_20 + 2 * deviation as bollinger_upper_20,
    sma_20 - 2 * deviation as bollinger_lower_20,
    (close - sma_20 + 2 * deviation) / nullif(4 * deviation, 0) as bollinger_position_20,
    atr_14,
    vwap_20,
    volatility_20,
    return_1d,
    high_252,
    low_252,
    average_gain_14,
    average_loss_14,
    is_synthetic
from with_signal
"""
