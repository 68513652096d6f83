"""Whole runs of the jobs against the sandbox, in this process."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest

from ingestion import sandbox
from ingestion.sandbox import Sandbox
from orchestration.definitions import build_definitions
from orchestration.ingestion_assets import CHECK
from orchestration.resources import dbt_executable
from tests.conftest import DatabaseFactory
from tests.orchestration.market import NOW, settings_of
from warehouse import database, run_log
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

pytestmark = [
    pytest.mark.timeout(600),
    # dagster-dbt calls what Dagster itself deprecates.
    pytest.mark.filterwarnings("ignore:AssetExecutionContext:DeprecationWarning"),
]

Fingerprints = dict[str, tuple[object, ...]]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    home = tmp_path_factory.mktemp("market")
    server = sandbox.start(load_settings(None, home_dir=home, frozen_now=NOW), 0)
    yield server
    server.stop()


@dataclass(frozen=True)
class Ran:
    """A job that ran, and with which settings."""

    settings: Settings
    result: dg.ExecuteInProcessResult


def run_job(settings: Settings, name: str) -> dg.ExecuteInProcessResult:
    job = build_definitions(lambda: settings).resolve_job_def(name)
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(instance=instance, raise_on_error=False)


@pytest.fixture(scope="module")
def everything(
    tmp_path_factory: pytest.TempPathFactory, new_database: DatabaseFactory, market: Sandbox
) -> Ran:
    """The job of everything, run once in an empty database in which nothing was set up."""
    directory = tmp_path_factory.mktemp("everything")
    settings = settings_of(directory, new_database("everything"), market)
    return Ran(settings, run_job(settings, "everything"))


def fingerprints(settings: Settings) -> Fingerprints:
    """A count and an order-free sum over the rows of every mart."""
    with database.connect(settings, "reader") as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'marts'"
        ).fetchall()
        found: Fingerprints = {}
        for (name,) in names:
            row = connection.execute(
                "select count(*), sum(('x' || md5(mart::text))::bit(60)::bigint)"
                f" from marts.{name} as mart".encode()
            ).fetchone()
            assert row is not None
            found[name] = row
    return found


def build_with_plain_dbt(settings: Settings, scratch: Path) -> None:
    done = subprocess.run(
        [
            *(dbt_executable(), "--quiet", "build", "--target-path", str(scratch / "target")),
            *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
        ],
        cwd=PROJECT_ROOT,
        env={
            **os.environ,
            "DBT_PROFILES_DIR": str(settings.profiles_directory),
            "DBT_LOG_PATH": str(scratch / "logs"),
            "MARKETFLOW_NOW": NOW,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_everything_is_built_from_nothing(everything: Ran) -> None:
    marts = fingerprints(everything.settings)

    assert everything.result.success
    assert marts["fct_daily_bars"][0] > 1_000  # type: ignore[operator]
    assert marts["fct_macro_observations"][0] > 100  # type: ignore[operator]


@pytest.mark.soak
def test_plain_dbt_gives_the_same_marts(everything: Ran, tmp_path: Path) -> None:
    by_dagster = fingerprints(everything.settings)

    build_with_plain_dbt(everything.settings, tmp_path)

    assert len(by_dagster) >= 10
    assert fingerprints(everything.settings) == by_dagster


def test_materializations_tell_their_rows(everything: Ran) -> None:
    told = {
        event.asset_key: event.materialization.metadata
        for event in everything.result.get_asset_materialization_events()
        if event.asset_key is not None
    }

    bars = told[dg.AssetKey(["fmp", "eod_prices"])]
    mart = told[dg.AssetKey(["marts", "fct_daily_bars"])]
    assert bars["dagster/row_count"].value == bars["new_rows"].value
    assert int(str(bars["new_rows"].value)) > 1_000
    assert mart["dagster/row_count"].value == fingerprints(everything.settings)["fct_daily_bars"][0]


def test_dbt_tests_are_evaluated_as_checks(everything: Ran) -> None:
    evaluations = everything.result.get_asset_check_evaluations()
    failed = [check for check in evaluations if not check.passed]

    assert len(evaluations) > 200
    assert [f"{check.asset_key.to_user_string()} {check.check_name}" for check in failed] == []


def test_the_log_of_runs_names_dagster(everything: Ran) -> None:
    runs = run_log.recent(everything.settings, 50)
    by_dagster = {(run.job, run.source) for run in runs if run.trigger == "dagster"}

    assert {
        ("ingest", "twelve_data"),
        ("ingest", "fmp"),
        ("ingest", "fred"),
        ("ingest", "coingecko"),
        ("dbt build", None),
    } <= by_dagster
    assert {run.status for run in runs} == {"succeeded"}


@pytest.mark.soak
def test_a_provider_that_is_down_fails_checks_and_its_models_are_built_all_the_same(
    tmp_path: Path, new_database: DatabaseFactory, market: Sandbox
) -> None:
    settings = settings_of(
        tmp_path,
        new_database("down"),
        market,
        coingecko_base_url="http://127.0.0.1:1/api/v3",
        retry_seconds=0,
    )

    result = run_job(settings, "coingecko")
    failed = [check for check in result.get_asset_check_evaluations() if not check.passed]

    assert result.success
    assert {check.asset_key.path[0] for check in failed} == {"coingecko"}
    assert {check.check_name for check in failed} == {CHECK}
    assert all(check.severity == dg.AssetCheckSeverity.ERROR for check in failed)
    assert "fct_daily_bars" in fingerprints(settings)
