"""The least that a page of Streamlit with one chart can be: `streamlit run bench/bare_page.py`."""

import plotly.graph_objects as go
import streamlit as st

st.title("Bare")
st.plotly_chart(go.Figure(go.Scatter(y=[1, 2, 3])))
