"""FRED: macroeconomic series with every vintage."""
