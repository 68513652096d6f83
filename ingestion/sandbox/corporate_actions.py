"""Splits and dividends: seeded events, and the factors that restate earlier prices for them."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from ingestion.sandbox.calendar import Sessions, date_of
from ingestion.sandbox.instruments import Instrument
from ingestion.sandbox.noise import Floats, Ints, choice, stream

# In May 2024 the settlement of shares came down to one day, and the record day to the ex-day.
_RECORD_ON_EX_DATE_SINCE = date(2024, 5, 28)
_FORWARD_SPLITS_PER_YEAR = 3
_FORWARD_CANDIDATES = 12
_LEAST_PRICE_TO_SPLIT = 90.0


@dataclass(frozen=True)
class Split:
    """`numerator` shares stand for `denominator` old ones from session `index` on."""

    key: str
    index: int
    ex_date: date
    numerator: int
    denominator: int

    @property
    def ratio(self) -> float:
        """New shares for one old share."""
        return self.numerator / self.denominator


@dataclass(frozen=True)
class Dividend:
    """A cash dividend per share, as paid on the shares of its ex-date."""

    key: str
    index: int
    ex_date: date
    record_date: date
    payment_date: date
    declaration_date: date
    amount: float


def plan_splits(
    seed: int, sessions: Sessions, companies: list[Instrument], price: Floats
) -> list[Split]:
    """Return every split, oldest first: each year three dear shares split and a cheap one merges.

    Each year's events follow from that year's first closes alone, so a longer calendar never
    changes an earlier event.

    Args:
        seed: of the market.
        sessions: of the stock exchange.
        companies: the shares that may split.
        price: what one share of the first day is worth; sessions x companies.
    """
    splits: list[Split] = []
    shares = np.ones(len(companies))  # how many shares one share of the first day has become
    first_days = _first_index_of_each_year(sessions)
    for year, (first, length) in first_days.items():
        key = stream(seed, "splits", str(year))
        start = date_of(int(sessions.days[first]))
        closes = np.where([one.listed_on < start for one in companies], price[first] / shares, 0.0)
        dearest = [int(i) for i in np.argsort(-closes)[:_FORWARD_CANDIDATES]]
        chosen: list[tuple[int, int, int]] = []
        for draw in range(_FORWARD_SPLITS_PER_YEAR):
            column = dearest.pop(choice(key, len(dearest), draw))
            if closes[column] >= _LEAST_PRICE_TO_SPLIT:
                chosen.append((column, *_forward_ratio(float(closes[column]))))
        cheapest = int(np.argmin(np.where(closes > 0.0, closes, np.inf)))
        chosen.append((cheapest, 1, _reverse_ratio(float(closes[cheapest]))))
        for draw, (column, numerator, denominator) in enumerate(chosen):
            index = first + 15 + choice(key, max(length - 30, 1), 10 + draw)
            shares[column] *= numerator / denominator
            if index < len(sessions.days):
                ex_date = date_of(int(sessions.days[index]))
                splits.append(Split(companies[column].key, index, ex_date, numerator, denominator))
    return sorted(splits, key=lambda split: (split.index, split.key))


def shares_held(splits: list[Split], count: int) -> Floats:
    """Return how many shares one share of the first day has become by each of `count` sessions."""
    held = np.ones(count)
    for split in splits:
        held[split.index :] *= split.ratio
    return held


def plan_dividends(
    seed: int, sessions: Sessions, payer: Instrument, closes: Floats, splits: list[Split]
) -> list[Dividend]:
    """Return the quarterly dividends of `payer`, oldest first.

    Args:
        seed: of the market.
        sessions: of the stock exchange.
        payer: a company or fund.
        closes: its closes as traded.
        splits: its own splits.
    """
    if payer.company is None or payer.company.dividend_yield == 0.0:
        return []
    key = stream(seed, "dividends", payer.key)
    month_of_quarter = 1 + choice(key, 3)
    day_of_month = 4 + choice(key, 18, 1)
    held = shares_held(splits, len(closes))
    dividends: list[Dividend] = []
    rate = 0.0  # per share of the first day
    rated_year = 0
    last_year = date_of(int(sessions.days[-1])).year
    for year in range(2015, last_year + 1):
        for quarter in range(4):
            due = date(year, 3 * quarter + month_of_quarter, day_of_month)
            index = sessions.at_or_after(due)
            if index < 20 or index + 20 >= len(closes) or payer.listed_on >= due:
                continue
            if rated_year != year:
                payable = closes[index - 1] * held[index - 1] * payer.company.dividend_yield / 4.0
                rate, rated_year = payable, year
            ex_date = date_of(int(sessions.days[index]))
            settles_at_once = ex_date >= _RECORD_ON_EX_DATE_SINCE
            dividends.append(
                Dividend(
                    key=payer.key,
                    index=index,
                    ex_date=ex_date,
                    record_date=date_of(int(sessions.days[index + (not settles_at_once)])),
                    payment_date=date_of(int(sessions.days[index + 14])),
                    declaration_date=date_of(int(sessions.days[index - 15])),
                    amount=max(round(float(rate / held[index]), 3), 0.001),
                )
            )
    return dividends


def split_factors(splits: list[Split], count: int) -> Floats:
    """Return, for each of `count` sessions, by how much the `splits` divide its price."""
    held = shares_held([split for split in splits if split.index < count], count)
    return held[-1] / held if count else held


def dividend_factors(dividends: list[Dividend], splits: list[Split], closes: Floats) -> Floats:
    """Return, for each session, what the later dividends leave of its price.

    On a day with a split too, the close before it is first restated for that split.

    Args:
        dividends: those that are effective.
        splits: those that are effective, of the same instrument.
        closes: as traded, up to the present.
    """
    on_day = {split.index: split.ratio for split in splits}
    steps = np.ones(len(closes) + 1)
    for dividend in dividends:
        if 0 < dividend.index < len(closes):
            before = closes[dividend.index - 1] / on_day.get(dividend.index, 1.0)
            steps[dividend.index] *= 1.0 - dividend.amount / before
    return np.asarray(np.cumprod(steps[::-1])[::-1][1:], dtype=np.float64)


def _first_index_of_each_year(sessions: Sessions) -> dict[int, tuple[int, int]]:
    """Return, for each year, its first session and the number of sessions to plan for."""
    years: Ints = np.array([int(day[:4]) for day in sessions.dates])
    return {int(year): (int(np.argmax(years == year)), 250) for year in np.unique(years)}


def _forward_ratio(price: float) -> tuple[int, int]:
    for numerator, denominator in ((10, 1), (5, 1), (4, 1), (3, 1), (2, 1)):
        if price * denominator / numerator >= 60.0:
            return numerator, denominator
    return 3, 2


def _reverse_ratio(price: float) -> int:
    """Return how many old shares of a cheap company make one."""
    if price < 12.0:
        return 8
    return 4 if price < 30.0 else 2
