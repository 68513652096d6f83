"""The colours of every chart, from the Okabe-Ito set, which colour-blind readers tell apart.

Each has a contrast of at least 3:1 against both the light and the dark page.
"""

UP = "#2b83d6"
DOWN = "#d9691e"
NEUTRAL = "#8a8f98"
CLOSE = "#2b83d6"
GRID = "rgba(138, 143, 152, 0.18)"
BAND = "rgba(138, 143, 152, 0.10)"

AVERAGES = {
    "sma_20": "#b8860b",
    "sma_50": "#b05a9a",
    "sma_200": "#0f9d78",
    "ema_12": "#4a90a4",
    "ema_26": "#c2603f",
    "vwap_20": "#8e6fd1",
    "vwap": "#8e6fd1",
    "bollinger_upper_20": "#8a8f98",
    "bollinger_lower_20": "#8a8f98",
    "macd_line": "#2b83d6",
    "macd_signal": "#d9691e",
}
OSCILLATOR = "#8e6fd1"
SERIES = (
    "#2b83d6",
    "#d9691e",
    "#0f9d78",
    "#b05a9a",
    "#b8860b",
    "#8e6fd1",
    "#4a90a4",
    "#8a8f98",
)
"""One per line, in this order."""

DIVERGING = ((0.0, "#d9691e"), (0.5, "#f2f2f2"), (1.0, "#2b83d6"))
"""From a fall over nothing to a rise."""


def faded(colour: str, opacity: float) -> str:
    """Return `colour`, given as #rrggbb, with an opacity from 0 to 1."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
