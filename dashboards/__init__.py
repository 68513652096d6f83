"""Streamlit pages over reporting's charts. Reads marts and ops only, as the reader role."""
