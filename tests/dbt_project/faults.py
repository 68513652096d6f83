"""The faults that market data is known for, each planted into an otherwise calm history.

The numbers are those of the catalogue of 35 that the project measures itself against; what no mart
can see is listed with the test that meets it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from ingestion.calendars import Calendars

Row = dict[str, object]
Finding = tuple[str, date, str]

FIRST_DAY, LAST_DAY = date(2024, 11, 18), date(2025, 1, 17)
DAY = date(2024, 12, 18)
SATURDAY = date(2024, 12, 21)
HALF_DAY = date(2024, 11, 29)
MOURNING = date(2025, 1, 9)
LAST_CLOSE = datetime(2025, 1, 17, 21, tzinfo=UTC)
FETCHED_AT = datetime(2025, 1, 17, 23, tzinfo=UTC)
NOW = datetime(2025, 1, 18, 12, tzinfo=UTC)

CALENDARS = {"crypto": "24/7", "fx": "24/5", "commodity": "us_futures"}
_CALENDARS = Calendars(LAST_DAY)
# Closes of GameStop from 11 January to 8 February 2021.
_GME = (
    "19.94 19.95 31.40 35.50 39.36 39.12 43.03 65.01 76.79 147.98 347.51 193.60 325.00 225.00"
    " 90.00 92.41 53.50 63.77 60.00"
)
GME = tuple(float(close) for close in _GME.split())
# Spot closes of WTI from 15 to 27 April 2020.
WTI = {15: 19.96, 16: 19.82, 17: 18.31, 20: -36.98, 21: 8.91, 22: 13.64, 23: 15.06, 24: 15.99}


def sessions(asset_class: str, first: date = FIRST_DAY, last: date = LAST_DAY) -> list[date]:
    """Return the session dates of an asset class."""
    name = CALENDARS.get(asset_class, "XNYS")
    return [session.session_date for session in _CALENDARS.sessions(name, first, last)]


def bar(close: float, open_price: float, volume: float = 1_000_000) -> Row:
    """Return an ordinary bar."""
    highest, lowest = max(close, open_price), min(close, open_price)
    return {
        "open": open_price,
        "high": highest + abs(highest) * 0.004,
        "low": lowest - abs(lowest) * 0.004,
        "close": close,
        "volume": volume,
        "is_final": True,
    }


@dataclass
class History:
    """What the providers say of one instrument.

    Attributes:
        bars: by provider and day.
        later_bars: what was fetched again two days later.
        minutes: opening instants of five-minute bars.
    """

    asset_class: str = "equity"
    providers: tuple[str, ...] = ("fmp",)
    is_active: bool = True
    ipo_date: date | None = None
    fetched_at: datetime = FETCHED_AT
    split: tuple[date, int, int] | None = None
    skip: str | None = None
    bars: dict[str, dict[date, Row]] = field(default_factory=dict)
    later_bars: dict[date, Row] = field(default_factory=dict)
    minutes: list[datetime] = field(default_factory=list)

    def __post_init__(self) -> None:
        days = sessions(self.asset_class)
        closes = [100 + math.sin(1.7 * number) for number in range(-1, len(days))]
        for provider in self.providers:
            self.bars[provider] = {
                day: bar(closes[number + 1], closes[number], 1_000_000 + 997 * (number % 7))
                for number, day in enumerate(days)
            }

    def after(self, day: date) -> list[date]:
        """Return the sessions from a day on."""
        return [session for session in sessions(self.asset_class) if session >= day]

    def scale(self, factor: float, *days: date, provider: str = "fmp") -> None:
        """Multiply all four prices of some days."""
        for day in days:
            for name in ("open", "high", "low", "close"):
                price = self.bars[provider][day][name]
                assert isinstance(price, float)
                self.bars[provider][day][name] = price * factor

    def trade(self, closes: dict[date, float]) -> None:
        """Replace the bars by ordinary ones with these closes."""
        before = next(iter(closes.values()))
        self.bars["fmp"] = {}
        for day, close in closes.items():
            self.bars["fmp"][day] = bar(close, before)
            before = close


Plant = Callable[[History], None]


def nothing(history: History) -> None:
    """Leave a history alone."""


def set_field(name: str, value: object, day: date = DAY) -> Plant:
    """Return what sets one field of a day's bar."""

    def plant(history: History) -> None:
        history.bars["fmp"][day][name] = value

    return plant


def scale(factor: float, *days: date) -> Plant:
    """Return what multiplies the prices of some days."""
    return lambda history: history.scale(factor, *days)


