"""The weekly report: figures worked by hand, and a future that changes nothing."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import psycopg
import pytest

from reporting.weekly import Week, making, read_sections, render
from tests.warehouse import rebuilding
from warehouse import database
from warehouse.errors import UsageError
from warehouse.settings import Settings

WEEK = Week(date(2016, 6, 13))
THEN = WEEK.known_at
LATER = THEN + timedelta(days=30)

TABLES = """
    create table marts.dim_instruments (instrument_id text, asset_class text);
    create table marts.dim_instrument_history (
        instrument_id text, symbol text, name text, sector text, valid_from timestamptz,
        valid_to timestamptz
    );
    create table marts.fct_daily_bar_revisions (
        instrument_id text, session_date date, known_from timestamptz, known_to timestamptz,
        revision_number bigint, cause text, close_price double precision, is_synthetic boolean
    );
    create table marts.fct_corporate_action_versions (
        instrument_id text, action_type text, ex_date date, split_ratio double precision,
        known_from timestamptz, known_to timestamptz
    );
    create table marts.dim_macro_series (
        series_id text, title text, units_code text, frequency_code text
    );
    create table marts.fct_macro_observations (
        series_id text, observation_date date, known_from timestamptz, known_to timestamptz,
        release_date date, value double precision
    );
    create table marts.fct_forecasts (
        instrument_id text, model text, model_version text, horizon int, origin_date date,
        target_date date, origin_value double precision, point double precision,
        lower double precision, upper double precision, is_chosen boolean, known_as_of timestamptz
    );
    create table marts.fct_forecast_scores (
        instrument_id text, model text, horizon int, is_chosen boolean,
        absolute_scaled_error double precision, naive_absolute_scaled_error double precision,
        is_covered boolean, known_as_of timestamptz, truth_known_from timestamptz
    );
    create table ops.fct_api_calls (
        source text, is_success boolean, credits double precision, fetched_at timestamptz
    );
    create table ops.fct_pipeline_runs (
        started_at timestamptz, ended_at timestamptz, job text, source text, status text,
        error text
    );
    insert into marts.dim_instruments values ('a', 'equity'), ('b', 'equity'), ('i', 'index');
    insert into marts.dim_instrument_history values
        ('a', 'OLD', 'Oldies', 'Retail', '1900-01-01', '2016-01-01'),
        ('a', 'AAA', 'Anvils & <Sons>', 'Industrials', '2016-01-01', null),
        ('b', 'BBB', 'Bells', 'Industrials', '1900-01-01', null),
        ('i', '^III', 'Index of all', null, '1900-01-01', null);
    -- AAA splits 4:1 on Wednesday; 100 before is 25 after. BBB's was withdrawn before Saturday.
    insert into marts.fct_corporate_action_versions values
        ('a', 'split', '2016-06-15', 5, '2016-06-14 21:00Z', '2016-06-15 21:00Z'),
        ('a', 'split', '2016-06-15', 4, '2016-06-15 21:00Z', null),
        ('b', 'split', '2016-06-16', 3, '2016-06-15 21:00Z', '2016-06-16 21:00Z'),
        ('b', 'split', '2016-06-16', 0, '2016-06-16 21:00Z', null);
    insert into marts.dim_macro_series values
        ('UNRATE', 'Unemployment rate', '%', 'M'), ('DGS10', 'Ten years', '%', 'D');
    insert into marts.fct_macro_observations values
        ('UNRATE', '2016-04-01', '2016-05-06', '2016-06-15', '2016-05-06', 5.0),
        ('UNRATE', '2016-04-01', '2016-06-15', null, '2016-06-15', 5.1),
        ('UNRATE', '2016-05-01', '2016-06-15', null, '2016-06-15', 4.7),
        ('DGS10', '2016-06-10', '2016-06-13', null, '2016-06-13', 1.64),
        ('DGS10', '2016-06-16', '2016-06-17', null, '2016-06-17', 1.5);
    insert into marts.fct_forecasts values
        ('i', 'ewma', '1', 5, '2016-06-17', '2016-06-24', 2050, 2050, 1990.5, 2111.5, true,
            '2016-06-17 21:00Z'),
        ('i', 'naive', '1', 5, '2016-06-17', '2016-06-24', 2050, 2050, 1980, 2120, false,
            '2016-06-17 21:00Z'),
        ('i', 'drift', '1', 1, '2016-06-17', '2016-06-20', 2050, 2051, 2020, 2082, true,
            '2016-06-17 21:00Z'),
        ('i', 'ewma', '1', 5, '2016-06-16', '2016-06-23', 2040, 2040, 1980, 2100, true,
            '2016-06-16 21:00Z'),
        ('a', 'ewma', '1', 5, '2016-06-17', '2016-06-24', 27.5, 27.5, 25, 30, true,
            '2016-06-17 21:00Z');
    insert into marts.fct_forecast_scores values
        ('i', 'ets', 5, true, 1.5, 1.0, true, '2016-06-10 21:00Z', '2016-06-17 20:00Z'),
        ('a', 'ets', 5, false, 1.0, 1.2, false, '2016-06-10 21:00Z', '2016-06-17 20:00Z'),
        ('a', 'naive', 5, true, 1.2, 1.2, true, '2016-06-10 21:00Z', '2016-06-17 20:00Z'),
        (null, 'sarimax', 1, true, 0.5, 0.8, true, '2016-05-10 21:00Z', '2016-06-15 05:00Z'),
        ('i', 'ets', 5, true, 9, 9, false, '2016-06-03 21:00Z', '2016-06-10 20:00Z');
    insert into ops.fct_api_calls values
        ('fmp', true, 1, '2016-06-14'), ('fmp', false, 1, '2016-06-15'),
        ('fmp', true, 1, '2016-06-01');
    insert into ops.fct_pipeline_runs values
        ('2016-06-14 21:00Z', '2016-06-14 21:05Z', 'ingest', 'fmp', 'failed', 'HTTP 503');
