"""Correlations: what moves together among instruments, and among economic indicators."""

import pandas as pd
import streamlit as st

from dashboards import queries, shell
from dashboards.ranges import choose_days
from reporting.charts import heat_map, lines_chart, scatter_chart

_WINDOWS = {"20 sessions": 20, "60 sessions": 60, "252 sessions": 252}
_MACRO_WINDOWS = {"1 year": "1y", "3 years": "3y", "10 years": "10y", "All": "all"}
_WINDOW_DAYS = {"1y": 366, "3y": 1097, "10y": 3653, "all": 36_500}
_LATEST_DAYS = 14


def render(view: shell.View) -> None:
    """Draw the page."""
    with view.controls:
        window = st.radio("Window", list(_WINDOWS), index=1, key="window", bind="query-params")
        days = choose_days()
        macro_window = st.radio(
            "Window of indicators", list(_MACRO_WINDOWS), index=2, key="macro", bind="query-params"
        )

    def body() -> None:
        shell.head(view, "Correlations")
        _show_instruments(view, _WINDOWS[str(window)], days)
        _show_indicators(view, _MACRO_WINDOWS[str(macro_window)])

    shell.refreshed(view, body)


def _show_instruments(view: shell.View, window: int, days: int) -> None:
    st.subheader("Daily returns", anchor=False)
    pairs = view.read(
        queries.CORRELATION_MATRIX,
        window_sessions=window,
        first_date=view.days_ago(_LATEST_DAYS),
    )
    if pairs.empty:
        shell.nothing(
            "No correlations yet: they take the watchlist (`MARKETFLOW_WATCHLIST`) and as many "
            "common sessions as the window has. `make demo` brings a synthetic market."
        )
        return
    matrix = _square(pairs, "symbol", "other_symbol", "correlation")
    shell.chart(
        heat_map(matrix, "Correlation", reach=1.0),
        key="matrix",
        description=f"Correlation of daily returns between {len(matrix)} instruments.",
        source=f"Correlation (-1 to 1) of daily returns over the last {window} common sessions, "
        f"on {pairs['session_date'].max():%d %b %Y}. Grey: fewer common sessions than that. "
        "Source: fct_return_correlations.",
    )
    shell.downloads(pairs, "return_correlations")
    _show_rolling(view, pairs, window, days)


def _show_rolling(view: shell.View, pairs: pd.DataFrame, window: int, days: int) -> None:
    names = {f"{row.symbol} and {row.other_symbol}": row for row in pairs.itertuples(index=False)}
    chosen = names[str(st.selectbox("Pair", list(names), key="pair", bind="query-params"))]
    rolling = view.read(
        queries.ROLLING_CORRELATION,
        instrument_id=chosen.instrument_id,
        other_instrument_id=chosen.other_instrument_id,
        window_sessions=window,
        first_date=view.days_ago(days),
    )
    name = f"{chosen.symbol} and {chosen.other_symbol}"
    shell.chart(
        lines_chart(
            rolling.set_index("session_date")[["correlation"]].set_axis([name], axis=1),
            "Correlation",
        ).update_yaxes(range=[-1.05, 1.05]),
        key="rolling",
        description=f"Rolling correlation of {name}.",
        source=f"Correlation (-1 to 1) over {window} common sessions, {len(rolling)} days shown; "
        f"observation_count {window} each. Source: fct_return_correlations.",
    )


def _show_indicators(view: shell.View, window: str) -> None:
    st.subheader("Economic indicators", anchor=False)
    pairs = view.read(queries.MACRO_CORRELATIONS, window_name=window)
    if pairs.empty:
        shell.nothing("No economic series are loaded yet: run `marketflow ingest fred`.")
        return
    matrix = _square(pairs, "series_id", "other_id", "change_correlation")
    shell.chart(
        heat_map(matrix, "Correlation", reach=1.0, has_text=len(matrix) <= 16),
        key="macro-matrix",
        description=f"Correlation of changes between {len(matrix)} economic indicators.",
        source="Correlation (-1 to 1) of the changes from period to period, at the pace of the "
        "slower of the two. Grey: fewer than ten common periods, or a history shorter than the "
        "window. Source: fct_macro_correlations.",
    )
    shell.downloads(pairs, "macro_correlations")
    _show_scatter(view, pairs, window)


def _show_scatter(view: shell.View, pairs: pd.DataFrame, window: str) -> None:
    ids = sorted({*pairs["series_id"], *pairs["other_id"]})
    left, right = st.columns(2)
    one = str(
        left.selectbox(
            "Across", ids, index=_place(ids, "UNRATE", 0), key="across", bind="query-params"
        )
    )
    other = str(
        right.selectbox("Up", ids, index=_place(ids, "CPIAUCSL", 1), key="up", bind="query-params")
    )
    found = pairs[
        ((pairs["series_id"] == one) & (pairs["other_id"] == other))
        | ((pairs["series_id"] == other) & (pairs["other_id"] == one))
    ]
    if found.empty:
        shell.nothing("Choose two different indicators that overlap in this window.")
        return
    pair = found.iloc[0]
    values = view.read(
        queries.MACRO_PAIR,
        series_id=one,
        other_id=other,
        period=pair["period"],
        first_date=view.days_ago(_WINDOW_DAYS[window]),
    )
    known = pd.notna(pair["correlation"])
    said = f"{pair['correlation']:+.2f}" if known else "not said (too few, or a short history)"
    shell.chart(
        scatter_chart(
            pd.DataFrame(
                {
                    "x": values["value"],
                    "y": values["other_value"],
                    "label": values["period_start_date"].astype(str),
                }
            ),
            one,
            other,
            is_thin=not known,
        ),
        key="scatter",
        description=f"{other} over {one}, one dot per {pair['period']}.",
        source=f"Means of each {pair['period']}, as they stand today; correlation of levels "
        f"{said}, observation_count {pair['observation_count']}. Sources: fct_macro_latest, "
        "fct_macro_correlations.",
    )


def _place(ids: list[str], wanted: str, otherwise: int) -> int:
    return ids.index(wanted) if wanted in ids else min(otherwise, len(ids) - 1)


def _square(pairs: pd.DataFrame, one: str, other: str, value: str) -> pd.DataFrame:
    """Return the pairs as a square, each on both sides of a diagonal of ones."""
    names = sorted({*pairs[one], *pairs[other]})
    square = pd.DataFrame(float("nan"), index=names, columns=names)
    for row in pairs[[one, other, value]].itertuples(index=False):
        square.loc[row[0], row[1]] = square.loc[row[1], row[0]] = row[2]
    for name in names:
        square.loc[name, name] = 1.0
    return square


shell.show(render)
