"""Whole runs of the jobs against the sandbox, in this process."""

import os
import subprocess
from collections.abc import Iterator, Sequence
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

MACRO = dg.AssetKey(["marts", "fct_macro_observations"])
BARS = dg.AssetKey(["marts", "fct_daily_bars"])
REVISIONS = dg.AssetKey(["marts", "fct_daily_bar_revisions"])

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


def run_job(
    settings: Settings, name: str, selection: dg.AssetSelection | None = None
) -> dg.ExecuteInProcessResult:
    definitions = build_definitions(lambda: settings)
    job = definitions.resolve_job_def(name)
    keys = job.asset_layer.selected_asset_keys
    if selection is not None:
        keys &= selection.resolve(definitions.resolve_asset_graph())
    with dg.DagsterInstance.ephemeral() as instance:
        return job.execute_in_process(
            instance=instance, asset_selection=sorted(keys), raise_on_error=False
        )


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory, new_database: DatabaseFactory, market: Sandbox
) -> Ran:
    """The job of everything for what leads to three marts, in a database with nothing in it."""
    directory = tmp_path_factory.mktemp("built")
    settings = settings_of(directory, new_database("built"), market)
    leading = dg.AssetSelection.assets(MACRO, BARS, REVISIONS).upstream()
    return Ran(settings, run_job(settings, "everything", leading))


@pytest.fixture(scope="module")
def everything(
    tmp_path_factory: pytest.TempPathFactory, new_database: DatabaseFactory, market: Sandbox
) -> Ran:
    """The same job with all that it has."""
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


def test_marts_are_built_from_nothing(built: Ran) -> None:
    marts = fingerprints(built.settings)

    assert built.result.success
    assert marts["fct_daily_bars"][0] > 1_000  # type: ignore[operator]
    assert marts["fct_macro_observations"][0] > 100  # type: ignore[operator]


@pytest.mark.soak
def test_everything_is_built_from_nothing(everything: Ran) -> None:
    evaluations = everything.result.get_asset_check_evaluations()

    assert everything.result.success
    assert len(evaluations) > 500
    assert failed(evaluations) == []


@pytest.mark.soak
def test_plain_dbt_gives_the_same_marts(everything: Ran, tmp_path: Path) -> None:
    by_dagster = fingerprints(everything.settings)

    build_with_plain_dbt(everything.settings, tmp_path)

    assert len(by_dagster) >= 10
    assert fingerprints(everything.settings) == by_dagster


def test_materializations_tell_their_rows(built: Ran) -> None:
    told = {
        event.asset_key: event.materialization.metadata
        for event in built.result.get_asset_materialization_events()
        if event.asset_key is not None
    }

    bars = told[dg.AssetKey(["fmp", "eod_prices"])]
    mart = told[BARS]
    assert bars["dagster/row_count"].value == bars["new_rows"].value
    assert int(str(bars["new_rows"].value)) > 1_000
    assert mart["dagster/row_count"].value == fingerprints(built.settings)["fct_daily_bars"][0]


def test_dbt_tests_are_evaluated_as_checks(built: Ran) -> None:
    evaluations = built.result.get_asset_check_evaluations()

    assert len(evaluations) > 100
    assert {BARS, MACRO} <= {check.asset_key for check in evaluations}
    assert failed(evaluations) == []


def failed(evaluations: Sequence[dg.AssetCheckEvaluation]) -> list[str]:
    return [
        f"{check.asset_key.to_user_string()} {check.check_name}"
        for check in evaluations
        if not check.passed
    ]


def test_the_log_of_runs_names_dagster(built: Ran) -> None:
    runs = run_log.recent(built.settings, 50)
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
    red = [check for check in result.get_asset_check_evaluations() if not check.passed]

    assert result.success
    assert {check.asset_key.path[0] for check in red} == {"coingecko"}
    assert {check.check_name for check in red} == {CHECK}
    assert all(check.severity == dg.AssetCheckSeverity.ERROR for check in red)
    assert "fct_daily_bars" in fingerprints(settings)
