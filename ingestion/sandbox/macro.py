"""Economic series with their vintages: what was published for each period, and when.

An observation is published with the lag of its release, revised at later releases, and once a
year, with a benchmark revision, again for the two years before. Daily series are published on the
next business day (the H.10 ones weekly) and never revised; holidays among their weekdays carry '.'.
"""

import csv
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from pathlib import Path
from weakref import WeakKeyDictionary

import numpy as np

from ingestion.sandbox.calendar import (
    CHICAGO,
    FIRST_DAY,
    NEW_YORK,
    date_of,
    day_number,
    instant,
)
from ingestion.sandbox.market import Market, MarketView
from ingestion.sandbox.noise import Floats, normals, stream
from ingestion.sandbox.rates import FRED_IDS, MONTH2_SINCE, TENORS, Rates, rates

TREASURY_COLUMNS = tuple(TENORS)
MISSING = "."

_FIRST_PERIOD = date(2010, 1, 1)
_TREASURY_HOUR = 18  # in New York, when FMP has the day's curve
_BENCHMARK_REACH = timedelta(days=740)


@dataclass(frozen=True)
class SeriesFacts:
    """What FRED tells of a series, and the numbers that shape it."""

    id: str
    title: str
    frequency: str
    frequency_short: str
    units: str
    units_short: str
    seasonal_adjustment: str
    seasonal_adjustment_short: str
    popularity: int
    release_id: int
    release_name: str
    release_link: str
    published_at: str
    lag_days: str
    revisions: tuple[str, ...]
    benchmark_month: int | None
    revision_size: float
    shape: str
    start_value: float
    annual_growth: float
    volatility: float
    decimals: int


@dataclass(frozen=True)
class Observation:
    """One period of a series.

    Attributes:
        period: its first day.
        prints: the publication date and the value of each vintage, oldest first.
    """

    period: date
    prints: tuple[tuple[date, str], ...]


@dataclass(frozen=True)
class Series:
    """A series with every vintage up to the horizon."""

    facts: SeriesFacts
    observations: tuple[Observation, ...]

    @cached_property
    def vintage_dates(self) -> list[date]:
        """Every date on which something of it was published, oldest first."""
        return sorted({on for one in self.observations for on, _ in one.prints})

    def published_instant(self, on: date) -> datetime:
        """Return when that day's publication appears."""
        hour, minute = self.facts.published_at.split(":")
        return instant(on, int(hour), int(minute), CHICAGO)

    def last_vintage(self, now: datetime) -> date | None:
        """Return the latest publication date that `now` has seen."""
        today = now.astimezone(CHICAGO).date()
        for on in reversed(self.vintage_dates):
            if on < today or (on == today and self.published_instant(on) <= now):
                return on
        return None


