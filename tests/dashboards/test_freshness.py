from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from dashboards.freshness import Level, assess_price, assess_sources


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 6, day, hour, minute, tzinfo=UTC)


def sessions(*days: int, calendar: str = "XNYS") -> pd.DataFrame:
    """Sessions from 13:30 to 20:00 UTC on days of June 2025."""
    return pd.DataFrame(
        {
            "calendar": [calendar] * len(days),
            "opens_at": [at(day, 13, 30) for day in days],
            "closes_at": [at(day, 20) for day in days],
        }
    )


WEEK = sessions(2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    ("as_of", "now", "late"),
    [
        (at(2, 20), at(2, 21), 0),  # its own close
        (at(2, 19), at(3, 12), 0),  # within the session covers it
        (at(2, 20), at(3, 19), 0),  # the next session is still on
        (at(2, 20), at(3, 20, 44), 0),  # within the grace after its close
        (at(2, 20), at(3, 20, 45), 1),
        (at(2, 20), at(5, 12), 2),
        (at(6, 20), at(8, 12), 0),  # nothing is missed on a weekend
    ],
)
def test_a_price_is_late_by_the_sessions_since_it(
    as_of: datetime, now: datetime, late: int
) -> None:
    assert assess_price(WEEK, as_of, now).sessions_late == late


def test_a_price_left_behind_in_an_open_session_says_its_age() -> None:
    verdict = assess_price(WEEK, as_of=at(3, 14), now=at(3, 17))

    assert verdict.behind == timedelta(hours=3)
    assert verdict.level is Level.LATE


def test_the_last_close_is_not_behind_an_open_session() -> None:
    verdict = assess_price(WEEK, as_of=at(2, 20), now=at(3, 17))

    assert verdict.behind is None
    assert verdict.level is Level.FRESH


def test_sources_come_in_one_order_with_the_sessions_closed_since_they_answered() -> None:
    fetches = pd.DataFrame(
        {
            "source": ["fmp", "twelve_data", "fred"],
            "calendar": ["XNYS", "XNYS", "XNYS"],
            "last_fetched_at": pd.to_datetime([at(5, 20, 5), at(3, 20, 5), None], utc=True),
        }
    )

    verdicts = assess_sources(fetches, WEEK, now=at(6, 22))

    assert [(each.source, each.sessions_late, each.level) for each in verdicts] == [
        ("twelve_data", 3, Level.STALE),
        ("fmp", 1, Level.LATE),
        ("fred", 0, Level.UNKNOWN),
        ("coingecko", 0, Level.UNKNOWN),
    ]


def test_a_close_that_is_the_next_open_does_not_cover_the_next_session() -> None:
    days = pd.DataFrame(
        {
            "opens_at": [at(day, 0) for day in (2, 3, 4)],
            "closes_at": [at(day, 0) for day in (3, 4, 5)],
        }
    )

    assert assess_price(days, as_of=at(3, 0), now=at(4, 1)).sessions_late == 1
