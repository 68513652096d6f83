"""What plain dbt does around the models: nothing to build from, the log, the clock, freshness."""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta

import psycopg
import pytest

from tests.api import asking
from tests.api.conftest import OPEN, changed, client, serving
from tests.dbt_project.conftest import FETCHED_AT, Project
from tests.warehouse import rebuilding
from warehouse import database


@pytest.fixture(scope="module")
def project(new_project: Callable[[], Project]) -> Project:
    """One instrument with two bars, built once; most raw tables are empty."""
    made = new_project()
    made.track(instrument_id="equity:A", symbol="A", asset_class="equity", fmp_symbol="A")
    made.land(
        "fmp.eod_prices",
        [
            {"symbol": "A", "date": day, "price_basis": "as_traded", "close": close}
            | {"open": "9", "high": "12", "low": "8", "volume": "100", "is_final": True}
            for day, close in (("2025-12-31", "10"), ("2026-01-02", "11"))
        ],
    )
    # What data tests find here is left to the soak: the demo runs them all.
    made.dbt("build", "--exclude-resource-type", "test", MARKETFLOW_TRIGGER="dagster")
    return made


def marts(project: Project) -> dict[str, list[tuple[object, ...]]]:
    names = project.query("select tablename from pg_tables where schemaname = 'marts' order by 1")
    return {str(name): project.query(f"select * from {name} order by 1, 2, 3") for (name,) in names}


def test_every_model_is_built_where_providers_were_skipped(project: Project) -> None:
    assert project.query(
        "select symbol, close_price from fct_daily_bars order by session_date"
    ) == [
        ("A", 10.0),
        ("A", 11.0),
    ]
    assert project.query("select count(*) from fct_yield_curve") == [(0,)]


@pytest.mark.soak
def test_every_test_passes_where_providers_were_skipped(project: Project) -> None:
    said = project.dbt("test", "--exclude-resource-type", "unit_test")

    passed = re.search(r"PASS=(\d+) WARN=0 ERROR=0 SKIP=0", said)
    assert passed
    assert int(passed[1]) > 500


