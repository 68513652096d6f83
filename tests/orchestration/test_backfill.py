"""Trading days as partitions: on the true calendar, and by ranges the same as all at once."""

from datetime import UTC, date, datetime

import dagster as dg

from orchestration.partitions import days_of, partition_of, trading_days
from tests.orchestration import test_schedules


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
