"""Landing to raw: once each, whatever happens in between."""

import signal
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from ingestion.errors import LandingError, OriginMismatch
from ingestion.journal import ApiCall, Journal
from ingestion.landing import Landing
from ingestion.load import LoadSummary, load
from ingestion.progress import NoProgress
from tests.ingestion.killable import Moment, finish, start
from tests.ingestion.landings import NOW, closes, land, land_bars, raw_rows, write_universe
from warehouse import database
from warehouse.errors import UsageError
from warehouse.settings import Settings, load_settings

CHART_URL = "http://provider/api/v3/coins/bitcoin/market_chart"


@pytest.fixture
def settings(warehouse_settings: Settings, tmp_path: Path) -> Settings:
    return warehouse_settings.model_copy(
        update={"universe_file": write_universe(tmp_path), "frozen_now": NOW.isoformat()}
    )


def query(settings: Settings, sql: str) -> list[tuple[Any, ...]]:
    with database.connect(settings, "loader") as connection:
        return connection.execute(sql).fetchall()


def test_landed_bars_are_loaded_with_their_lineage(settings: Settings) -> None:
    landed = land_bars(settings, {"2024-07-02": 220.27, "2024-07-03": 221.55})

    summary = load(settings)

    rows = raw_rows(settings, "fmp", "eod_prices")
    assert [(row["symbol"], row["date"], row["close"], row["is_final"]) for row in rows] == [
        ("AAPL", "2024-07-02", "220.27", True),
        # It closed at 13:00 in New York, before Independence Day.
        ("AAPL", "2024-07-03", "221.55", True),
    ]
    assert {row["request_id"] for row in rows} == {landed.request_id}
    assert {row["response_id"] for row in rows} == {landed.sha256}
    assert {row["fetched_at"] for row in rows} == {NOW}
    assert (summary.rows, summary.exit_code, summary.failures) == (2, 0, [])


def test_every_row_carries_the_load_id_of_dlt(settings: Settings) -> None:
    land_bars(settings, {"2024-07-02": 220.27})

    load(settings)

    assert query(
        settings,
        "select count(*) from raw_fmp.eod_prices as prices"
        " inner join raw_fmp._dlt_loads as loads on loads.load_id = prices._dlt_load_id"
        " where loads.status = 0",
    ) == [(1,)]


def test_the_ledger_says_what_became_of_each_body(settings: Settings) -> None:
    loaded = land_bars(settings, {"2024-07-02": 1.0})
    empty = land(settings, "fmp", "splits", [], ["AAPL"])
    rejected = land(settings, "fmp", "profiles", {"odd": 1}, ["AAPL"])
    failed = land(settings, "fmp", "dividends", {"Error Message": "x"}, ["AAPL"], outcome="error")

    summary = load(settings)

    found = query(
        settings,
        "select request_id, status, row_count, new_row_count, reason"
        " from raw_marketflow.loaded_responses order by request_id",
    )
    assert [row[:4] for row in found] == [
        (loaded.request_id, "loaded", 1, 1),
        (empty.request_id, "empty", 0, 0),
        (rejected.request_id, "rejected", 0, 0),
        (failed.request_id, "rejected", 0, 0),
    ]
    assert "no list" in found[2][4]
    assert "RateLimited" in found[3][4]
    assert [(skip.resource, skip.symbol) for skip in summary.skips] == [("profiles", "AAPL")]
    assert summary.exit_code == 3


def test_a_second_load_does_nothing(settings: Settings) -> None:
    land_bars(settings, {"2024-07-02": 220.27})
    load(settings)
    before = query(settings, "select * from raw_marketflow.loaded_responses")

    summary = load(settings)

    assert summary == LoadSummary()
    assert query(settings, "select * from raw_marketflow.loaded_responses") == before


def test_an_unchanged_answer_adds_no_row(settings: Settings) -> None:
    land_bars(settings, {"2024-07-02": 220.27})
    load(settings)
    land_bars(settings, {"2024-07-02": 220.27}, fetched_at=NOW + timedelta(hours=1))

    summary = load(settings)

    assert (summary.rows, len(closes(settings))) == (0, 1)


