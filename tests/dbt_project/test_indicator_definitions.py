"""Indicators of the mart equal their definitions in plain Python, on histories of every kind."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import chain, repeat

import pytest

from bench import indicators
from tests.dbt_project.conftest import Project
from tests.dbt_project.plain_indicators import Bar, Series, every_indicator

FIRST_DAY = date(2021, 1, 1)
UNITLESS = {"rsi_14", "bollinger_position_20", "volatility_20", "return_1d"}


def walk(seed: int, length: int, price: float, *, volume: float | None = 1e6) -> list[Bar]:
    """A random walk."""
    draw = random.Random(seed)
    bars = []
    for _ in range(length):
        price *= 1 + draw.gauss(0, 0.02)
        high, low = price * (1 + draw.random() / 50), price * (1 - draw.random() / 50)
        traded = None if volume is None else float(round(volume * draw.random()))
        bars.append(Bar(high, low, price, traded))
    return bars


def flat(length: int) -> list[Bar]:
    return [Bar(0.1, 0.1, 0.1, 5.0)] * length


def rising(length: int) -> list[Bar]:
    return [Bar(price + 1, price - 1, price, 10.0) for price in map(float, range(10, 10 + length))]


def with_a_wild_bar(length: int) -> list[Bar]:
    bars = walk(7, length, 50.0)
    bars[100] = Bar(5e6, 40.0, 5e6, 1e11)
    return bars


HISTORIES: dict[str, list[Bar]] = {
    "WALK": walk(1, 600, 100.0),
    "TINY": walk(2, 300, 1e-9),
    "HUGE": walk(3, 300, 1e9),
    "FLAT": flat(60),
    "RISING": rising(300),
    "ONE": walk(4, 1, 20.0),
    "NEARLY": walk(5, 251, 20.0),
    "SILENT": walk(6, 60, 20.0, volume=0.0),
    "UNMEASURED": walk(8, 60, 20.0, volume=None),
    "WILD": with_a_wild_bar(400),
    "GAPS": walk(9, 300, 30.0),
}


def days(name: str) -> Iterator[date]:
    """The sessions of a history; one of them misses days, which are no rows of a window."""
    steps = chain.from_iterable(repeat((1, 1, 5, 1, 4)) if name == "GAPS" else repeat((1,)))
    day = FIRST_DAY
    for step in steps:
        yield day
        day += timedelta(days=step)


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """The histories, built up to the mart."""
    project = new_project()
    rows: list[dict[str, object]] = []
    for name, bars in HISTORIES.items():
        symbol = f"{name}/USD"
        project.track(
            instrument_id=f"crypto:{symbol}",
            symbol=symbol,
            asset_class="crypto",
            calendar="24/7",
            twelve_data_symbol=symbol,
        )
        rows += [
            {
                "symbol": symbol,
                "datetime": day.isoformat(),
                "open": repr(bar.close),
                "high": repr(bar.high),
                "low": repr(bar.low),
                "close": repr(bar.close),
                "volume": None if bar.volume is None else repr(bar.volume),
                "is_final": True,
                "adjust": "none",
            }
            for day, bar in zip(days(name), bars, strict=False)
        ]
    # Instruments lie mingled in raw, as answers come.
    random.Random(0).shuffle(rows)
    project.land("twelve_data.time_series_daily", rows, fetched_at=datetime(2049, 1, 1, tzinfo=UTC))
    project.build("+fct_daily_indicators")
    return project


@pytest.fixture(scope="module")
def mart(project: Project) -> dict[str, dict[str, Series]]:
    """By history, by column: the values of the mart in order."""
    columns = list(every_indicator(flat(1)))
    found: dict[str, dict[str, Series]] = {name: {c: [] for c in columns} for name in HISTORIES}
    for symbol, *values in project.query(
        f"select symbol, {', '.join(columns)}"
        " from marts.fct_daily_indicators order by symbol, session_date"
    ):
        for column, value in zip(columns, values, strict=True):
            found[str(symbol).removesuffix("/USD")][column].append(value)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("name", HISTORIES)
def test_every_column_equals_its_definition_and_is_null_where_it_says(
    mart: dict[str, dict[str, Series]], name: str
) -> None:
    bars = HISTORIES[name]

    for column, expected in every_indicator(bars).items():
        found = mart[name][column]
        assert len(found) == len(bars), column
        assert [value is None for value in found] == [value is None for value in expected], column
        for bar, ours, theirs in zip(bars, found, expected, strict=True):
            if ours is None or theirs is None:
                continue
            scale = 1.0 if column in UNITLESS else bar.close
            tolerance = 1e-7 if column == "rsi_14" else 1e-9
            assert abs(ours - theirs) <= tolerance * scale, (column, ours, theirs)


def test_the_histories_reach_every_column(mart: dict[str, dict[str, Series]]) -> None:
    assert all(any(v is not None for v in values) for values in mart["WALK"].values())
    assert mart["RISING"]["rsi_14"][-1] == 100
    assert mart["FLAT"]["rsi_14"] == mart["FLAT"]["bollinger_position_20"] == [None] * 60


def test_the_peer_with_native_frames_does_the_same_work(project: Project) -> None:
    names = [
        str(name)
        for (name,) in project.query(
            "select column_name from information_schema.columns where table_schema = 'marts'"
            " and table_name = 'fct_daily_indicators' and column_name != 'symbol'"
        )
    ]
    columns, walk = ", ".join(names), "instrument_id = 'crypto:WALK/USD'"
    peer = indicators.native_frames(walk)

    ours = project.query(
        f"select {columns} from fct_daily_indicators where {walk} order by session_date"
    )
    theirs = project.query(
        f"select {columns} from ({peer}) as peer order by session_date", role="owner"
    )

    assert len(ours) == len(theirs) == len(HISTORIES["WALK"])
    for one, other, bar in zip(ours, theirs, HISTORIES["WALK"], strict=True):
        for name, value, expected in zip(names, one, other, strict=True):
            if isinstance(value, float) and isinstance(expected, float):
                assert abs(value - expected) <= 1e-9 * bar.close, name
            else:
                assert value == expected, name
