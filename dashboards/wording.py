"""How the pages say instants, ages, prices and changes."""

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dashboards.freshness import Level, PriceFreshness, SourceFreshness

MISSING = "\N{EN DASH}"

SOURCE_NAMES = {
    "twelve_data": "Twelve Data",
    "fmp": "Financial Modeling Prep",
    "fred": "FRED",
    "coingecko": "CoinGecko",
}

ASSET_CLASS_NAMES = {
    "equity": "Stocks",
    "etf": "ETFs",
    "index": "Indexes",
    "commodity": "Commodities",
    "treasury": "Treasuries",
    "fx": "Currencies",
    "crypto": "Crypto",
}


def source_name(source: str) -> str:
    """Return what a source is called; one that was added is called as its folder."""
    return SOURCE_NAMES.get(source, source)


def moment(instant: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Say an instant in a zone: the time today, with the weekday this week, else with the date."""
    local = instant.astimezone(zone)
    days = abs((local.date() - now.astimezone(zone).date()).days)
    if days == 0:
        return f"{local:%H:%M %Z}"
    if days < 7:
        return f"{local:%a %H:%M %Z}"
    return f"{local:%d %b %Y %H:%M %Z}"


def span(length: timedelta) -> str:
    """Say how long something lasts in its two largest units, such as `2 h 10 min`."""
    minutes = max(int(length.total_seconds() // 60), 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def price(value: float | None, asset_class: str) -> str:
    """Say a price with the decimals that its asset class is quoted in."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:,.{_decimals(abs(value), asset_class)}f}"


def change_pct(value: float | None) -> str:
    """Say a change in per cent (0 to 100) with its sign."""
    if value is None or math.isnan(value):
        return MISSING
    return f"{value:+.2f} %"


def number(value: float | None) -> str:
    """Say a plain number, such as an oscillator, with one decimal."""
    return MISSING if value is None or math.isnan(value) else f"{value:.1f}"


def quantity(value: float | None) -> str:
    """Say a volume in thousands, millions or billions."""
    if value is None or math.isnan(value):
        return MISSING
    for size, unit in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(value) >= size:
            return f"{value / size:,.2f} {unit}"
    return f"{value:,.0f}"


def source_state(freshness: SourceFreshness) -> str:
    """Say how late a source is."""
    if freshness.level is Level.UNKNOWN:
        return "never loaded"
    return _late_by(freshness.sessions_late)


def price_state(freshness: PriceFreshness) -> str:
    """Say how late a price is."""
    if freshness.sessions_late or freshness.behind is None:
        return _late_by(freshness.sessions_late)
    return f"{span(freshness.behind)} behind"


def _late_by(sessions: int) -> str:
    if sessions == 0:
        return "fresh"
    return f"{sessions} session{'s' if sessions > 1 else ''} late"


def _decimals(size: float, asset_class: str) -> int:
    if asset_class == "fx":
        return 3 if size >= 20 else 5
    if asset_class == "treasury":
        return 3
    if size >= 1 or size == 0:
        return 2
    # A coin may cost a millionth: keep four significant digits.
    return min(3 - math.floor(math.log10(size)), 12)
