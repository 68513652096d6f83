"""Where the numbers of one instrument come from: one number in full, and its whole history."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import queries, shell
from reporting.explain import Question
from reporting.explain.columns import FORMULAS
from warehouse.errors import UsageError

_ORIGIN_ROWS = 20
_NUMBERS = (
    "open_price",
    "high_price",
    "low_price",
    "close_price",
    *(name for name in FORMULAS["fct_daily_bars"] if name != "known_from"),
    *(name for name in FORMULAS["fct_daily_indicators"] if name != "bar_number"),
)
_TABLES = {
    "Gaps": (queries.INSTRUMENT_GAPS, "ops.fct_data_gaps", "No bar is missing"),
    "Anomalies": (queries.INSTRUMENT_ANOMALIES, "ops.fct_anomalies", "Nothing looked odd"),
    "Revisions": (
        queries.INSTRUMENT_REVISIONS,
        "fct_daily_bar_revisions",
        "No bar was changed after it was first seen",
    ),
}


def show(view: shell.View, symbol: str, bars: pd.DataFrame, asked: dict[str, Any]) -> None:
    """Draw the part of the page that says why its numbers can be believed.

    Args:
        view: what the page is drawn from.
        symbol: the instrument.
        bars: its bars: session_date, provider, known_from, response_id.
        asked: instrument_id, first_date and last_date of the range that is shown.
    """
    st.subheader("Where these numbers come from", anchor=False)
    number, origin, *tables = st.tabs(["One number", "Origin", *_TABLES])
    with number:
        _show_number(view, symbol, asked["first_date"], asked["last_date"])
    with origin:
        _show_origin(view, symbol, bars)
    for tab, (title, (statement, source, praise)) in zip(tables, _TABLES.items(), strict=True):
        with tab:
            rows = view.read(statement, **asked)
            if rows.empty:
                st.success(f"{praise} in this range.", icon=":material/check_circle:")
                continue
            shell.table(
                view.in_zone(rows),
                _file_name(symbol, title.lower()),
                f"{title} of {symbol}",
                f"The newest 200 in this range, prices as traded; times in {view.zone.key}. "
                f"Source: {source}.",
            )


def _show_number(view: shell.View, symbol: str, first: date, last: date) -> None:
    left, right = st.columns(2)
    column = left.selectbox(
        "Number",
        _NUMBERS,
        index=None,
        placeholder="Choose a number",
        key="number",
        bind="query-params",
    )
    day = right.date_input(
        "Session", value=last, min_value=first, max_value=last, key="session", bind="query-params"
    )
    if column is None or not isinstance(day, date):
        st.caption(
            "Choose one, and read how it was worked out, from which bars, and which answer of "
            "which provider they were read from. `marketflow explain` tells the same, and opens "
            "the answer itself."
        )
        return
    try:
        told = view.warehouse.explain(Question(symbol, day, column, view.now()))
    except UsageError as error:
        shell.nothing(f"{error}.")
        return
    st.code(told, language=None, wrap_lines=True)


def _show_origin(view: shell.View, symbol: str, bars: pd.DataFrame) -> None:
    newest = bars[["session_date", "provider", "known_from", "response_id"]].tail(_ORIGIN_ROWS)
    shell.table(
        view.in_zone(newest[::-1]),
        _file_name(symbol, "origin"),
        f"Which response each of the newest bars of {symbol} was read from",
        f"The newest {_ORIGIN_ROWS} sessions, times in {view.zone.key}; response_id is the SHA-256 "
        "of the provider's answer as it lies in the landing. Source: fct_daily_bars.",
    )


def _file_name(symbol: str, what: str) -> str:
    return f"{symbol.replace('/', '-')}_{what}"