"""
# Friday before, then Monday to Friday.
CLOSES = {
    "a": [100.0, 102.0, 101.0, 25.5, 26.0, 27.5],
    "b": [50.0, 49.0, 49.0, 48.0, 49.5, 45.0],
    "i": [2000.0, 2010.0, 2020.0, 2030.0, 2040.0, 2050.0],
}
DAYS = [date(2016, 6, day) for day in (10, 13, 14, 15, 16, 17)]

FUTURE = """
    update marts.fct_daily_bar_revisions set known_to = %(later)s
    where session_date = '2016-06-17';
    insert into marts.fct_daily_bar_revisions
    select
        instrument_id, session_date, %(later)s, null, 2, 'correction', 3 * close_price, true
    from marts.fct_daily_bar_revisions where session_date = '2016-06-17';
    update marts.fct_macro_observations set known_to = %(later)s where known_to is null;
    insert into marts.fct_macro_observations
    select series_id, observation_date, %(later)s, null, '2016-07-18', 9
    from marts.fct_macro_observations where known_to = %(later)s;
    update marts.fct_corporate_action_versions set known_to = %(later)s where known_to is null;
    insert into marts.fct_corporate_action_versions values
        ('a', 'split', '2016-06-15', 9, %(later)s, null),
        ('b', 'split', '2016-06-16', 2, %(later)s, null),
        ('b', 'split', '2016-06-20', 7, '2016-06-16 21:00Z', null);
    update marts.dim_instrument_history set valid_to = %(later)s where valid_to is null;
    insert into marts.dim_instrument_history
    select instrument_id, 'NEW' || symbol, 'Renamed', 'Toys', %(later)s, null
    from marts.dim_instrument_history where valid_to = %(later)s;
    insert into marts.fct_forecasts values
        ('i', 'ewma', '2', 5, '2016-06-17', '2016-06-24', 1, 1, 1, 1, true, %(later)s);
    insert into marts.fct_forecast_scores values
        ('i', 'ets', 5, true, 7, 7, false, '2016-06-10 21:00Z', %(later)s),
        ('i', 'ets', 5, true, 7, 7, false, %(later)s, '2016-06-17 20:00Z');
    insert into ops.fct_api_calls values ('fred', false, 1, %(later)s);
    insert into ops.fct_pipeline_runs values (%(later)s, %(later)s, 'x', 'y', 'failed', 'z');