def test_every_mart_has_the_key_of_its_contract(project: Project) -> None:
    manifest = json.loads((project.target / "manifest.json").read_text(encoding="utf-8"))
    promised = {
        f"{node['schema']}.{node['name']}": constraint["columns"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["config"]["materialized"] in {"table", "incremental"}
        for constraint in node["constraints"]
        if constraint["type"] == "primary_key"
    }
    keys = project.query(
        "select format('%s.%s', relnamespace::regnamespace, relname),"
        " array(select attname::text from unnest(conkey) with ordinality as k (number, place)"
        " inner join pg_attribute on attrelid = conrelid and attnum = number order by place)"
        " from pg_constraint inner join pg_class on pg_class.oid = conrelid where contype = 'p'"
        " and relnamespace::regnamespace::text in ('marts', 'ops')",
        role="owner",
    )

    assert len(promised) > 25
    assert dict(keys) == promised


WITHOUT_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@dataclass
class SecondBuild:
    """The marts before and after a second build, and what readers met in the meantime."""

    before: dict[str, list[tuple[object, ...]]]
    after: dict[str, list[tuple[object, ...]]]
    rows_read: Counter[str]
    failures: list[str]


@pytest.fixture(scope="module")
def second_build(project: Project) -> SecondBuild:
    _execute(project, "create schema mine")
    _execute(project, "create view mine.stocks as select * from analyst.stock_data")
    views = project.query("select viewname from pg_views where schemaname = 'analyst' order by 1")
    rows_read: Counter[str] = Counter()
    failures: list[str] = []
    is_over = threading.Event()

    def read() -> None:
        with database.connect(project.settings, "reader", autocommit=True) as connection:
            while not is_over.is_set():
                for (view,) in views:
                    try:
                        found = connection.execute(f"select * from {view} limit 2".encode())
                        rows_read[str(view)] += len(found.fetchall())
                    except psycopg.Error as error:
                        failures.append(f"{view}: {error}")
                # The build is to have the processor.
                is_over.wait(0.02)

    with ThreadPoolExecutor(1) as reader:
        before = marts(project)
        reading = reader.submit(read)
        try:
            project.dbt("build", *WITHOUT_TESTS)
        finally:
            is_over.set()
        reading.result()
        after = marts(project)
    return SecondBuild(before, after, rows_read, failures)


def test_a_second_build_changes_no_mart(second_build: SecondBuild) -> None:
    assert len(second_build.before) >= 14
    assert second_build.after == second_build.before


def test_readers_miss_no_familiar_name_while_marts_are_rebuilt(second_build: SecondBuild) -> None:
    assert second_build.failures == []
    assert len(second_build.rows_read) >= 13
    assert second_build.rows_read["stock_data"] > 10
    assert second_build.rows_read["elt_job_log"] > 10
    assert second_build.rows_read["stock_data_raw"] > 10


def test_a_view_of_ones_own_over_a_familiar_name_outlives_a_build(
    project: Project,
    second_build: SecondBuild,
) -> None:
    assert project.query("select close from mine.stocks order by date", "owner") == [(10,), (11,)]


@pytest.mark.parametrize(
    ("table", "question", "answer"),
    [
        ("fct_daily_bar_revisions", "select count(*) from daily_bars_as_of('2026-06-01')", 2),
        ("fct_daily_bars", "select count(ops.explain_daily_bar('A', date '2026-01-02'))", 1),
    ],
)
def test_a_function_that_waits_for_a_rebuilt_table_sees_its_rows(
    project: Project, table: str, question: str, answer: int
) -> None:
    found = rebuilding.answer_while_rebuilt(
        project.settings, table, lambda: project.query(question)
    )

    assert found == [(answer,)]


def test_every_measure_entity_and_dimension_can_be_computed(project: Project) -> None:
    manifest = json.loads((project.target / "manifest.json").read_text(encoding="utf-8"))
    aggregates = {"average": "avg({})", "count_distinct": "count(distinct {})"}
    measured = 0
    for model in manifest["semantic_models"].values():
        table = f"{model['node_relation']['schema_name']}.{model['node_relation']['alias']}"
        expressions = [part["expr"] or part["name"] for part in model["entities"]]
        expressions += [part["expr"] or part["name"] for part in model["dimensions"]]
        project.query(f"select {', '.join([*expressions, '1'])} from {table} limit 1")
        for measure in model["measures"]:
            aggregate = aggregates.get(measure["agg"], measure["agg"] + "({})")
            project.query(f"select {aggregate.format(measure['expr'])} from {table}")
            measured += 1

    assert measured >= 15


def test_plain_dbt_logs_its_run_and_every_check(project: Project) -> None:
    [(job, status, checks, failed)] = project.query(
        "select job, status, check_count, failed_check_count from ops.fct_pipeline_runs"
        " where trigger = 'dagster'"
    )
    logged = project.query("select count(*) from ops.fct_check_results")

    assert (job, status, failed) == ("dbt build", "succeeded", 0)
    assert isinstance(checks, int)
    assert checks > 100
    assert logged == [(checks,)]


def test_a_failed_check_is_logged_and_fails_the_run(project: Project) -> None:
    statement = "update marts.fct_daily_bars set volume = {} where close_price = 11"
    with_quote = "in_range_fct_daily_bars_volume__0"
    _execute(project, statement.format(-1))

    said = project.dbt("test", "--select", with_quote, expect=1)

    _execute(project, statement.format(100))
    assert "FAIL 1" in said
    assert project.query(
        "select status, failures, model, column_name from ops.fct_check_results"
        f" where is_latest and check_name = '{with_quote}'"
    ) == [("fail", 1, "fct_daily_bars", "volume")]
    assert project.query(
        "select status from ops.fct_pipeline_runs order by started_at desc limit 1"
    ) == [("failed",)]


def test_a_clock_in_a_file_is_refused_in_one_clear_sentence(project: Project) -> None:
    said = project.dbt("build", "--select", "fct_latest_prices", expect=1, MARKETFLOW_NOW="@clock")

    assert "MARKETFLOW_NOW is '@clock': dbt reads no files." in said


def test_prices_age_by_the_frozen_clock(project: Project) -> None:
    assert project.query(
        "select price, previous_close_price, change, is_market_open, age_seconds, as_of"
        " from fct_latest_prices"
    ) == [(11.0, 10.0, 1.0, False, 3600.0, FETCHED_AT.replace(hour=21))]


@pytest.mark.parametrize(
    ("now", "exit_code", "word", "logged"),
    [
        ("2026-01-03T22:00:00Z", 0, "PASS", ("pass", "24.0 hours old")),
        ("2026-02-03T22:00:00Z", 1, "ERROR STALE", ("error", "768.0 hours old")),
    ],
)
def test_freshness_goes_by_the_frozen_clock_and_is_logged(
    project: Project, now: str, exit_code: int, word: str, logged: tuple[str, str]
) -> None:
    _execute(
        project,
        "insert into raw_marketflow.loaded_responses"
        " (request_id, source, resource, fetched_at, loaded_at, status)"
        f" values ('1', 'fmp', 'eod_prices', '{FETCHED_AT}', '{FETCHED_AT}', 'loaded')"
        " on conflict do nothing",
    )
    project.now, kept = now, project.now

    said = project.dbt("source", "freshness", "--select", "source:fmp.eod_prices", expect=exit_code)

    project.now = kept
    assert f"{word} freshness of fmp.eod_prices" in said
    assert project.query(
        "select model, status, message from ops.fct_check_results"
        " where is_latest and check_name = 'freshness_fmp_eod_prices'"
    ) == [("fmp.eod_prices", *logged)]


def test_the_reader_can_neither_see_raw_nor_staging(project: Project) -> None:
    assert project.query(
        "select count(*) from information_schema.tables"
        " where table_schema not in ('marts', 'ops', 'analyst', 'pg_catalog', 'information_schema')"
    ) == [(0,)]


BARS = "+fct_daily_bars", "+fct_daily_bar_revisions", "fct_market_summary"


@pytest.mark.parametrize(
    "commands",
    [
        pytest.param([("run", "--select", *BARS)], id="bars", marks=pytest.mark.soak),
        pytest.param(
            [("build",), ("build", "--full-refresh")],
            id="everything, and anew",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_the_api_answers_whole_old_or_whole_new_while_dbt_builds(
    project: Project, commands: list[tuple[str, ...]]
) -> None:
    """Each build meets corrections of every bar, and a hundred bars that nobody had."""
    with serving(changed(project.settings, **OPEN)) as address, client(address) as api:
        for number, command in enumerate(commands):
            land_a_correction(project, number)
            before = asking.wholes(api)
            with asking.meanwhile(address) as answers:
                project.dbt(*command)
            after = asking.wholes(api)

            changed_paths = {path for path in before if before[path] != after[path]}
            assert set(asking.BARS) <= changed_paths
            for path, rows in answers:
                assert rows in (before[path], after[path]), path
            by_path = Counter(path for path, _ in answers)
            assert all(by_path[path] > 5 for path in before)
            assert any(rows == after[path] for path, rows in answers if path in changed_paths)


def land_a_correction(project: Project, number: int) -> None:
    known = ["2025-12-31", "2026-01-02"]
    new = [f"2025-{month:02}-{day:02}" for month in range(2, 7) for day in range(3, 28)]
    later = FETCHED_AT + timedelta(minutes=1 + number)
    project.land(
        "fmp.eod_prices",
        [
            {"symbol": "A", "date": day, "price_basis": "as_traded", "close": f"10.{number + 1}"}
            | {"open": "9", "high": "12", "low": "8", "volume": "100", "is_final": True}
            for day in [*known, *new]
        ],
        fetched_at=later,
    )


def _execute(project: Project, statement: str) -> None:
    with database.connect(project.settings, "owner", autocommit=True) as connection:
        connection.execute(statement.encode())
