"""Lines over time: moving averages and oscillators, gaps left open where a value is null."""

import pandas as pd
import plotly.graph_objects as go

from reporting.charts import palette

LABELS = {
    "sma_20": "SMA 20",
    "sma_50": "SMA 50",
    "sma_200": "SMA 200",
    "ema_12": "EMA 12",
    "ema_26": "EMA 26",
    "vwap_20": "VWAP 20",
    "vwap": "VWAP of the bar",
    "bollinger_upper_20": "Bollinger upper 20, 2",
    "bollinger_lower_20": "Bollinger lower 20, 2",
    "macd_line": "MACD 12, 26",
    "macd_signal": "MACD signal 9",
    "rsi_14": "RSI 14",
    "volatility_20": "Volatility 20 (per session, fraction)",
    "atr_14": "ATR 14 (in the unit of the price)",
    "return_1d": "Return (per session, fraction)",
    "drawdown": "Drawdown from the high of 252 sessions (fraction)",
}


def indicator_line(indicators: pd.DataFrame, column: str) -> go.Scatter:
    """Return one indicator as a line. A warm-up period is no line, never a guess.

    Args:
        indicators: session_date and `column`.
        column: the mart's name of the indicator, such as `sma_20`.
    """
    return go.Scatter(
        x=indicators["session_date"],
        y=indicators[column],
        name=LABELS[column],
        mode="lines",
        connectgaps=False,
        line={"color": palette.AVERAGES.get(column, palette.OSCILLATOR), "width": 1.4},
    )
