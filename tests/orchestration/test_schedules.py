"""When the daily schedule fires: on the trading days of New York, in its own time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def daily(definitions: dg.Definitions) -> dg.ScheduleDefinition:
    return definitions.resolve_schedule_def("daily_after_the_close")


def tick(
    daily: dg.ScheduleDefinition, definitions: dg.Definitions, year: int, month: int, day: int
) -> dg.RunRequest | str:
    """What comes of the tick of a day: a request, or why there is none."""
    context = dg.build_schedule_context(
        scheduled_execution_time=datetime(year, month, day, 17, tzinfo=NEW_YORK),
        repository_def=definitions.get_repository_def(),
    )
    data = daily.evaluate_tick(context)
    if data.run_requests:
        return data.run_requests[0]
    return str(data.skip_message)


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2025, 3, 14), (2024, 11, 29), (2025, 7, 3), (2025, 3, 10), (2025, 11, 3)],
    ids=["ordinary", "half day", "half day in summer", "after spring DST", "after autumn DST"],
)
def test_it_runs_on_a_trading_day(
    daily: dg.ScheduleDefinition, definitions: dg.Definitions, year: int, month: int, day: int
) -> None:
    request = tick(daily, definitions, year, month, day)

    assert isinstance(request, dg.RunRequest)
    assert request.tags["marketflow/session"] == f"{year}-{month:02}-{day:02}"


@pytest.mark.parametrize(
    ("year", "month", "day"),
    [(2025, 7, 4), (2025, 12, 25), (2025, 4, 18), (2025, 1, 9)],
    ids=["Independence Day", "Christmas", "Good Friday", "mourning for President Carter"],
)
def test_a_closure_is_skipped_with_its_reason(
    daily: dg.ScheduleDefinition, definitions: dg.Definitions, year: int, month: int, day: int
) -> None:
    reason = tick(daily, definitions, year, month, day)

    assert reason == f"{year}-{month:02}-{day:02} is no session of the New York Stock Exchange"


def test_it_ticks_on_weekdays_after_the_close_and_runs_by_default(
    daily: dg.ScheduleDefinition,
) -> None:
    assert daily.cron_schedule == "0 17 * * 1-5"
    assert daily.execution_timezone == "America/New_York"
    assert daily.default_status == dg.DefaultScheduleStatus.RUNNING