def split(*, is_listed: bool, has_moved: bool) -> Plant:
    """Return what plants a split of two for one, listed or not, that prices follow or not."""

    def plant(history: History) -> None:
        if has_moved:
            history.scale(0.5, *history.after(DAY))
        history.split = (DAY, 2, 1) if is_listed else None

    return plant


def lose(day: date, *providers: str) -> Plant:
    """Return what takes the bar of a day away."""

    def plant(history: History) -> None:
        for provider in providers or history.providers:
            del history.bars[provider][day]

    return plant


def add(day: date) -> Plant:
    """Return what adds a bar of a day on which there should be none."""

    def plant(history: History) -> None:
        history.bars["fmp"][day] = bar(100, 100.5)

    return plant


def together(*plants: Plant) -> Plant:
    """Return what plants several things."""

    def plant(history: History) -> None:
        for one in plants:
            one(history)

    return plant


def flat_split_day(history: History) -> None:
    """A listed split whose day the provider shows as a flat bar without volume."""
    split(is_listed=True, has_moved=True)(history)
    close = history.bars["fmp"][DAY]["close"]
    history.bars["fmp"][DAY] |= {"open": close, "high": close, "low": close, "volume": 0}


def tenfold(history: History) -> None:
    """A real tenfold move within one day that lasts."""
    history.scale(10, *history.after(DAY))
    history.bars["fmp"][DAY]["open"] = 100.0
    history.bars["fmp"][DAY]["low"] = 99.5


def gme(history: History) -> None:
    """What GameStop did in 2021."""
    days = history.after(DAY)[: len(GME)]
    assert len(days) == len(GME)
    calm = {day: float(str(row["close"])) for day, row in history.bars["fmp"].items()}
    first = {day: close / 5.5 for day, close in calm.items() if day < DAY}
    history.trade(first | dict(zip(days, GME, strict=True)))
    history.is_active = False


def wti(history: History) -> None:
    """What crude oil did in April 2020."""
    history.trade({date(2020, 4, day): close for day, close in WTI.items()})
    history.is_active = False


def open_last_bar(history: History) -> None:
    """The last bar as it was an hour before the close."""
    history.fetched_at = LAST_CLOSE - timedelta(hours=1)
    history.bars["fmp"][LAST_DAY]["is_final"] = False


def end_after(day: date, *, is_active: bool = True, skip: str | None = None) -> Plant:
    """Return what ends a history, because nothing comes any more or nothing may be asked."""

    def plant(history: History) -> None:
        for one in history.after(day)[1:]:
            del history.bars["fmp"][one]
        history.is_active = is_active
        history.skip = skip
        if skip is not None:
            history.fetched_at = datetime(day.year, day.month, day.day, 23, tzinfo=UTC)

    return plant


def begin_on(day: date) -> Plant:
    """Return what lists an instrument on a day."""

    def plant(history: History) -> None:
        for one in sessions(history.asset_class):
            if one < day:
                del history.bars["fmp"][one]
        history.ipo_date = day

    return plant


def stand_still(history: History) -> None:
    """Five equal closes in a row."""
    for day in history.after(DAY)[:5]:
        history.bars["fmp"][day] = bar(100.25, 100)


def revise_volume(history: History) -> None:
    """A volume that comes out twice as large two days later."""
    history.later_bars = {DAY: history.bars["fmp"][DAY] | {"volume": 2_000_000}}


def send_twice(history: History) -> None:
    """A page that comes twice."""
    history.later_bars = dict(history.bars["fmp"])


def send_backwards(history: History) -> None:
    """The newest row first."""
    history.bars["fmp"] = dict(reversed(history.bars["fmp"].items()))


def repeat_close(history: History) -> None:
    """One of two providers repeats its close of the day before."""
    day = history.after(DAY)[0]
    before = sessions(history.asset_class)[sessions(history.asset_class).index(day) - 1]
    history.bars["twelve_data"][day] |= {
        name: history.bars["twelve_data"][before][name] for name in ("open", "high", "low", "close")
    }


def trade_in_pence(history: History) -> None:
    """One of two providers quotes pence."""
    history.scale(100, *history.bars["fmp"])


def five_minutes(day: date, count: int) -> Plant:
    """Return what adds five-minute bars from the opening of a day, after a whole day before."""

    def plant(history: History) -> None:
        before = sessions("equity")[sessions("equity").index(day) - 1]
        for one, bars in ((before, 78), (day, count)):
            opening = datetime(one.year, one.month, one.day, 14, 30, tzinfo=UTC)
            history.minutes += [opening + timedelta(minutes=5 * n) for n in range(bars)]

    return plant


