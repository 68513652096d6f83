"""The synthetic market itself: bars that add up, a past that stays, events that happen."""

from datetime import UTC, date, datetime

import numpy as np
import pytest

from ingestion.sandbox.bars import Bars, by_session
from ingestion.sandbox.market import Market
from ingestion.sandbox.minutes import within
from ingestion.sandbox.noise import Ints


@pytest.fixture(scope="module")
def market() -> Market:
    return Market(7, date(2026, 12, 31))


# The day after Thanksgiving is a half day; the others are ordinary sessions of each calendar.
@pytest.mark.parametrize(
    ("key", "day", "minutes"),
    [
        ("AAPL", date(2025, 11, 26), 390),
        ("AAPL", date(2025, 11, 28), 210),
        ("^GSPC", date(2025, 11, 28), 210),
        ("GCUSD", date(2025, 11, 25), 1440),
        ("EURUSD", date(2025, 11, 25), 1440),
        ("bitcoin", date(2025, 11, 23), 1440),
        ("pepe", date(2025, 11, 23), 1440),
    ],
)
def test_a_daily_bar_is_the_aggregate_of_its_minutes(
    market: Market, key: str, day: date, minutes: int
) -> None:
    one = market.instruments[key]
    index = market.sessions_of(one).at_or_after(day)
    daily = market.daily(one)

    bars = market.minutes(one, index, index + 1)

    assert len(bars) == minutes
    assert bars.open[0] == daily.open[index]
    assert bars.close[-1] == daily.close[index]
    assert bars.high.max() == daily.high[index]
    assert bars.low.min() == daily.low[index]
    assert bars.volume.sum() == daily.volume[index]


@pytest.mark.parametrize("key", ["AAPL", "GE", "^VIX", "ZCUSX", "USDJPY", "tether", "pepe"])
def test_minutes_add_up_over_years_even_where_a_day_has_few_ticks(market: Market, key: str) -> None:
    one = market.instruments[key]
    end = market.sessions_of(one).at_or_after(date(2025, 11, 24))
    daily = market.daily(one)

    again = by_session(market.minutes(one, end - 500, end))

    for name in ("start", "open", "high", "low", "close", "volume"):
        assert (getattr(again, name) == getattr(daily, name)[end - 500 : end]).all(), name


def test_a_path_that_never_leaves_its_ends_still_touches_the_high_and_the_low() -> None:
    def column(value: int) -> Ints:
        return np.full(400, value, dtype=np.int64)

    days = np.arange(400, dtype=np.int64)
    daily = Bars(days, days * 86_400, column(50), column(90), column(10), column(70), column(9))

    again = by_session(within(7, "any", daily, days, 2))

    assert (again.high == 90).all()
    assert (again.low == 10).all()
    assert (again.volume == 9).all()


def test_every_minute_lies_between_its_low_and_high_and_follows_the_one_before(
    market: Market,
) -> None:
    for one in market.instruments.values():
        index = market.sessions_of(one).at_or_after(date(2025, 11, 24))
        bars = market.minutes(one, index, index + 3)

        assert (bars.low >= 1).all(), one.key
        assert (bars.low <= np.minimum(bars.open, bars.close)).all(), one.key
        assert (bars.high >= np.maximum(bars.open, bars.close)).all(), one.key
        assert (np.diff(bars.start) >= 60).all(), one.key
        assert (bars.volume >= 0).all(), one.key


def test_a_later_horizon_changes_nothing_before_it(market: Market) -> None:
    later = Market(7, date(2029, 12, 31))
    for key in ("AAPL", "XYZ", "^VIX", "GCUSD", "USDJPY", "bitcoin"):
        one = market.instruments[key]
        count = market.sessions_of(one).at_or_after(date(2026, 6, 1))
        ours, theirs = market.daily(one), later.daily(one)
        assert (ours.close[:count] == theirs.close[:count]).all()
        assert (ours.volume[:count] == theirs.volume[:count]).all()
    known = [split for split in market.splits if split.ex_date < date(2026, 6, 1)]
    assert known == [split for split in later.splits if split.ex_date < date(2026, 6, 1)]
    assert len(known) > 30


def test_another_seed_is_another_market(market: Market) -> None:
    other = Market(8, date(2026, 12, 31))
    apple = market.instruments["AAPL"]
    ours, theirs = market.daily(apple).close, other.daily(apple).close
    assert (ours != theirs).mean() > 0.9


@pytest.mark.parametrize("first_year", range(2015, 2025))
def test_every_three_years_bring_several_splits_and_a_reverse_one(
    market: Market, first_year: int
) -> None:
    years = range(first_year, first_year + 3)
    splits = [split for split in market.splits if split.ex_date.year in years]
    assert len(splits) >= 6
    assert any(split.ratio < 1 for split in splits)
    assert any(split.ratio > 1 for split in splits)


def test_a_split_divides_the_price_as_traded_and_multiplies_the_volume(market: Market) -> None:
    for split in market.splits:
        bars = market.daily(market.instruments[split.key])
        before, after = bars.close[split.index - 1], bars.open[split.index]
        assert after / before * split.ratio == pytest.approx(1.0, abs=0.25), split


def test_shares_move_with_the_market(market: Market) -> None:
    def moves(key: str) -> np.ndarray:
        view = market.at(datetime(2025, 12, 1, tzinfo=UTC))
        one = market.instruments[key]
        closes = view.daily(one).close / view.split_factor(one)
        return np.diff(np.log(closes[-1000:]))

    assert np.corrcoef(moves("SPY"), moves("^GSPC"))[0, 1] > 0.95
    assert np.corrcoef(moves("AAPL"), moves("SPY"))[0, 1] > 0.3
    assert np.corrcoef(moves("XOM"), moves("CVX"))[0, 1] > 0.4
    assert np.corrcoef(moves("SPY"), moves("^VIX"))[0, 1] < -0.3


def test_a_late_correction_is_put_right_when_the_second_session_after_it_closes(
    market: Market,
) -> None:
    times = market.sessions["XNYS"]
    start = times.at_or_after(date(2025, 1, 2))
    found = [market.correction(index) for index in range(start, start + 200)]
    corrections = [one for one in found if one is not None]
    assert len(corrections) == 10
    assert {one.is_close_wrong for one in corrections} == {True, False}
    for correction in corrections:
        one = market.instruments[correction.key]
        closes = [
            datetime.fromtimestamp(int(times.closes[correction.index + later]), UTC)
            for later in range(3)
        ]
        position = correction.index - market.at(closes[0]).first(one)

        first, next_day, corrected = (market.at(now).daily(one) for now in closes)

        final = market.daily(one)
        assert corrected.volume[position] == final.volume[correction.index]
        assert corrected.close[position] == final.close[correction.index]
        assert first.volume[position] == int(final.volume[correction.index] * 0.97)
        assert next_day.volume[position] == first.volume[position]
        if not correction.is_close_wrong:
            assert first.close[position] == final.close[correction.index]


def test_nothing_is_known_before_the_first_session(market: Market) -> None:
    view = market.at(datetime(2014, 6, 1, tzinfo=UTC))
    assert view.instruments == []
    assert view.by_fmp_symbol == {}