def test_a_restated_and_restored_value_ends_as_it_began(settings: Settings) -> None:
    for hour, close in enumerate([10.0, 11.0, 10.0]):
        land_bars(settings, {"2024-07-02": close}, fetched_at=NOW + timedelta(hours=hour))
    load(settings)

    assert closes(settings) == [
        ("2024-07-02", "10.0"),
        ("2024-07-02", "11.0"),
        ("2024-07-02", "10.0"),
    ]


def test_an_unfinished_bar_is_superseded_by_the_same_bar_once_it_has_closed(
    settings: Settings,
) -> None:
    during = datetime(2024, 7, 2, 18, 0, tzinfo=UTC)
    land_bars(settings, {"2024-07-02": 220.0}, fetched_at=during)
    land_bars(settings, {"2024-07-02": 220.0}, fetched_at=NOW)

    load(settings)

    rows = raw_rows(settings, "fmp", "eod_prices")
    assert [row["is_final"] for row in rows] == [False, True]


def test_a_clock_that_was_set_back_makes_older_versions(settings: Settings) -> None:
    land_bars(settings, {"2024-07-01": 10.0}, fetched_at=NOW)
    land_bars(settings, {"2024-07-01": 9.0}, fetched_at=NOW - timedelta(hours=1))
    load(settings)
    once = raw_rows(settings, "fmp", "eod_prices")

    query_all(settings, "truncate raw_fmp.eod_prices")
    load(settings, all=True)

    assert raw_rows(settings, "fmp", "eod_prices") == once
    assert len(once) == 2


def query_all(settings: Settings, statement: str) -> None:
    with database.connect(settings, "owner", autocommit=True) as connection:
        connection.execute(statement)


def land_something_of_each_source(settings: Settings) -> None:
    land_bars(settings, {"2024-07-02": 220.27, "2024-07-03": 221.55})
    land(
        settings,
        "twelve_data",
        "time_series_daily",
        {
            "meta": {"symbol": "AAPL", "interval": "1day", "type": "Common Stock"},
            "values": [
                {
                    "datetime": "2024-07-02",
                    "open": "216.15",
                    "high": "220.38",
                    "low": "215.10",
                    "close": "220.27",
                    "volume": "58046200",
                }
            ],
            "status": "ok",
        },
        ["AAPL"],
        params={"adjust": "none", "interval": "1day"},
    )
    land(
        settings,
        "fred",
        "observations",
        {
            "realtime_start": "1776-07-04",
            "realtime_end": "9999-12-31",
            "observations": [
                {
                    "realtime_start": "2024-04-25",
                    "realtime_end": "2024-05-29",
                    "date": "2024-01-01",
                    "value": "28284.498",
                },
                {
                    "realtime_start": "2024-05-30",
                    "realtime_end": "9999-12-31",
                    "date": "2024-01-01",
                    "value": ".",
                },
            ],
        },
        ["GDP"],
    )
    stamps = [1719792000000, 1719878400000]
    land(
        settings,
        "coingecko",
        "market_chart",
        {
            "prices": [[stamp, 62000.5] for stamp in stamps],
            "market_caps": [[stamp, 1.2e12] for stamp in stamps],
            "total_volumes": [[stamp, None] for stamp in stamps],
        },
        ["bitcoin"],
        params={"vs_currency": "usd", "interval": "daily"},
        url=CHART_URL,
    )


TABLES = [
    ("fmp", "eod_prices"),
    ("twelve_data", "time_series_daily"),
    ("fred", "observations"),
    ("coingecko", "market_chart"),
]


def test_a_replay_into_empty_tables_equals_the_loads_before_it(settings: Settings) -> None:
    land_something_of_each_source(settings)
    load(settings)
    land_bars(settings, {"2024-07-02": 1.5}, fetched_at=NOW + timedelta(hours=1))
    load(settings)
    before = {name: raw_rows(settings, *name) for name in TABLES}
    query_all(settings, "truncate " + ", ".join(f"raw_{s}.{t}" for s, t in TABLES))
    query_all(settings, "truncate raw_marketflow.loaded_responses")

    load(settings, all=True)

    assert {name: raw_rows(settings, *name) for name in TABLES} == before
    assert [len(rows) for rows in before.values()] == [3, 1, 2, 2]


