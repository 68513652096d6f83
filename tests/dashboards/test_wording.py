from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboards import wording

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2025, 6, 27, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "asset_class", "text"),
    [
        (1234.5, "equity", "1,234.50"),
        (0.5, "equity", "0.5000"),
        (1.08451, "fx", "1.08451"),
        (157.123, "fx", "157.123"),
        (4.291, "treasury", "4.291"),
        (0.00001234567, "crypto", "0.00001235"),
        (0.0, "commodity", "0.00"),
        (-37.63, "commodity", "-37.63"),
        (float("nan"), "equity", wording.MISSING),
        (None, "equity", wording.MISSING),
    ],
)
def test_a_price_has_the_decimals_of_its_class(
    value: float | None, asset_class: str, text: str
) -> None:
    assert wording.price(value, asset_class) == text


def test_an_instant_is_said_as_near_as_it_is() -> None:
    assert wording.moment(NOW - timedelta(hours=1), NEW_YORK, NOW) == "13:00 EDT"
    assert wording.moment(NOW - timedelta(days=2), NEW_YORK, NOW) == "Wed 14:00 EDT"
    assert wording.moment(NOW - timedelta(days=200), NEW_YORK, NOW) == "09 Dec 2024 13:00 EST"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(minutes=5, seconds=59), "5 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=10), "2 h 10 min"),
        (timedelta(days=2, hours=17, minutes=3), "2 d 17 h"),
        (timedelta(seconds=-5), "0 min"),
    ],
)
def test_a_span_is_said_in_its_two_largest_units(length: timedelta, text: str) -> None:
    assert wording.span(length) == text


def test_a_quantity_is_said_in_thousands_and_up() -> None:
    assert [wording.quantity(value) for value in (950.0, 17_230_000.0, 3.9e9, None)] == [
        "950",
        "17.23 M",
        "3.90 B",
        wording.MISSING,
    ]
