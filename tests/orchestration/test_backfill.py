"""Trading days as partitions: on the true calendar, and by ranges the same as all at once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
import pytest

from ingestion import job, sandbox
from ingestion.job import Window
from ingestion.sandbox import Sandbox
from orchestration import backfill
from orchestration.partitions import days_of, partition_of, trading_days
from orchestration.resources import SettingsSource
from tests.conftest import DatabaseFactory
from tests.orchestration import test_schedules
from tests.orchestration.market import NOW, settings_of
from warehouse import database, setup
from warehouse.settings import Settings, load_settings

# 60 sessions: the ranges hold 21, 1 and 38 of them, and the closures of Christmas, 9 January
# and others lie between.
FIRST, LAST = date(2024, 12, 9), date(2025, 3, 9)
RANGES = [("2024-12-09", "2025-01-08"), ("2025-01-10", "2025-01-10"), ("2025-01-13", "2025-03-07")]


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    home = tmp_path_factory.mktemp("market")
    server = sandbox.start(load_settings(None, home_dir=home, frozen_now=NOW), 0)
    yield server
    server.stop()


def test_the_partitions_are_the_sessions_of_new_york() -> None:
    found = trading_days(datetime(2026, 6, 1, tzinfo=UTC)).get_partition_keys(
        current_time=datetime(2025, 12, 31, 22, tzinfo=UTC)
    )

    expected = [day.isoformat() for day in test_schedules.trading_days()]
    assert len(expected) == 502
    assert [key for key in found if key >= "2024"] == expected


def test_a_session_that_is_open_has_its_partition() -> None:
    now = datetime(2025, 3, 14, 15, tzinfo=UTC)

    assert trading_days(now).get_partition_keys(current_time=now)[-1] == "2025-03-14"


def test_days_without_a_session_belong_to_the_one_before() -> None:
    weekend = days_of(dg.PartitionKeyRange("2025-03-13", "2025-03-14"))
    # Monday 20 January was a holiday.
    long_weekend = days_of(dg.PartitionKeyRange("2025-01-17", "2025-01-17"))

    assert weekend == (date(2025, 3, 13), date(2025, 3, 16))
    assert long_weekend == (date(2025, 1, 17), date(2025, 1, 20))
    assert partition_of(date(2025, 3, 16)) == "2025-03-14"
    assert partition_of(date(2025, 3, 17)) == "2025-03-17"


def backfilled(settings: Settings, selection: str, first: str, last: str) -> set[str | None]:
    """Launch a range of partitions, and return those that count as done."""
    provider = selection.partition(".")[0]
    (asset,) = [one for one in backfill.build() if one.key == backfill.key_of(provider)]
    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [asset],
            resources={"settings": SettingsSource(lambda: settings)},
            instance=instance,
            run_config={"ops": {backfill.op_of(provider): {"config": {"selection": [selection]}}}},
            tags={
                "dagster/asset_partition_range_start": first,
                "dagster/asset_partition_range_end": last,
            },
        )
    materialized = done.asset_materializations_for_node(backfill.op_of(provider))
    return {one.partition for one in materialized}


def rows(settings: Settings) -> set[tuple[str, ...]]:
    """What raw holds of bars, apart from how it came."""
    with database.connect(settings, "loader") as connection:
        found = connection.execute(
            "select 'fmp', symbol, date, close, volume from raw_fmp.eod_prices"
            " union all"
            " select 'twelve_data', symbol, datetime, close, volume"
            " from raw_twelve_data.time_series_daily"
        ).fetchall()
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.soak
def test_sixty_sessions_by_ranges_are_those_of_the_window_at_once(
    tmp_path: Path, new_database: DatabaseFactory, market: Sandbox
) -> None:
    ranged = settings_of(tmp_path / "ranged", new_database("ranged"), market)
    at_once = settings_of(tmp_path / "at_once", new_database("at_once"), market)
    setup.set_up(at_once)
    selection = ("fmp.eod_prices", "twelve_data.time_series_daily")

    done = [backfilled(ranged, one, *days) for one in selection for days in RANGES]
    job.ingest(at_once, selection, Window(FIRST, LAST))

    assert [len(some) for some in done] == [21, 1, 38, 21, 1, 38]
    # Two stocks at two providers.
    assert len(rows(at_once)) > 60 * 4
    assert rows(ranged) == rows(at_once)
