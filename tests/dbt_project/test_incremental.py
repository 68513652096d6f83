"""A market that changes under the warehouse: what a build adds, what it leaves, what it tells.

One warehouse is built step by step, as it would be over some weeks, and once from nothing at the
end. Whatever marts there are must be the same.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.dbt_project.conftest import Project, Row
from warehouse import database

SESSIONS = [date(2024, 1, 2) + timedelta(days=days) for days in (0, 1, 2, 3, 6, 7, 8, 9, 10)]
BACKFILL = datetime(2024, 1, 8, 22, tzinfo=UTC)
FOREVER = "9999-12-31"
# Columns that tell the age of things by the clock differ from build to build.
CLOCK = {"fct_latest_prices": {"age_seconds"}}

INCREMENTAL = (
    "intermediate.int_daily_bars_unioned",
    "intermediate.int_daily_bars_aligned",
    "intermediate.int_daily_bars_selected",
    "intermediate.int_daily_bars_adjusted",
    "intermediate.int_daily_bar_revisions_compared",
    "marts.fct_daily_bars",
    "marts.fct_daily_bar_revisions",
)

Table = list[tuple[object, ...]]


class Market:
    """The raw rows of some instruments and the warehouse over them."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def fmp(self, symbol: str, fetched_at: datetime, *bars: tuple[date, float]) -> None:
        """Land daily bars of FMP."""
        self._land("fmp.eod_prices", fetched_at, symbol, bars, key="date", price_basis="as_traded")

    def twelve_data(self, symbol: str, fetched_at: datetime, *bars: tuple[date, float]) -> None:
        """Land daily bars of Twelve Data."""
        self._land("twelve_data.time_series_daily", fetched_at, symbol, bars, key="datetime")

    def vintages(self, fetched_at: datetime, *rows: tuple[str, str, str, str, str]) -> None:
        """Land rows of FRED: series, observation, first and last day of the vintage, value."""
        names = ("series_id", "date", "realtime_start", "realtime_end", "value")
        landed: list[Row] = [dict(zip(names, row, strict=True)) for row in rows]
        self.project.land("fred.observations", landed, fetched_at=fetched_at)

    def keyless(self, fetched_at: datetime, *rows: tuple[str, str, str]) -> None:
        """Land rows of FRED's CSV: series, observation, value."""
        names = ("series_id", "date", "value")
        landed: list[Row] = [
            dict(zip(names, row, strict=True)) | {"retrieved_from": "keyless_csv"} for row in rows
        ]
        self.project.land("fred.keyless_observations", landed, fetched_at=fetched_at)

    def split(self, symbol: str, ex_date: date, ratio: float, fetched_at: datetime) -> None:
        """Land a split."""
        row: Row = {"symbol": symbol, "date": ex_date, "numerator": ratio, "denominator": 1}
        self.project.land("fmp.splits", [row], fetched_at=fetched_at)

    def dividend(self, symbol: str, ex_date: date, amount: float, fetched_at: datetime) -> None:
        """Land a dividend."""
        row: Row = {"symbol": symbol, "date": ex_date, "dividend": amount}
        self.project.land("fmp.dividends", [row], fetched_at=fetched_at)

    def build(self, *arguments: str, now: datetime) -> None:
        """Build everything, without tests."""
        self.project.now = now.isoformat()
        tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        self.project.dbt("build", *tests, *arguments)

    def query(self, statement: str) -> Table:
        """Return the rows of a query of the reader."""
        return self.project.query(statement)

    def marts(self) -> dict[str, Table]:
        """Return every table that is rebuilt by dbt and whose content does not grow by running."""
        names = self.query(
            "select tablename from pg_tables where schemaname in ('marts', 'ops') order by 1"
        )
        return {str(name): self._content(str(name)) for (name,) in names}

    def _content(self, name: str) -> Table:
        columns = [
            str(column)
            for (column,) in self.query(
                "select column_name from information_schema.columns"
                f" where table_schema in ('marts', 'ops') and table_name = '{name}'"
                " order by ordinal_position"
            )
            if column not in CLOCK.get(name, set())
        ]
        listed = ", ".join(columns)
        return sorted(self.query(f"select {listed} from {name}"), key=repr)

    def _land(
        self,
        table: str,
        fetched_at: datetime,
        symbol: str,
        bars: tuple[tuple[date, float], ...],
        *,
        key: str,
        **columns: str,
    ) -> None:
        rows: list[Row] = [
            {"symbol": symbol, key: day, "is_final": True, "volume": "1000"}
            | {"open": close, "high": close + 1, "low": close - 1, "close": close}
            | columns
            for day, close in bars
        ]
        self.project.land(table, rows, fetched_at=fetched_at)