@dataclass(frozen=True)
class Fault:
    """A fault, how it is planted, and everything that the marts of quality find.

    Attributes:
        number: in the catalogue; 0 for what the catalogue lacks.
        findings: (fact, day, verdict), complete.
        control: what its control has instead, of which nothing may be found.
    """

    number: int
    planted: str
    plant: Plant
    findings: frozenset[Finding]
    asset_class: str = "equity"
    providers: tuple[str, ...] = ("fmp",)
    control: Plant = nothing


def found(*verdicts: str, day: date = DAY) -> frozenset[Finding]:
    """Return findings of one day, each written like `anomaly unit_error`."""
    return frozenset((fact, day, name) for fact, name in (one.split() for one in verdicts))


def found_on(days: list[date], verdict: str) -> frozenset[Finding]:
    """Return one verdict on several days."""
    fact, name = verdict.split()
    return frozenset((fact, day, name) for day in days)


BOTH = ("twelve_data", "fmp")
HELD_OUT = "gap provider_gap"
NONE: frozenset[Finding] = frozenset()
LATER = [day for day in sessions("equity") if day > DAY]
EARLIER = [day for day in sessions("equity") if day < DAY]

FAULTS = (
    Fault(1, "a bar a hundredfold", scale(100, DAY), found("anomaly unit_error", HELD_OUT)),
    Fault(1, "a bar a hundredth", scale(0.01, DAY), found("anomaly unit_error", HELD_OUT)),
    Fault(
        1,
        "two bars in a row a hundredfold",
        scale(100, DAY, LATER[0]),
        found("anomaly unit_error", HELD_OUT) | found("anomaly unit_error", HELD_OUT, day=LATER[0]),
    ),
    Fault(1, "one high a hundredfold", set_field("high", 10_000), found("anomaly bad_tick")),
    Fault(
        2,
        "a split that is not listed",
        split(is_listed=False, has_moved=True),
        found("anomaly unadjusted_split"),
        control=split(is_listed=True, has_moved=True),
    ),
    Fault(
        2,
        "a split that is in the prices already",
        split(is_listed=True, has_moved=False),
        found("anomaly split_already_applied"),
    ),
    Fault(
        3,
        "the row of the split's day is missing",
        together(split(is_listed=True, has_moved=True), lose(DAY)),
        found("gap provider_gap"),
    ),
    Fault(3, "the row of the split's day is flat", flat_split_day, found("anomaly zero_volume")),
    Fault(4, "a real tenfold move in a day", tenfold, NONE),
    Fault(4, "GameStop in 2021", gme, NONE),
    Fault(6, "WTI on 20 April 2020", wti, NONE, asset_class="commodity"),
    Fault(
        6,
        "a share below nothing",
        together(set_field("close", -1), set_field("low", -2)),
        found("anomaly price_not_positive", HELD_OUT),
    ),
    Fault(
        6,
        "an open of nothing",
        set_field("open", 0),
        found("anomaly zero_open", HELD_OUT),
    ),
    Fault(7, "a share without volume", set_field("volume", 0), found("anomaly zero_volume")),
    Fault(
        7,
        "a fund whose volume is null",
        set_field("volume", None),
        found("anomaly zero_volume"),
        asset_class="etf",
    ),
    Fault(7, "an index without volume", set_field("volume", 0), NONE, asset_class="index"),
    Fault(7, "a pair without volume", set_field("volume", None), NONE, asset_class="fx"),
    Fault(7, "a coin without volume", set_field("volume", 0), NONE, asset_class="crypto"),
    Fault(
        8,
        "a high below the close",
        set_field("high", 97),
        found("anomaly high_below_low", HELD_OUT),
    ),
    Fault(10, "a half day of 42 five-minute bars", five_minutes(HALF_DAY, 42), NONE),
    Fault(
        10,
        "a whole day of 42 five-minute bars",
        five_minutes(date(2024, 12, 3), 42),
        # Longer bars are built from them.
        found(
            "5min provider_gap",
            "15min provider_gap",
            "1h provider_gap",
            day=date(2024, 12, 3),
        ),
        control=five_minutes(date(2024, 12, 3), 78),
    ),
    Fault(
        12, "a bar of the day of mourning", add(MOURNING), found("anomaly no_session", day=MOURNING)
    ),
    Fault(13, "a bar that is not finished", open_last_bar, found("gap not_yet_due", day=LAST_DAY)),
    Fault(14, "a volume revised two days later", revise_volume, NONE),
    Fault(18, "delisted, and tracked no more", end_after(DAY, is_active=False), NONE),
    Fault(18, "delisted, and still tracked", end_after(DAY), found_on(LATER, "gap provider_gap")),
    Fault(19, "a class share under two spellings", nothing, NONE, providers=BOTH),
    Fault(
        20,
        "pence at one of two providers",
        trade_in_pence,
        found_on(sessions("equity"), "pair conflict"),
        providers=BOTH,
    ),
    Fault(26, "the newest row first", send_backwards, NONE),
    Fault(27, "every row twice", send_twice, NONE),
    Fault(
        30,
        "a quota that was used up",
        end_after(DAY, skip="stopped at the quota"),
        found_on(LATER, "gap plan_limit"),
    ),
    Fault(
        32,
        "a bar of 1970",
        add(date(1970, 1, 2)),
        found("anomaly no_session", day=date(1970, 1, 2)),
    ),
    Fault(
        33,
        "five equal closes",
        stand_still,
        found("anomaly stale_price", day=sessions("equity")[sessions("equity").index(DAY) + 4]),
    ),
    Fault(34, "a share on a Saturday", add(SATURDAY), found("anomaly no_session", day=SATURDAY)),
    Fault(34, "a coin on every Saturday", nothing, NONE, asset_class="crypto"),
    Fault(
        35,
        "a coin's Saturday is missing",
        lose(SATURDAY),
        found("gap provider_gap", day=SATURDAY),
        asset_class="crypto",
    ),
    Fault(0, "a volume twentyfold", set_field("volume", 20e6), found("anomaly volume_spike")),
    Fault(0, "a row is missing", lose(DAY), found("gap provider_gap")),
    Fault(0, "the last row is missing", lose(LAST_DAY), found("gap provider_gap", day=LAST_DAY)),
    Fault(0, "both lack a row", lose(DAY), found("gap halted"), providers=BOTH),
    Fault(
        0, "one of two lacks a row", lose(DAY, "fmp"), found("pair insufficient"), providers=BOTH
    ),
    Fault(0, "one of two stands still", repeat_close, found("pair stale"), providers=BOTH),
    Fault(0, "listed halfway", begin_on(DAY), found_on(EARLIER, "gap not_listed")),
)