"""


@pytest.fixture
def week_settings(warehouse_settings: Settings) -> Settings:
    """A warehouse that holds the week."""
    with database.connect(warehouse_settings, "transformer") as connection:
        connection.execute(TABLES.encode())
        bars = [
            (name, day, datetime(day.year, day.month, day.day, 20, tzinfo=UTC), close)
            for name, closes in CLOSES.items()
            for day, close in zip(DAYS, closes, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.executemany(
                "insert into marts.fct_daily_bar_revisions"
                " values (%s, %s, %s, null, 1, 'first_seen', %s, false)",
                bars,
            )
    return warehouse_settings


@pytest.fixture
def reader(week_settings: Settings) -> Iterator[psycopg.Connection[Any]]:
    with database.connect(week_settings, "reader", autocommit=True) as connection:
        yield connection


def rows(reader: psycopg.Connection[Any], name: str) -> list[tuple[str, ...]]:
    (section,) = [one for one in read_sections(reader, WEEK) if one.name == name]
    return [tuple(str(value) for value in row) for row in section.rows]


def test_changes_of_the_week_are_those_worked_by_hand(reader: psycopg.Connection[Any]) -> None:
    # AAA: 27.5 x 4 / 100 = +10 %; BBB: 45 / 50 = -10 %; the index: 2050 / 2000 = +2.5 %.
    assert rows(reader, "rises") == [
        ("AAA", "Anvils & <Sons>", "27.50", "10.00"),
        ("BBB", "Bells", "45.00", "-10.00"),
    ]
    assert [row[0] for row in rows(reader, "falls")] == ["BBB", "AAA"]
    assert rows(reader, "indexes") == [("^III", "Index of all", "2050.00", "2.50")]
    assert rows(reader, "sectors") == [("Industrials", "2", "0.00", "1")]


def test_breadth_counts_each_day(reader: psycopg.Connection[Any]) -> None:
    assert rows(reader, "breadth") == [
        ("2016-06-13", "1", "1", "0"),
        ("2016-06-14", "0", "1", "1"),
        ("2016-06-15", "1", "1", "0"),  # AAA: 25.5 x 4 = 102 after 101
        ("2016-06-16", "2", "0", "0"),
        ("2016-06-17", "1", "1", "0"),
    ]


def test_yields_and_releases_are_the_vintages_of_then(reader: psycopg.Connection[Any]) -> None:
    assert rows(reader, "yields") == [("10y", "2016-06-16", "1.50", "1.64", "-0.14")]
    assert rows(reader, "releases") == [
        ("Unemployment rate", "2016-06-15", "2016-05-01", "4.7", "%", "1", "1", "0.1")
    ]


def test_forecasts_are_the_newest_of_the_chosen_models(reader: psycopg.Connection[Any]) -> None:
    # A stock has one too, and is left to its page.
    assert rows(reader, "forecasts") == [
        *[("^III", "2016-06-17", "2016-06-24", "2050.00", "2050.00", "1990.50", "2111.50", "ewma")]
    ]


def test_scores_say_where_the_naive_forecast_wins(reader: psycopg.Connection[Any]) -> None:
    assert rows(reader, "scores") == [
        # (1.5 + 1.2) / 2 beside (1.0 + 1.2) / 2; both held.
        ("prices", "the chosen one", "5", "2", "1.350", "1.100", "naive wins", "100.0"),
        ("prices", "ets", "5", "2", "1.250", "1.100", "naive wins", "50.0"),
        ("prices", "naive", "5", "1", "1.200", "1.200", "is the naive one", "100.0"),
        ("economy", "the chosen one", "1", "1", "0.500", "0.800", "better than naive", "100.0"),
        ("economy", "sarimax", "1", "1", "0.500", "0.800", "better than naive", "100.0"),
    ]


def test_calls_and_incidents_of_the_week_alone(reader: psycopg.Connection[Any]) -> None:
    assert rows(reader, "quality") == [("fmp", "2", "1", "2")]
    assert [row[1:] for row in rows(reader, "incidents")] == [
        ("ingest", "fmp", "failed", "HTTP 503")
    ]


def test_a_cross_is_told_on_its_day(
    reader: psycopg.Connection[Any], week_settings: Settings
) -> None:
    with database.connect(week_settings, "transformer") as writer:
        writer.execute(
            # 199 sessions fall by a bit each, the last of them on Monday; then it jumps.
            "insert into marts.fct_daily_bar_revisions"
            " select 'a', '2016-06-09'::date - number, '2015-01-01', null, 1, 'first_seen',"
            " 100 + number * 0.01, false from generate_series(0, 199) as number"
        )
        writer.execute(
            "update marts.fct_daily_bar_revisions set close_price = 4000"
            " where instrument_id = 'a' and session_date = '2016-06-16'"
        )

    assert rows(reader, "signals") == [("2016-06-16", "AAA", "golden cross")]


def test_a_report_has_every_section_while_a_mart_is_rebuilt(
    week_settings: Settings, tmp_path: Path
) -> None:
    before, *_ = making.make(week_settings, WEEK, tmp_path / "before.html")

    during, *_ = rebuilding.answer_while_rebuilt(
        week_settings,
        "fct_forecasts",
        lambda: making.make(week_settings, WEEK, tmp_path / "during.html"),
    )

    assert during.read_bytes() == before.read_bytes()


def test_a_later_future_changes_no_letter(
    reader: psycopg.Connection[Any], week_settings: Settings, tmp_path: Path
) -> None:
    first, *_ = making.make(week_settings, WEEK, tmp_path / "first.html")
    with database.connect(week_settings, "transformer") as writer:
        psycopg.ClientCursor(writer).execute(FUTURE.encode(), {"later": LATER})

    second, *_ = making.make(week_settings, WEEK, tmp_path / "second.html")

    later = Week(WEEK.monday + timedelta(days=35))
    assert first.read_bytes() == second.read_bytes()
    assert len(first.read_text()) > 5_000
    assert any(one.rows for one in read_sections(reader, later))


def test_every_figure_of_the_page_is_of_a_query(reader: psycopg.Connection[Any]) -> None:
    sections = read_sections(reader, WEEK)
    page = render(WEEK, sections, "UTC", is_synthetic=False)

    for section in sections:
        (part,) = re.findall(rf'<section id="{section.name}">.*?</section>', page, re.DOTALL)
        cells = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", part)]
        told = [value for row in section.rows for value in row]
        assert len(cells) == len(told)
        for cell, value in zip(cells, told, strict=True):
            plain = cell.replace(",", "")
            if value is None:
                assert plain == "\N{EN DASH}"
            elif isinstance(value, datetime):
                assert plain == f"{value.astimezone(UTC):%Y-%m-%d %H:%M UTC}"
            elif isinstance(value, str | date):
                assert cell == str(value)
            else:
                assert float(plain) == float(value)
    assert "<Sons>" not in page
    assert re.findall(r'(?:src|href)="(?!#)', page) == []


def test_weeks_are_iso_weeks() -> None:
    assert Week.parse("2016-W24") == WEEK
    assert WEEK.name == "2016-W24"
    assert Week.parse("2015-W53").friday == date(2016, 1, 1)
    assert Week.last_told(THEN) == WEEK
    assert Week.last_told(THEN - timedelta(seconds=1)).name == "2016-W23"
    for wrong in ("2016-W60", "2016-24", "W24", "2016-W00"):
        with pytest.raises(UsageError, match="is no week"):
            Week.parse(wrong)