def at(day: int, hour: int = 22) -> datetime:
    """An instant of January 2024."""
    return datetime(2024, 1, day, hour, tzinfo=UTC)


@pytest.fixture(scope="module")
def market(new_project: Callable[[], Project]) -> Market:
    """The market as it was built on the 8th: four instruments with bars from the 2nd to the 8th."""
    market = Market(new_project())
    for name in ("SPLIT", "LATE", "WRONG", "QUIET"):
        market.project.track(
            instrument_id=f"equity:{name}",
            symbol=name,
            asset_class="equity",
            fmp_symbol=name,
            twelve_data_symbol=name,
            added_at=at(1),
        )
        market.fmp(name, BACKFILL, *((day, 100.0 + day.day) for day in SESSIONS[:5]))
    market.twelve_data("QUIET", BACKFILL, *((day, 200.0 + day.day) for day in SESSIONS[:3]))
    market.project.track(
        instrument_id="fx:EUR", symbol="EUR/USD", asset_class="fx", calendar="24/5",
        twelve_data_symbol="EUR/USD", added_at=at(1),
    )  # fmt: skip
    market.twelve_data("EUR/USD", BACKFILL, *((day, 2.0 + day.day / 100) for day in SESSIONS[:4]))
    market.dividend("SPLIT", date(2024, 1, 4), 1.04, at(1))
    for series in ("GDP", "DGS10", "CSV"):
        market.project.track(
            instrument_id=f"macro:{series}", symbol=series, asset_class="macro", calendar=None,
            fred_series_id=series, added_at=at(1),
        )  # fmt: skip
    market.vintages(
        BACKFILL,
        ("GDP", "2023-04-01", "2023-07-27", FOREVER, "100"),
        ("GDP", "2023-07-01", "2023-10-26", FOREVER, "110"),
        ("DGS10", "2024-01-04", "2024-01-05", FOREVER, "4.0"),
    )
    market.keyless(BACKFILL, ("CSV", "2023-12-01", "1"), ("CSV", "2024-01-01", "2"))
    market.build(now=BACKFILL)
    return market


@pytest.fixture(scope="module")
def quiet_day(market: Market) -> dict[str, Table]:
    """The 9th: a new session for two instruments. Rows of every table before, by their place."""
    before = rows_by_place(market)
    for name in ("SPLIT", "QUIET"):
        market.fmp(name, at(9), (date(2024, 1, 9), 109.0))
    market.build("--select", "+fct_daily_bars", "+fct_daily_bar_revisions", now=at(9))
    return before


def test_a_new_session_touches_its_own_rows_alone(
    market: Market, quiet_day: dict[str, Table]
) -> None:
    """PostgreSQL writes a touched row to another place, so that places tell what was touched."""
    after = rows_by_place(market)

    touched = {name: set(after[name]) ^ set(quiet_day[name]) for name in after}

    assert {name: len(rows) for name, rows in touched.items()} == dict.fromkeys(INCREMENTAL, 2)
    assert len(quiet_day["marts.fct_daily_bars"]) == 24


@pytest.fixture(scope="module")
def macro_places(market: Market) -> Table:
    """Where each row of fct_macro_observations was before the eventful week."""
    return rows_of_macro(market)


@pytest.fixture(scope="module")
def views(market: Market, quiet_day: dict[str, Table]) -> dict[datetime, Table]:
    """What fct_daily_bars said on the 9th of the two instruments that are only corrected later."""
    return {at(9): bars_of(market, "fct_daily_bars")}


