"""Twelve Data: daily and intraday bars, quotes."""
