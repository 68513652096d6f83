"""The dashboards: `streamlit run dashboards/app.py`. Registers the pages, and nothing else."""

import sys
from pathlib import Path

import streamlit as st

# Streamlit puts the folder of this file on the path, and the pages import from its parent.
_HERE = Path(__file__).resolve().parent
if str(_HERE.parent) not in sys.path:
    sys.path.insert(0, str(_HERE.parent))

st.set_page_config(page_title="MarketFlow", page_icon=_HERE / "icon.svg", layout="wide")
st.logo(_HERE / "logo.svg", size="large", icon_image=_HERE / "icon.svg")

_PAGES = {
    "overview": ("Overview", ":material/space_dashboard:"),
    "instrument": ("Instrument", ":material/candlestick_chart:"),
    "compare": ("Compare", ":material/stacked_line_chart:"),
    "correlations": ("Correlations", ":material/grid_on:"),
    "macro": ("Macro", ":material/account_balance:"),
    "crypto": ("Crypto", ":material/currency_bitcoin:"),
    "quality": ("Data quality", ":material/fact_check:"),
}

# Not in a folder `pages`: whatever lies there Streamlit runs by itself, without this file, for the
# first visitor who comes by a link.
st.navigation(
    [
        st.Page(
            f"views/{name}.py",
            title=title,
            icon=icon,
            default=name == "overview",
            url_path="" if name == "overview" else name,
        )
        for name, (title, icon) in _PAGES.items()
    ]
).run()