def test_a_replay_over_full_tables_adds_nothing(settings: Settings) -> None:
    land_something_of_each_source(settings)
    load(settings)
    surprises = query(settings, "select * from raw_marketflow.schema_changes")

    summary = load(settings, all=True)

    assert summary.rows == 0
    assert sum(count.rows for count in summary.counts) == 7
    assert query(settings, "select * from raw_marketflow.schema_changes") == surprises


def test_only_the_named_sources_are_loaded(settings: Settings) -> None:
    land_something_of_each_source(settings)

    summary = load(settings, ["fred"])

    assert [(count.source, count.resource) for count in summary.counts] == [
        ("fred", "observations")
    ]


def test_an_unknown_source_is_wrong_usage(settings: Settings) -> None:
    with pytest.raises(UsageError, match="there is no source 'nasdaq'"):
        load(settings, ["nasdaq"])


def test_the_first_load_stamps_the_warehouse(settings: Settings) -> None:
    land_bars(settings, {"2024-07-02": 1.0}, is_synthetic=True)

    load(settings)

    assert query(settings, "select origin from raw_marketflow.warehouse_stamp") == [("sandbox",)]
    assert query(settings, "select is_synthetic from raw_fmp.eod_prices") == [(True,)]


def test_sandbox_data_does_not_enter_a_live_warehouse(settings: Settings, tmp_path: Path) -> None:
    land_bars(settings, {"2024-07-02": 1.0})
    load(settings)
    sandbox = load_settings(
        None, **settings.model_dump() | {"landing_location": str(tmp_path / "other")}
    )
    land_bars(sandbox, {"2024-07-03": 2.0}, is_synthetic=True)

    with pytest.raises(OriginMismatch, match="marketflow db reset"):
        load(sandbox)

    assert closes(settings) == [("2024-07-02", "1.0")]
    assert len(query(settings, "select * from raw_marketflow.loaded_responses")) == 1


def test_a_damaged_body_is_skipped_and_the_others_are_loaded(settings: Settings) -> None:
    damaged = land_bars(settings, {"2024-07-01": 1.0})
    land_bars(settings, {"2024-07-02": 2.0})
    (Path(settings.landing_url) / damaged.path).write_bytes(b"not gzip")

    summary = load(settings)

    assert closes(settings) == [("2024-07-02", "2.0")]
    assert "is damaged" in summary.skips[0].reason
    assert summary.exit_code == 3


def test_a_landing_that_cannot_be_read_fails_its_source_alone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_something_of_each_source(settings)
    readable = Landing.list_committed

    def unreadable(landing: Landing, source: str, **named: Any) -> Any:
        if source == "fmp":
            raise LandingError("the disk is gone")
        return readable(landing, source, **named)

    monkeypatch.setattr(Landing, "list_committed", unreadable)

    summary = load(settings)

    assert summary.failures == ["fmp: the disk is gone"]
    assert summary.exit_code == 3
    assert len(raw_rows(settings, "fred", "observations")) == 2


def test_a_repaired_body_is_loaded_by_the_next_load(settings: Settings) -> None:
    damaged = land_bars(settings, {"2024-07-01": 1.0})
    file = Path(settings.landing_url) / damaged.path
    right = file.read_bytes()
    file.write_bytes(b"not gzip")
    load(settings)
    file.write_bytes(right)

    assert load(settings).rows == 1


def test_surprises_are_recorded_once_per_response(settings: Settings) -> None:
    row = {"symbol": "AAPL", "date": "2020-08-31", "numerator": 4, "denominator": 1, "note": "x"}
    land(settings, "fmp", "splits", [row], ["AAPL"])
    land(settings, "fmp", "splits", [row], ["AAPL"])

    summary = load(settings)
    load(settings, all=True)

    assert query(
        settings,
        "select source, resource, field, kind, example, seen_count from"
        " raw_marketflow.schema_changes",
    ) == [("fmp", "splits", "note", "unknown_key", "x", 2)]
    assert summary.surprises == ["fmp.splits note: unknown key"]


