"""Interest rates: a policy rate that moves at meetings, and the Treasury curve above it."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from ingestion.calendars import Calendars
from ingestion.sandbox.calendar import FIRST_DAY, day_number
from ingestion.sandbox.market import Market
from ingestion.sandbox.noise import Floats, Ints, normals, stream

# FMP's columns, with the tenor of each in years.
TENORS = {
    "month1": 1 / 12,
    "month2": 2 / 12,
    "month3": 3 / 12,
    "month6": 6 / 12,
    "year1": 1.0,
    "year2": 2.0,
    "year3": 3.0,
    "year5": 5.0,
    "year7": 7.0,
    "year10": 10.0,
    "year20": 20.0,
    "year30": 30.0,
}
FRED_IDS = {
    "DGS1MO": "month1",
    "DGS3MO": "month3",
    "DGS6MO": "month6",
    "DGS1": "year1",
    "DGS2": "year2",
    "DGS3": "year3",
    "DGS5": "year5",
    "DGS7": "year7",
    "DGS10": "year10",
    "DGS20": "year20",
    "DGS30": "year30",
}
# The two-month bill was first quoted then.
MONTH2_SINCE = date(2018, 10, 16)

_SESSIONS_BETWEEN_MEETINGS = 32
_USUAL_RATE = 3.0


@dataclass(frozen=True)
class Rates:
    """Rates of every weekday from 2015 on, holidays included.

    Attributes:
        days: the weekdays, in days since 1970-01-01.
        is_holiday: on which of them Treasuries are not quoted.
        policy: the effective policy rate in per cent.
        curve: yields in per cent, rounded to basis points; weekdays x TENORS.
        inflation: expected over ten years, in per cent.
        dollar: an index of the dollar's worth.
    """

    days: Ints
    is_holiday: list[bool]
    policy: Floats
    curve: Floats
    inflation: Floats
    dollar: Floats


def rates(market: Market) -> Rates:
    """Return the rates up to the market's horizon."""
    quoted_days = {
        session.session_date
        for session in Calendars(market.last_day).sessions("US_BOND", FIRST_DAY, market.last_day)
    }
    weekdays = [day for day in _days(FIRST_DAY, market.last_day) if day.weekday() < 5]
    days = np.array([day_number(day) for day in weekdays], dtype=np.int64)
    policy = _policy(market.seed, days)
    level = _wave(market.seed, "level", days, 0.35 * policy + 2.7, pull=0.004, volatility=0.05)
    flat = np.ones(len(days))
    bend = _wave(market.seed, "bend", days, 0.0 * flat, pull=0.01, volatility=0.03)
    inflation = _wave(market.seed, "inflation", days, 2.25 * flat, pull=0.01, volatility=0.03)
    dollar = _wave(market.seed, "dollar", days, 116.0 * flat, pull=0.003, volatility=0.35)
    tenors = np.array(list(TENORS.values()))
    fade = np.exp(-tenors / 3.0)
    curve = level[:, None] + (policy[:, None] + 0.05 - level[:, None]) * fade
    curve += bend[:, None] * (tenors / 3.0) * fade * 2.0
    curve += 0.12 * (tenors == 20.0)
    for column, name in enumerate(TENORS):
        curve[:, column] += 0.012 * normals(stream(market.seed, "yield", name), days)
    return Rates(
        days,
        [day not in quoted_days for day in weekdays],
        policy,
        np.maximum(curve, 0.01).round(2),
        inflation.round(2),
        dollar.round(4),
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]


def _policy(seed: int, days: Ints) -> Floats:
    luck = normals(stream(seed, "meeting"), days)
    rate, rates_by_day = 1.125, np.empty(len(days))
    for index in range(len(days)):
        if index % _SESSIONS_BETWEEN_MEETINGS == 20:
            step = round(float(np.clip(0.35 * (_USUAL_RATE - rate) + 0.8 * luck[index], -2, 2)))
            rate = min(max(rate + 0.25 * step, 0.125), 6.125)
        rates_by_day[index] = rate
    return np.maximum(rates_by_day - 0.045 + 0.008 * normals(stream(seed, "funds"), days), 0.04)


def _wave(
    seed: int, name: str, days: Ints, middle: Floats, *, pull: float, volatility: float
) -> Floats:
    """Return a walk that is pulled towards `middle`, by that share of the distance a day."""
    luck = normals(stream(seed, "wave", name), days)
    value, values = float(middle[0]), np.empty(len(days))
    for index in range(len(days)):
        value += pull * (float(middle[index]) - value) + volatility * float(luck[index])
        values[index] = value
    return values
