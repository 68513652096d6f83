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

st.navigation(
    [
        st.Page(
            "pages/overview.py",
            title="Overview",
            icon=":material/space_dashboard:",
            default=True,
        ),
        st.Page(
            "pages/instrument.py",
            title="Instrument",
            icon=":material/candlestick_chart:",
            url_path="instrument",
        ),
    ]
).run()