def test_text_comes_through_as_it_was_sent(settings: Settings) -> None:
    row: dict[str, Any] = {
        "symbol": "AAPL",
        "date": "2024-05-10",
        "recordDate": "",
        "paymentDate": None,
        "declarationDate": 'a "quoted", odd\nvalue \\N',
        "adjDividend": 0.25,
        "dividend": 0.25,
        "yield": 0.5,
        "frequency": "Quarterly",
    }
    land(settings, "fmp", "dividends", [row], ["AAPL"])

    load(settings)

    (found,) = raw_rows(settings, "fmp", "dividends")
    assert found["record_date"] is None
    assert found["payment_date"] is None
    assert found["declaration_date"] == 'a "quoted", odd\nvalue \\N'


def test_numbers_keep_the_text_of_the_provider(settings: Settings) -> None:
    body = (
        b'[{"symbol":"BTCUSD","date":"2024-07-01","open":1e-12,"high":0.10,'
        b'"low":100000000000000000000.5,"close":12345678901234567890,"volume":-0.0}]'
    )
    url = "http://provider/stable/historical-price-eod/full"
    land(settings, "fmp", "eod_prices", body, ["BTCUSD"], url=url)

    load(settings)

    (row,) = raw_rows(settings, "fmp", "eod_prices")
    assert [row[name] for name in ("open", "high", "low", "close", "volume")] == [
        "1e-12",
        "0.10",
        "100000000000000000000.5",
        "12345678901234567890",
        "-0.0",
    ]


def test_calls_of_extract_are_shipped_once(settings: Settings) -> None:
    call = ApiCall(
        request_id="0" * 32,
        run_id="run",
        source="fmp",
        resource="splits",
        symbols=("AAPL", "BRK-B"),
        url="http://provider/stable/splits?symbol=AAPL",
        requested_at=NOW,
        duration_ms=12.5,
        status=200,
        outcome="ok",
        error=None,
        credits=1.0,
        attempt=1,
        response_id="f" * 64,
        bytes=17,
        fetched_at=NOW,
    )
    with Journal(settings.home) as journal:
        journal.record(call)

    load(settings)
    load(settings)

    assert query(settings, "select symbols, status, fetched_at from raw_marketflow.api_calls") == [
        (["AAPL", "BRK-B"], 200, NOW)
    ]
    # What the free plan of FMP allows: 250 a day, and no limit by the minute.
    limits = "select plan, credits_per_minute, credits_per_day from raw_marketflow.api_calls"
    assert query(settings, limits) == [("free", None, 250)]


def test_nothing_of_dlt_is_left_in_the_home(settings: Settings) -> None:
    land_bars(settings, {"2024-07-02": 1.0})

    load(settings)

    assert list((settings.home / "dlt").iterdir()) == []


def many_bars(symbol_number: int) -> dict[str, float]:
    first = date(2020, 1, 1)
    return {
        (first + timedelta(days=n)).isoformat(): 100.0 + symbol_number + n / 8 for n in range(200)
    }


def land_many(settings: Settings) -> list[tuple[str, str]]:
    """Land four versions of 200 bars: A, B, A and A again. Return what raw should hold."""
    expected = []
    for n, symbol_number in enumerate([0, 1, 0, 0]):
        bars = many_bars(symbol_number)
        land_bars(settings, bars, fetched_at=NOW + timedelta(hours=n))
        if n < 3:
            expected += [(day, str(close)) for day, close in bars.items()]
    return sorted(expected)


@pytest.mark.parametrize(
    "moment",
    [
        Moment("filter"),
        Moment("dlt"),
        Moment("staging", after="done"),
        Moment("commit"),
        Moment("dlt", after="done"),
        Moment("ledger"),
        Moment("ledger", after="done"),
    ],
    ids=str,
)
def test_a_load_that_was_killed_loses_and_doubles_nothing(
    settings: Settings, moment: Moment
) -> None:
    expected = land_many(settings)
    land_something_of_each_source(settings)
    assert finish(start(settings, "load", die_at=moment)) == [-signal.SIGKILL]

    summary = load(settings)

    assert summary.failures == []
    found = sorted(closes(settings))
    assert sorted([*expected, ("2024-07-02", "220.27"), ("2024-07-03", "221.55")]) == found
    assert [len(raw_rows(settings, *name)) for name in TABLES[1:]] == [1, 2, 2]
    assert len(query(settings, "select * from raw_marketflow.loaded_responses")) == 8
    assert list((settings.home / "dlt").iterdir()) == []


