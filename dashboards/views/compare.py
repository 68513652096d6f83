"""Compare: several instruments from one starting line, and what each did since."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboards import comparison, queries, shell
from dashboards.ranges import choose_days
from reporting.charts import lines_chart

_MOST = 8
_PREFERRED = ("AAPL", "MSFT", "SPY", "BTC/USD")
_VIEWS = ("Rebased to 100", "Normalised", "Price")
_BASES = {
    "Split-adjusted": "split_adjusted_close_price",
    "Total return": "total_return_close_price",
}
_UNITS = {
    "Rebased to 100": "First common session = 100",
    "Normalised": "Standard deviations from the mean",
    "Price": "Price, each in its own currency",
}


def render(view: shell.View) -> None:
    """Draw the page."""
    instruments = view.read(queries.INSTRUMENTS)
    if instruments.empty:
        st.title("Compare", anchor=False)
        shell.nothing("No instrument is tracked yet: run `make demo`, or `marketflow full`.")
        return
    by_symbol = {row.symbol: row for row in instruments.itertuples(index=False)}
    with view.controls:
        symbols = _choose_symbols(by_symbol)
        days = choose_days()
        how = st.radio("Show", _VIEWS, key="view", bind="query-params")
        basis = st.radio("Prices", list(_BASES), key="prices", bind="query-params")
    chosen = [by_symbol[symbol] for symbol in symbols]
    shell.refreshed(view, lambda: _show(view, chosen, days, str(how), str(basis)))


def _choose_symbols(by_symbol: dict[str, Any]) -> list[str]:
    preferred = [symbol for symbol in _PREFERRED if symbol in by_symbol] or list(by_symbol)[:2]
    return st.multiselect(
        "Instruments",
        list(by_symbol),
        default=preferred,
        max_selections=_MOST,
        key="symbols",
        bind="query-params",
        help=f"Up to {_MOST}.",
    )


def _show(view: shell.View, chosen: list[Any], days: int, how: str, basis: str) -> None:
    shell.head(view, "Compare")
    if not chosen:
        shell.nothing("Choose instruments in the sidebar.")
        return
    asked = {
        "instrument_ids": sorted(each.instrument_id for each in chosen),
        "first_date": view.days_ago(days),
        "last_date": view.days_ago(0),
    }
    closes = view.read(queries.COMPARED_CLOSES, **asked)
    common = comparison.common_closes(closes, _BASES[basis])
    if common.empty:
        shell.nothing(
            "These instruments share no session in this range: choose a longer one, or others."
        )
        return
    _show_lines(common, how, basis)
    _show_performance(common, basis)
    _show_crossovers(view.read(queries.COMPARED_CROSSOVERS, **asked))


def _show_lines(common: pd.DataFrame, how: str, basis: str) -> None:
    drawn = common
    if how == "Rebased to 100":
        drawn = comparison.rebased(common)
    elif how == "Normalised":
        drawn = comparison.normalised(common)
    # A line goes on over days on which another market trades.
    shell.chart(
        lines_chart(drawn, _UNITS[how], height=440, joins_gaps=True),
        key="comparison",
        description=f"{how}: one line each for {', '.join(drawn.columns)}, from "
        f"{drawn.index[0]} to {drawn.index[-1]}.",
        source=f"{_UNITS[how]}; {basis.lower()} closes from {drawn.index[0]:%d %b %Y}, the first "
        "session that all share. Source: fct_daily_bars.",
    )
    shell.downloads(drawn.reset_index(), "comparison")


def _show_performance(common: pd.DataFrame, basis: str) -> None:
    st.subheader("What each did", anchor=False)
    shell.table(
        comparison.performance(common),
        "performance",
        "Return, volatility and deepest fall of each instrument",
        f"In per cent of {basis.lower()} closes; volatility per session, not annualised. "
        "Source: fct_daily_bars.",
        {
            "return_pct": st.column_config.NumberColumn("Return", format="%.2f %%"),
            "volatility_pct": st.column_config.NumberColumn("Volatility", format="%.2f %%"),
            "drawdown_pct": st.column_config.NumberColumn("Deepest fall", format="%.2f %%"),
            "session_count": st.column_config.NumberColumn("Sessions"),
        },
    )


def _show_crossovers(crossovers: pd.DataFrame) -> None:
    st.subheader("Crossings of the averages", anchor=False)
    if crossovers.empty:
        shell.nothing("The averages of 50 and 200 sessions did not cross in this range.")
        return
    words = {
        "golden_cross": "SMA 50 rose above SMA 200",
        "death_cross": "SMA 50 fell below SMA 200",
    }
    shell.table(
        crossovers.assign(signal=crossovers["signal"].map(words)),
        "crossovers",
        "Sessions on which the average of 50 sessions crossed that of 200",
        "Split-adjusted closes. Source: fct_indicator_signals.",
        {"split_adjusted_close_price": st.column_config.NumberColumn("Close", format="%.4g")},
    )


shell.show(render)
