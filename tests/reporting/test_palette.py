import pytest

from reporting.charts import palette

LIGHT, DARK = "#ffffff", "#11151b"  # The grounds of .streamlit/config.toml.
INKS = [palette.UP, palette.DOWN, palette.OSCILLATOR, *palette.AVERAGES.values()]


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("ground", [LIGHT, DARK])
@pytest.mark.parametrize("ink", INKS)
def test_every_line_stands_out_on_both_themes(ink: str, ground: str) -> None:
    assert contrast(ink, ground) >= 3


def test_black_on_white_is_the_greatest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