@pytest.fixture(scope="module")
def eventful_week(market: Market, views: dict[datetime, Table], macro_places: Table) -> Market:
    """Actions and bars that land late, corrections, edited seeds, a reused ticker, a revision."""
    market.split("SPLIT", date(2024, 1, 5), 4, at(10))
    market.dividend("SPLIT", date(2024, 1, 8), 2.1, at(10, 23))
    market.fmp("WRONG", at(11), (date(2024, 1, 5), 105.5))
    market.project.land(
        "fmp.eod_prices",
        [
            {"symbol": "WRONG", "date": "2024-01-03", "price_basis": "as_traded", "close": "103"}
            | {"high": "1", "low": "9", "is_final": True}
        ],
        fetched_at=at(11),
    )
    market.fmp("LATE", at(11), (date(2024, 1, 9), 109.0), (date(2024, 1, 10), 110.0))
    market.twelve_data("SPLIT", at(11), (date(2024, 1, 11), 111.0))
    # Pence for pounds, which FMP mends a day later; the mart of the 9th would have held it out.
    market.fmp("WRONG", at(9, 23), (date(2024, 1, 9), 10900.0))
    market.fmp("WRONG", at(10), (date(2024, 1, 9), 109.0))
    # An answer of the 8th that is loaded after one of the 9th.
    market.fmp("QUIET", at(8, 23), (date(2024, 1, 4), 104.5))
    market.vintages(
        at(11),
        ("GDP", "2023-07-01", "2023-10-26", "2024-01-10", "110"),
        ("GDP", "2023-07-01", "2024-01-11", FOREVER, "111"),
        ("GDP", "2023-10-01", "2024-01-11", FOREVER, "120"),
        ("CSV", "2024-01-01", "2024-01-10", FOREVER, "3"),
    )
    market.keyless(at(11), ("CSV", "2023-12-01", "1.5"))
    with database.connect(market.project.settings, "owner") as connection:
        connection.execute(
            "update raw_marketflow.tracked_instruments"
            " set symbol = 'LATER', fmp_symbol = 'LATER', former_symbols = 'LATE'"
            " where instrument_id = 'equity:LATE'"
        )
        # As the seed would be after its edit.
        connection.execute(
            "update intermediate.providers set bar_precedence = case provider"
            " when 'fmp' then 1 when 'twelve_data' then 2 else bar_precedence end"
        )
        connection.execute(
            "insert into intermediate.session_overrides (calendar, session_date, reason)"
            " values ('24/5', '2024-01-04', 'closed after all')"
        )
    market.project.track(
        instrument_id="etf:LATE", symbol="LATE", asset_class="etf", fmp_symbol="LATE",
        added_at=at(11),
    )  # fmt: skip
    market.build("--exclude-resource-type", "seed", now=at(12))
    return market


def test_late_actions_restate_adjusted_prices_and_leave_those_as_traded(
    eventful_week: Market,
) -> None:
    """4:1 on the 5th; 2.1 on the 8th is 2 % of the 105 before; 1.04 on the 4th, 1 % of 104."""
    found = eventful_week.query(
        "select extract(day from session_date)::int, close_price, split_adjusted_close_price,"
        " round(total_return_close_price::numeric, 6)::float from fct_daily_bars"
        " where symbol = 'SPLIT' order by session_date"
    )

    first = 1 - 1.04 / 103
    assert found == [
        (2, 102.0, 25.5, round(25.5 * 0.98 * first, 6)),
        (3, 103.0, 25.75, round(25.75 * 0.98 * first, 6)),
        (4, 104.0, 26.0, round(26 * 0.98, 6)),
        (5, 105.0, 105.0, 102.9),
        (8, 108.0, 108.0, 108.0),
        (9, 109.0, 109.0, 109.0),
        (11, 111.0, 111.0, 111.0),
    ]


def test_every_revision_is_kept_with_its_cause(eventful_week: Market) -> None:
    found = eventful_week.query(
        "select symbol, extract(day from session_date)::int, string_agg(cause, ' ' order by"
        " known_from), count(distinct close_price) from fct_daily_bar_revisions"
        " group by 1, 2 having count(*) > 1 or symbol = 'LATE' order by 1, 2"
    )

    restated_twice = "first_seen split_restatement dividend_restatement"
    assert found == [
        *(("LATE", day, "first_seen", 1) for day in (2, 3, 4, 5, 8)),
        ("LATE", 9, "late", 1),
        ("LATE", 10, "late", 1),
        ("QUIET", 4, "first_seen correction", 2),
        ("SPLIT", 2, restated_twice, 1),
        ("SPLIT", 3, restated_twice, 1),
        ("SPLIT", 4, restated_twice, 1),
        ("SPLIT", 5, "first_seen dividend_restatement", 1),
        ("WRONG", 3, "first_seen held_out", 1),
        ("WRONG", 5, "first_seen correction", 2),
    ]


def test_a_version_in_the_wrong_unit_is_in_no_view(eventful_week: Market) -> None:
    """10,900 came at 23:00 on the 9th, and 109 took its place on the 10th at 22:00."""
    views = {
        instant: eventful_week.query(
            f"select close_price from daily_bars_as_of('{instant}')"
            " where symbol = 'WRONG' and session_date = '2024-01-09'"
        )
        for instant in (at(9, 23), at(10, 21), at(10))
    }

    assert views == {at(9, 23): [], at(10, 21): [], at(10): [(109.0,)]}
    assert eventful_week.query(
        "select known_from, cause, close_price from fct_daily_bar_revisions"
        " where symbol = 'WRONG' and session_date = '2024-01-09'"
    ) == [(at(10), "late", 109.0)]