def wait_until_waiting(connection: psycopg.Connection, count: int) -> None:
    """Return once so many sessions of this database wait for an advisory lock."""
    waiting = (
        "select count(*) from pg_locks where locktype = 'advisory' and not granted"
        " and database = (select oid from pg_database where datname = current_database())"
    )
    while connection.execute(waiting).fetchone() != (count,):
        connection.execute("select pg_sleep(0.05)")


def test_two_loads_at_once_load_everything_once(
    settings: Settings, loader: psycopg.Connection
) -> None:
    expected = land_many(settings)
    loader.execute("select pg_advisory_lock(hashtextextended(%s, 0))", ["raw_fmp.dividends"])

    loads = [start(settings, "load") for _ in range(2)]
    wait_until_waiting(loader, 2)
    loader.execute("select pg_advisory_unlock_all()")

    assert finish(*loads) == [0, 0]
    assert sorted(closes(settings)) == expected
    assert query(settings, "select sum(new_row_count) from raw_marketflow.loaded_responses") == [
        (600,)
    ]


def test_a_load_that_waits_says_who_is_in_the_way(
    settings: Settings, loader: psycopg.Connection
) -> None:
    land_bars(settings, {"2024-07-02": 1.0})
    loader.execute("select set_config('application_name', 'the one before', false)")
    loader.execute("select pg_advisory_lock(hashtextextended(%s, 0))", ["raw_fmp.eod_prices"])

    class Listening:
        def __init__(self) -> None:
            self.texts: list[str] = []

        def describe(self, task: str, text: str, *, total: int | None = None) -> None:  # noqa: ARG002
            self.texts.append(text)
            if text.startswith("waiting for"):
                loader.execute("select pg_advisory_unlock_all()")

        def advance(self, task: str, steps: int = 1) -> None:
            pass

    progress = Listening()
    summary = load(settings, progress=progress)

    waited = [text for text in progress.texts if text.startswith("waiting for")]
    assert len(waited) == 1
    assert "raw_fmp.eod_prices" in waited[0]
    assert "the one before" in waited[0]
    assert summary.rows == 1


def test_a_source_whose_table_cannot_be_written_does_not_stop_the_others(
    settings: Settings,
) -> None:
    land_something_of_each_source(settings)
    load(settings, ["coingecko"])
    query_all(
        settings,
        "alter table raw_fmp.eod_prices add constraint never check (close != '220.27') not valid",
    )

    summary = load(settings)

    assert [failure.partition(":")[0] for failure in summary.failures] == ["fmp"]
    assert "violates check constraint" in summary.failures[0]
    assert summary.exit_code == 3
    assert len(raw_rows(settings, "fred", "observations")) == 2
    query_all(settings, "alter table raw_fmp.eod_prices drop constraint never")
    assert load(settings).rows == 2


def test_bodies_land_in_chunks_of_bearable_size(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.load._CHUNK_ROWS", 150)
    expected = land_many(settings)

    load(settings)

    assert sorted(closes(settings)) == expected
    assert query(settings, "select count(*) from raw_fmp._dlt_loads") == [(3,)]


def test_the_rows_of_a_chunk_are_let_go_once_it_is_in(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.load._CHUNK_ROWS", 200)
    land_many(settings)
    held: list[int] = []

    class Watching(NoProgress):
        def advance(self, task: str, steps: int = 1) -> None:  # noqa: ARG002
            held.append(pa.total_allocated_bytes())

    load(settings, progress=Watching())

    # One for the bodies that are in already, then one after each of the four chunks.
    assert len(held) == 5
    assert held[1] > held[0]
    assert held[4] - held[1] < (held[1] - held[0]) / 2


def test_landing_is_only_read(settings: Settings) -> None:
    land_something_of_each_source(settings)
    landing = Path(settings.landing_url)
    before = {path: path.read_bytes() for path in landing.rglob("*") if path.is_file()}

    load(settings)

    assert {path: path.read_bytes() for path in landing.rglob("*") if path.is_file()} == before
    assert Landing(settings.landing_url).origin() == "live"
