"""The only SQL of the dashboards: bounded reads of marts and ops, as the reader role.

Every value travels as a bound parameter. Answers are kept for a part of the refresh interval,
so that many viewers cost one query. A restarted database is noticed and reconnected to.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd
import psycopg
import sqlalchemy as sa
import streamlit as st
from sqlalchemy import exc

from warehouse import database
from warehouse.errors import DatabaseError
from warehouse.settings import Settings, load_settings

_NOT_BUILT = frozenset({"42P01", "3F000", "42703"})
_NOT_ALLOWED = "42501"
_TOO_SLOW = "57014"

_KEPT_ANSWERS = 256
_LONGEST_QUERY_MS = 15_000

INSTRUMENTS = """
    select instrument_id, symbol, name, asset_class, currency, calendar, sector, is_active
    from marts.dim_instruments
    -- A treasury tenor is a yield of fct_yield_curve and has no bars.
    where asset_class not in ('macro', 'treasury')
    order by is_active desc, symbol
"""

SESSIONS = """
    select calendar, session_date, opens_at, closes_at, is_half_day
    from marts.dim_sessions
    where session_date between :first_date and :last_date
    order by calendar, session_date
"""

LATEST_PRICES = """
    select
        instruments.instrument_id,
        instruments.symbol,
        instruments.name,
        instruments.asset_class,
        instruments.currency,
        instruments.calendar,
        prices.price,
        prices.previous_close_price,
        prices.change,
        prices.change_pct,
        prices.as_of,
        prices.provider,
        prices.is_synthetic
    from marts.fct_latest_prices as prices
    inner join marts.dim_instruments as instruments
        on prices.instrument_id = instruments.instrument_id
    where instruments.is_active
    order by instruments.symbol
"""

RECENT_CLOSES = """
    select
        instrument_id,
        array_agg(split_adjusted_close_price order by session_date) as closes
    from marts.fct_daily_bars
    where instrument_id = any(:instrument_ids) and session_date >= :first_date
    group by instrument_id
"""

SESSION_SPAN = """
    select min(session_date) as first_date, max(session_date) as last_date
    from marts.fct_daily_bars
    where instrument_id = :instrument_id
"""

DAILY_BARS = """
    select
        bars.session_date,
        bars.open_price,
        bars.high_price,
        bars.low_price,
        bars.close_price,
        bars.volume,
        bars.split_adjusted_open_price,
        bars.split_adjusted_high_price,
        bars.split_adjusted_low_price,
        bars.split_adjusted_close_price,
        bars.split_adjusted_volume,
        bars.volume_unit,
        bars.total_return_close_price,
        bars.provider,
        bars.known_from,
        indicators.sma_20,
        indicators.sma_50,
        indicators.sma_200,
        indicators.rsi_14
    from marts.fct_daily_bars as bars
    left join marts.fct_daily_indicators as indicators
        on
            bars.instrument_id = indicators.instrument_id
            and bars.session_date = indicators.session_date
    where
        bars.instrument_id = :instrument_id
        and bars.session_date between :first_date and :last_date
    order by bars.session_date
    limit 20000
"""

YEAR_RANGE = """
    select
        count(*) as session_count,
        max(last_sessions.split_adjusted_high_price) as high_price,
        min(last_sessions.split_adjusted_low_price) as low_price
    from (
        select split_adjusted_high_price, split_adjusted_low_price
        from marts.fct_daily_bars
        where instrument_id = :instrument_id
        order by session_date desc
        limit 252
    ) as last_sessions
"""

CORPORATE_ACTIONS = """
    select action_type, ex_date, split_ratio, dividend
    from marts.fct_corporate_actions
    where instrument_id = :instrument_id and ex_date between :first_date and :last_date
    order by ex_date, action_type
"""

SOURCE_FETCHES = """
    select source, calendar, last_fetched_at
    from ops.fct_freshness
    order by source
