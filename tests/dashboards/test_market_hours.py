from datetime import UTC, datetime, timedelta

import pandas as pd

from dashboards.market_hours import market_states


def at(day: int, hour: int) -> datetime:
    return datetime(2025, 6, day, hour, tzinfo=UTC)


def sessions(calendar: str, *spans: tuple[datetime, datetime]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "calendar": calendar,
            "session_date": [opens_at.date() for opens_at, _ in spans],
            "opens_at": pd.to_datetime([opens_at for opens_at, _ in spans], utc=True),
            "closes_at": pd.to_datetime([closes_at for _, closes_at in spans], utc=True),
            "is_half_day": False,
        }
    )


STOCKS = sessions("XNYS", *((at(day, 14), at(day, 20)) for day in (2, 3, 4, 5, 6, 9)))
# Days that follow one another from Monday to Friday, as in foreign exchange.
CURRENCIES = sessions("24/5", *((at(day, 0), at(day + 1, 0)) for day in (2, 3, 4, 5, 6, 9)))
COINS = sessions("24/7", *((at(day, 0), at(day + 1, 0)) for day in range(1, 15)))


def test_an_open_market_closes_at_the_end_of_its_session() -> None:
    state = market_states(STOCKS, at(3, 15))[0]

    assert state.is_open
    assert state.changes_at == at(3, 20)


def test_a_closed_market_opens_with_its_next_session() -> None:
    state = market_states(STOCKS, at(7, 12))[0]

    assert not state.is_open
    assert state.changes_at == at(9, 14)
    assert str(state.session_date) == "2025-06-09"


def test_the_close_itself_is_closed_and_the_open_itself_is_open() -> None:
    assert not market_states(STOCKS, at(3, 20))[0].is_open
    assert market_states(STOCKS, at(3, 14))[0].is_open


def test_sessions_without_a_pause_close_where_the_pause_comes() -> None:
    state = market_states(CURRENCIES, at(3, 15))[0]

    assert state.is_open
    assert state.changes_at == at(7, 0)


def test_a_market_that_never_pauses_has_no_close() -> None:
    state = market_states(COINS, at(3, 15))[0]

    assert state.is_open
    assert state.changes_at is None


def test_a_calendar_that_has_run_out_says_nothing_of_the_future() -> None:
    state = market_states(STOCKS, at(9, 20) + timedelta(days=1))[0]

    assert not state.is_open
    assert state.changes_at is None


def test_stocks_come_first_and_unknown_calendars_last() -> None:
    other = STOCKS.assign(calendar="XWBO")

    states = market_states(pd.concat([other, COINS, STOCKS]), at(3, 15))

    assert [state.name for state in states] == ["US stocks", "Crypto", "XWBO"]