class Economy:
    """Every series of the sandbox, computed when it is first asked for.

    Args:
        market: whose seed, calendars and horizon it shares.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.facts = {facts.id: facts for facts in _facts()}
        self._series: dict[str, Series] = {}

    @cached_property
    def rates(self) -> Rates:
        """The policy rate and the Treasury curve."""
        return rates(self.market)

    @cached_property
    def business_days(self) -> list[date]:
        """The weekdays on which Treasuries are quoted and statistics are published."""
        return [
            date_of(day)
            for day, is_holiday in zip(self.rates.days.tolist(), self.rates.is_holiday, strict=True)
            if not is_holiday
        ]

    def series(self, series_id: str) -> Series | None:
        """Return the series called `series_id`."""
        if series_id not in self.facts:
            return None
        if series_id not in self._series:
            facts = self.facts[series_id]
            observations = (
                self._computed(facts) if facts.shape == "computed" else self._surveyed(facts)
            )
            self._series[series_id] = Series(facts, tuple(observations))
        return self._series[series_id]

    def _business_day(self, day: date) -> date:
        """Return `day`, or the next business day when it is none."""
        if day < FIRST_DAY:
            return day + timedelta(days=max(7 - day.weekday(), 0) if day.weekday() > 4 else 0)
        position = bisect_left(self.business_days, day)
        if position == len(self.business_days):
            return self.market.last_day + timedelta(days=7)
        return self.business_days[position]

    # -------------------------------------------------------------- surveys

    def _surveyed(self, facts: SeriesFacts) -> Iterator[Observation]:
        periods = _periods(facts.frequency_short, self.market.last_day)
        final = _final_values(self.market.seed, facts, periods)
        schedules = self._schedules(facts, periods)
        benchmarks = _last_of_each_year(
            on for dates in schedules for on in dates if on.month == facts.benchmark_month
        )
        for position, period in enumerate(periods):
            reach = schedules[position][0], schedules[position][0] + _BENCHMARK_REACH
            revisions = [day for day in benchmarks if reach[0] < day <= reach[1]]
            dates = sorted({*schedules[position], *revisions})
            luck = normals(
                stream(self.market.seed, "vintage", facts.id, period.isoformat()),
                np.arange(len(dates), dtype=np.int64),
            )
            prints: list[tuple[date, str]] = []
            for draw, day in enumerate(dates):
                error = facts.revision_size * float(luck[draw]) / (draw + 1)
                if draw == len(dates) - 1:
                    error = 0.0  # the last vintage is the truth
                value = final[position]
                value = value * (1.0 + error) if facts.shape == "growth" else value + error
                text = _text(value, facts.decimals)
                if not prints or prints[-1][1] != text:
                    prints.append((day, text))
            yield Observation(period, tuple(prints))

    def _schedules(self, facts: SeriesFacts, periods: list[date]) -> list[list[date]]:
        """Return, for each period, the dates of its first print and of its regular revisions.

        A revision `r2` comes with the first print of the second period after, `30` that many days
        after the first print.
        """
        first_prints = [self._first_print(facts, period) for period in periods]
        schedules: list[list[date]] = []
        for position, first in enumerate(first_prints):
            dates = [first]
            for revision in facts.revisions:
                if not revision.startswith("r"):
                    dates.append(self._business_day(first + timedelta(days=int(revision))))
                elif position + int(revision[1:]) < len(periods):
                    dates.append(first_prints[position + int(revision[1:])])
            schedules.append(dates)
        return schedules

    def _first_print(self, facts: SeriesFacts, period: date) -> date:
        end = _period_end(facts.frequency_short, period)
        if facts.lag_days == "first_friday":
            first = end + timedelta(days=1)
            friday = first + timedelta(days=(4 - first.weekday()) % 7)
            if friday.day < 3:
                friday += timedelta(days=7)
            return self._business_day(friday)
        return self._business_day(end + timedelta(days=int(facts.lag_days)))

    # -------------------------------------------------------------- markets

    def _computed(self, facts: SeriesFacts) -> Iterator[Observation]:
        if facts.id == "FEDFUNDS":
            yield from self._monthly_policy_rate(facts)
            return
        values = self._daily_values(facts.id)
        for period, value in values:
            text = MISSING if value is None else _text(value, facts.decimals)
            if facts.lag_days == "weekly":
                on = self._business_day(period + timedelta(days=7 - period.weekday()))
            else:
                on = self._business_day(period + timedelta(days=1))
            yield Observation(period, ((on, text),))

    def _daily_values(self, series_id: str) -> list[tuple[date, float | None]]:
        known = self.rates
        if series_id == "DFF":
            return self._policy_rate_of_every_day()
        tenor = list(TENORS).index
        if series_id in FRED_IDS:
            column = known.curve[:, tenor(FRED_IDS[series_id])]
        elif series_id == "T10Y2Y":
            column = known.curve[:, tenor("year10")] - known.curve[:, tenor("year2")]
        elif series_id == "T10YIE":
            column = known.inflation
        elif series_id == "DTWEXBGS":
            column = known.dollar
        else:
            column = self._noon_euro()
        return [
            (date_of(day), None if is_holiday else value)
            for day, is_holiday, value in zip(
                known.days.tolist(), known.is_holiday, column.tolist(), strict=True
            )
        ]

    def _noon_euro(self) -> Floats:
        euro = self.market.instruments["EURUSD"]
        bars = self.market.daily(euro)
        return (bars.open + bars.close) / (2.0 * 10.0**euro.decimals)

    def _policy_rate_of_every_day(self) -> list[tuple[date, float | None]]:
        """Return the rate of all seven days; a weekend repeats its Friday."""
        known = self.rates
        every_day = np.arange(known.days[0], known.days[-1] + 1, dtype=np.int64)
        latest = np.searchsorted(known.days, every_day, side="right") - 1
        return [
            (date_of(day), rate)
            for day, rate in zip(every_day.tolist(), known.policy[latest].tolist(), strict=True)
        ]

    def _monthly_policy_rate(self, facts: SeriesFacts) -> Iterator[Observation]:
        by_month: dict[date, list[float]] = {}
        for day, rate in self._policy_rate_of_every_day():
            by_month.setdefault(day.replace(day=1), []).append(rate or 0.0)
        for month, month_rates in by_month.items():
            text = _text(sum(month_rates) / len(month_rates), facts.decimals)
            yield Observation(month, ((self._first_print(facts, month), text),))


_economies: WeakKeyDictionary[Market, Economy] = WeakKeyDictionary()


def economy(market: Market) -> Economy:
    """Return the economy of `market`, the same one each time."""
    if market not in _economies:
        _economies[market] = Economy(market)
    return _economies[market]


def treasury_rates(
    view: MarketView, start: date, end: date
) -> list[tuple[date, list[float | None]]]:
    """Return the curve of each business day from `start` to `end` that is known, oldest first.

    Returns:
        The day, and its yields in per cent in the order of TREASURY_COLUMNS.
    """
    known = economy(view.market).rates
    rows: list[tuple[date, list[float | None]]] = []
    first = int(np.searchsorted(known.days, day_number(start)))
    last = int(np.searchsorted(known.days, day_number(end), side="right"))
    for index in range(first, last):
        day = date_of(int(known.days[index]))
        if known.is_holiday[index] or instant(day, _TREASURY_HOUR, 0, NEW_YORK) > view.now:
            continue
        yields: list[float | None] = list(known.curve[index].tolist())
        if day < MONTH2_SINCE:
            yields[TREASURY_COLUMNS.index("month2")] = None
        rows.append((day, yields))
    return rows


def _facts() -> Iterator[SeriesFacts]:
    path = Path(__file__).parent / "fred_series.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            benchmark = row.pop("benchmark_month")
            yield SeriesFacts(
                id=row["id"],
                title=row["title"],
                frequency=row["frequency"],
                frequency_short=row["frequency_short"],
                units=row["units"],
                units_short=row["units_short"],
                seasonal_adjustment=row["seasonal_adjustment"],
                seasonal_adjustment_short=row["seasonal_adjustment_short"],
                popularity=int(row["popularity"]),
                release_id=int(row["release_id"]),
                release_name=row["release_name"],
                release_link=row["release_link"],
                published_at=row["published_at"],
                lag_days=row["lag_days"],
                revisions=tuple(row["revisions"].split()),
                benchmark_month=int(benchmark) if benchmark else None,
                revision_size=float(row["revision_size"]),
                shape=row["shape"],
                start_value=float(row["start_value"]),
                annual_growth=float(row["annual_growth"]),
                volatility=float(row["volatility"]),
                decimals=int(row["decimals"]),
            )


def _last_of_each_year(days: Iterable[date]) -> list[date]:
    latest: dict[int, date] = {}
    for day in days:
        latest[day.year] = max(day, latest.get(day.year, day))
    return sorted(latest.values())


def _periods(frequency: str, last_day: date) -> list[date]:
    if frequency == "W":
        first_saturday = date(2010, 1, 2)
        count = (last_day - first_saturday).days // 7
        return [first_saturday + timedelta(days=7 * step) for step in range(count + 1)]
    step = 3 if frequency == "Q" else 1
    months = range(0, 12 * (last_day.year - _FIRST_PERIOD.year + 1), step)
    return [date(_FIRST_PERIOD.year + month // 12, month % 12 + 1, 1) for month in months]


def _period_end(frequency: str, period: date) -> date:
    if frequency == "W":
        return period
    months = 3 if frequency == "Q" else 1
    later = period.month - 1 + months
    return date(period.year + later // 12, later % 12 + 1, 1) - timedelta(days=1)


def _final_values(seed: int, facts: SeriesFacts, periods: list[date]) -> list[float]:
    numbers = np.array([day_number(period) for period in periods], dtype=np.int64)
    luck = normals(stream(seed, "survey", facts.id), numbers).tolist()
    years = ((numbers - numbers[0]) / 365.25).tolist()
    values: list[float] = []
    distance = 0.0
    for year, draw in zip(years, luck, strict=True):
        distance = 0.9 * distance + facts.volatility * draw
        if facts.shape == "growth":
            grown = facts.start_value * float(np.exp(facts.annual_growth * year + distance))
            values.append(grown)
        else:
            values.append(max(facts.start_value + distance, 0.1 * facts.start_value))
    return values


def _text(value: float, decimals: int) -> str:
    """Return a value as FRED prints it: no needless zeros."""
    if decimals <= 0:
        return str(round(round(value, decimals)))
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