"""


class NotBuiltError(DatabaseError):
    """The database answers, but a mart that a page reads does not exist yet."""


class Warehouse:
    """The marts as the pages see them.

    Nothing is connected to until the first read, so a page can be shown while the database is
    down, and every read after that tries again.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._engine = sa.create_engine(
            "postgresql+psycopg://",
            creator=self._connect,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=10,
            pool_timeout=10,
        )
        self._answer = self._cached(settings.dashboard_refresh_seconds / 2)

    def instruments(self) -> pd.DataFrame:
        """Every tracked instrument that has bars, the active ones first, in order of symbol."""
        return self._read(INSTRUMENTS)

    def sessions(self, first_date: date, last_date: date) -> pd.DataFrame:
        """The sessions of every calendar between two dates, both included."""
        return self._read(SESSIONS, first_date=first_date, last_date=last_date)

    def latest_prices(self) -> pd.DataFrame:
        """The newest price of each active instrument, with its change in per cent (0 to 100)."""
        return self._read(LATEST_PRICES)

    def recent_closes(self, instrument_ids: Sequence[str], first_date: date) -> pd.DataFrame:
        """Per instrument, its split-adjusted closes since a date as a list, oldest first."""
        return self._read(RECENT_CLOSES, instrument_ids=list(instrument_ids), first_date=first_date)

    def session_span(self, instrument_id: str) -> tuple[date, date] | None:
        """The first and last session of an instrument, or None when it has no bar."""
        span = self._read(SESSION_SPAN, instrument_id=instrument_id).iloc[0]
        if pd.isna(span["first_date"]):
            return None
        return span["first_date"], span["last_date"]

    def daily_bars(self, instrument_id: str, first_date: date, last_date: date) -> pd.DataFrame:
        """The bars between two dates in all three price bases, with their indicators."""
        return self._read(
            DAILY_BARS, instrument_id=instrument_id, first_date=first_date, last_date=last_date
        )

    def year_range(self, instrument_id: str) -> pd.Series:
        """The highest high and lowest low (split-adjusted) of the last 252 sessions."""
        return self._read(YEAR_RANGE, instrument_id=instrument_id).iloc[0]

    def corporate_actions(
        self, instrument_id: str, first_date: date, last_date: date
    ) -> pd.DataFrame:
        """Splits and dividends by ex-date between two dates."""
        return self._read(
            CORPORATE_ACTIONS,
            instrument_id=instrument_id,
            first_date=first_date,
            last_date=last_date,
        )

    def source_fetches(self) -> pd.DataFrame:
        """Per source, the calendar that it is measured by and when it last answered."""
        return self._read(SOURCE_FETCHES)

    def is_synthetic(self) -> bool:
        """Whether any latest price comes from the sandbox."""
        return bool(self.latest_prices()["is_synthetic"].fillna(value=False).any())

    def close(self) -> None:
        """Close the connections; a later read opens new ones."""
        self._engine.dispose()

    def _read(self, sql: str, **parameters: Any) -> pd.DataFrame:
        place = sa.make_url(database.dsn(self.settings, role="reader"))
        return self._answer(place.render_as_string(hide_password=True), sql, parameters)

    def _cached(self, seconds: float) -> Callable[..., pd.DataFrame]:
        @st.cache_data(ttl=seconds, max_entries=_KEPT_ANSWERS, show_spinner=False)
        def answer(place: str, sql: str, parameters: dict[str, Any]) -> pd.DataFrame:
            del place  # part of the key alone, so that two databases never share an answer
            return self._query(sql, parameters)

        return answer

    def _query(self, sql: str, parameters: Mapping[str, Any]) -> pd.DataFrame:
        try:
            with self._engine.connect() as connection:
                result = connection.execute(sa.text(sql), parameters)
                return pd.DataFrame(result.fetchall(), columns=list(result.keys()))
        except exc.DBAPIError as error:
            raise _explained(error) from None
        except exc.TimeoutError:
            raise DatabaseError(
                "All connections to the database are busy: this page tries again by itself."
            ) from None

    def _connect(self) -> psycopg.Connection[Any]:
        connection = database.connect(self.settings, role="reader", autocommit=True)
        connection.execute(f"set statement_timeout = {_LONGEST_QUERY_MS}")
        connection.execute("set timezone = 'UTC'")
        connection.autocommit = False
        return connection


@st.cache_resource(show_spinner=False, on_release=Warehouse.close)
def connect() -> Warehouse:
    """The warehouse that the settings name, one for all viewers."""
    return Warehouse(load_settings())


def _explained(error: exc.DBAPIError) -> DatabaseError:
    """Return the error as one sentence with its remedy. It never holds the SQL or a password."""
    state = getattr(error.orig, "sqlstate", None)
    if state in _NOT_BUILT:
        complaint = str(error.orig).partition("\n")[0]
        return NotBuiltError(
            f"The marts are not built yet, or are older than this page ({complaint}): run "
            "`make demo` for a synthetic market, or `marketflow ingest` and then "
            "`marketflow transform` for your own data."
        )
    if state == _NOT_ALLOWED:
        return DatabaseError(
            "The reader role may not read what this page needs: run `marketflow db setup`, "
            "then `marketflow transform`."
        )
    if state == _TOO_SLOW:
        return DatabaseError(
            f"The database took longer than {_LONGEST_QUERY_MS // 1000} seconds to answer: it "
            "may be busy loading; this page tries again by itself."
        )
    return DatabaseError(
        "The database stopped answering: start it with `marketflow db start`; this page comes "
        f"back by itself (SQLSTATE {state or 'unknown'})."
    )
