"""The forecast of an instrument, with its interval and how good such forecasts were."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import queries, shell

# Nearer to each other than this they are alike: sums of the same numbers differ by less.
_ALIKE = 1e-9
_PRICE = "%.6g"


def show(view: shell.View, instrument: Any) -> None:
    """Draw the newest forecast of the chosen model, and say where the naive one was better."""
    st.subheader("Forecast", anchor=False)
    found = view.read(queries.FORECASTS, instrument_id=instrument.instrument_id)
    if found.empty:
        shell.nothing(
            f"{instrument.symbol} has no forecast: run `marketflow forecast`. It says why, if it "
            "can make none."
        )
        return
    scores = view.read(queries.FORECAST_SCORES, instrument_id=instrument.instrument_id)
    rows = found.merge(scores, on="horizon", how="left")
    st.markdown("  \n".join(verdict(row) for row in rows.itertuples(index=False)))
    origin = rows.iloc[0]
    shell.table(
        rows.drop(columns=["origin_date", "origin_value"]),
        f"{instrument.symbol.replace('/', '-')}_forecast",
        f"Forecasts of {instrument.symbol} 1, 5 and 20 sessions ahead, with their intervals",
        f"From {origin['origin_value']:,.6g} on {origin['origin_date']:%d %b %Y}, by the model "
        "that did best at past origins; the interval is meant to hold 95 of 100. MASE: the mean "
        "error over that of the naive forecast in the history; less is better. "
        "Scores are of the last year. Source: fct_forecasts, fct_forecast_scores.",
        {
            "horizon": "Sessions ahead",
            "point": st.column_config.NumberColumn("Forecast", format=_PRICE),
            "lower": st.column_config.NumberColumn("At least", format=_PRICE),
            "upper": st.column_config.NumberColumn("At most", format=_PRICE),
            "forecast_count": "Scored",
            "mase": st.column_config.NumberColumn("MASE", format="%.2f"),
            "naive_mase": st.column_config.NumberColumn("MASE, naive", format="%.2f"),
            "within_interval_pct": st.column_config.NumberColumn("Within", format="%.0f %%"),
        },
    )


def verdict(row: Any) -> str:
    """Return in a sentence how forecasts of a horizon did beside the last price."""
    ahead = "1 session" if row.horizon == 1 else f"{row.horizon} sessions"
    if pd.isna(row.forecast_count):
        return f"{ahead} ahead: no forecast has met its truth yet."
    count, mase, naive = int(row.forecast_count), row.mase, row.naive_mase
    if mase > naive * (1 + _ALIKE):
        did = f"**the naive forecast wins**: {naive:.2f} against {mase:.2f}"
    elif mase < naive * (1 - _ALIKE):
        did = f"better than the naive forecast, {mase:.2f} against {naive:.2f}"
    else:
        did = f"as good as the naive forecast, {mase:.2f}"
    return (
        f"{ahead} ahead: {did} (MASE of {count}); {row.within_interval_pct:.0f} % lay within the "
        "interval."
    )
