"""The stretch of time that a page shows, chosen in the sidebar and kept in the URL."""

import streamlit as st

RANGES = {"1M": 31, "3M": 92, "6M": 183, "1Y": 366, "3Y": 1097, "5Y": 1827, "10Y": 3653}


def choose_days(default: str = "1Y") -> int:
    """Let the viewer choose how many days back the page looks."""
    chosen = st.pills(
        "Range", list(RANGES), default=default, required=True, key="range", bind="query-params"
    )
    return RANGES[str(chosen)]