# What these marts cannot see, why, and the test that meets it.
ELSEWHERE = {
    5: (
        "a provider's adjusted close is never read: ours is computed from the dividends",
        "tests/dbt_project/test_adjustment_reference.py",
        "test_total_return_closes_agree_with_the_vendors_adjusted_closes",
    ),
    9: (
        "wall clocks are read before raw",
        "tests/ingestion/sources/test_fmp_parsing.py",
        "test_the_hour_that_comes_twice_in_autumn_keeps_both_its_bars",
    ),
    11: (
        "a holiday is a cause, and no finding",
        "tests/dbt_project/test_planted_faults.py",
        "test_a_weekday_without_a_session_is_a_holiday_and_nothing_else",
    ),
    15: (
        "of series, not of bars",
        "tests/real/test_gdp_vintages.py",
        "test_the_mart_holds_every_vintage_of_the_alfred_answer",
    ),
    16: (
        "of series, not of bars",
        "tests/real/test_gdp_vintages.py",
        "test_the_release_day_begins_at_midnight_in_chicago",
    ),
    17: (
        "identity is settled when the universe is loaded",
        "tests/ingestion/test_identity.py",
        "test_a_reused_ticker_gets_a_number",
    ),
    21: (
        "an error is no data, whatever its status",
        "tests/ingestion/test_asking.py",
        "test_a_soft_or_hard_429_is_never_data_and_waits_for_the_next_minute",
    ),
    22: (
        "a page is no answer",
        "tests/ingestion/test_asking.py",
        "test_a_lasting_fault_ends_after_all_attempts",
    ),
    23: (
        "half a body is no answer",
        "tests/ingestion/test_parsing.py",
        "test_a_body_that_is_no_json_is_a_shape_error",
    ),
    24: (
        "raw takes numbers only",
        "tests/ingestion/test_parsing.py",
        "test_a_literal_that_is_no_number_leaves_its_row_out",
    ),
    25: (
        "raw keeps the digits as they were sent",
        "tests/ingestion/test_load.py",
        "test_numbers_keep_the_text_of_the_provider",
    ),
    28: (
        "shapes are told apart before raw",
        "tests/ingestion/sources/test_twelve_data_parsing.py",
        "test_a_batch_that_shrank_to_one_is_recognised",
    ),
    29: (
        "fields are compared with the declared ones before raw",
        "tests/ingestion/sources/test_fmp_parsing.py",
        "test_a_renamed_field_is_told_twice_over",
    ),
    31: (
        "waits are the business of the client",
        "tests/ingestion/test_asking.py",
        "test_429_waits_for_retry_after_within_reason",
    ),
}