def test_the_day_before_still_has_its_view(
    eventful_week: Market, views: dict[datetime, Table]
) -> None:
    for instant, then in views.items():
        assert len(then) == 11
        assert bars_of(eventful_week, f"daily_bars_as_of('{instant}')") == then
        assert bars_of(eventful_week, "fct_daily_bars") != then


def test_what_is_known_now_is_the_mart(eventful_week: Market) -> None:
    now = "select * from {} order by instrument_id, session_date"

    found = eventful_week.query(now.format("daily_bars_as_of('2024-01-13 00:00+00')"))

    assert len(found) == 28
    assert found == eventful_week.query(now.format("fct_daily_bars"))


def test_a_revision_touches_its_observations_alone(
    eventful_week: Market, macro_places: Table
) -> None:
    """GDP of July is revised, that of October is new; vintages of January replace the CSV's."""
    after = rows_of_macro(eventful_week)

    assert [row[:4] for row in after] == [
        ("CSV", date(2023, 12, 1), 1.0, False),
        ("CSV", date(2023, 12, 1), 1.5, True),
        ("CSV", date(2024, 1, 1), 3.0, True),
        ("DGS10", date(2024, 1, 4), 4.0, True),
        ("GDP", date(2023, 4, 1), 100.0, True),
        ("GDP", date(2023, 7, 1), 110.0, False),
        ("GDP", date(2023, 7, 1), 111.0, True),
        ("GDP", date(2023, 10, 1), 120.0, True),
    ]
    assert {row[:2] for row in set(after) & set(macro_places)} == {
        ("DGS10", date(2024, 1, 4)),
        ("GDP", date(2023, 4, 1)),
    }


def test_another_preference_is_one_edit_of_a_seed(eventful_week: Market) -> None:
    found = eventful_week.query(
        "select provider, array_agg(close_price order by session_date) from fct_daily_bars"
        " where symbol = 'QUIET' group by provider"
    )

    assert found == [("fmp", [102.0, 103.0, 104.5, 105.0, 108.0, 109.0])]


def test_a_day_that_was_closed_after_all_loses_its_bars(eventful_week: Market) -> None:
    days = "select extract(day from session_date)::int from {} where {} order by 1"
    of_january = "calendar = '24/5' and session_date between '2024-01-02' and '2024-01-05'"

    assert eventful_week.query(days.format("fct_daily_bars", "symbol = 'EUR/USD'")) == [
        (2,),
        (3,),
        (5,),
    ]
    assert eventful_week.query(days.format("dim_sessions", of_january)) == [(2,), (3,), (5,)]


def test_a_ticker_takes_its_bars_along_to_its_new_owner(eventful_week: Market) -> None:
    found = eventful_week.query(
        "select instrument_id, count(*) from fct_daily_bars where instrument_id like '%LATE'"
        " group by 1"
    )

    assert found == [("etf:LATE", 7)]


def test_incremental_tables_are_those_of_a_full_refresh(eventful_week: Market) -> None:
    """Of every mart, whole."""
    incremental = eventful_week.marts()

    eventful_week.build("--full-refresh", "--exclude-resource-type", "seed", now=at(12))

    refreshed = eventful_week.marts()
    assert len(incremental["fct_daily_bars"]) == 28
    assert [name for name in refreshed if refreshed[name] != incremental[name]] == []
    assert incremental.keys() == refreshed.keys()


def rows_by_place(market: Market) -> dict[str, Table]:
    """Return the address of every row version of the incremental tables."""
    places = "select instrument_id, session_date, ctid::text, xmin::text from {}"
    with database.connect(market.project.settings, "owner") as connection:
        return {
            name: list(connection.execute(places.format(name).encode()).fetchall())
            for name in INCREMENTAL
        }


def rows_of_macro(market: Market) -> Table:
    """Return the observations with the address of every row version."""
    with database.connect(market.project.settings, "owner") as connection:
        return list(
            connection.execute(
                "select series_id, observation_date, value, is_latest, ctid::text, xmin::text"
                " from marts.fct_macro_observations"
                " order by series_id, observation_date, known_from"
            ).fetchall()
        )


def bars_of(market: Market, relation: str) -> Table:
    """Return the bars of the two instruments whose history is only corrected."""
    return market.query(
        f"select * from {relation} where symbol in ('SPLIT', 'WRONG') order by symbol, session_date"
    )
