"""When schedules fire: all of 2024 and 2025, against the closures that the exchange announced."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRun
from dagster._utils.schedules import schedule_execution_time_iterator

from orchestration import market_hours, schedules
from orchestration.ingestion_assets import ROUND
from orchestration.jobs import FMP_WITHIN_THE_DAY, MAINTENANCE
from orchestration.schedules import RHYTHMS, Rhythm
from warehouse.errors import SettingsError
from warehouse.settings import load_settings

NEW_YORK = ZoneInfo("America/New_York")
# As the New York Stock Exchange announced them; 9 January 2025 mourned President Carter.
CLOSURES = {
    *(date(2024, *day) for day in [(1, 1), (1, 15), (2, 19), (3, 29), (5, 27), (6, 19), (7, 4)]),
    *(date(2024, *day) for day in [(9, 2), (11, 28), (12, 25)]),
    *(date(2025, *day) for day in [(1, 1), (1, 9), (1, 20), (2, 17), (4, 18), (5, 26), (6, 19)]),
    *(date(2025, *day) for day in [(7, 4), (9, 1), (11, 27), (12, 25)]),
}
HALF_DAYS = {
    *(date(2024, *day) for day in [(7, 3), (11, 29), (12, 24)]),
    *(date(2025, *day) for day in [(7, 3), (11, 28), (12, 24)]),
}


def trading_days() -> Iterator[date]:
    """The sessions of two years, by hand: weekdays less closures."""
    day = date(2024, 1, 1)
    while day <= date(2025, 12, 31):
        if day.weekday() < 5 and day not in CLOSURES:
            yield day
        day += timedelta(days=1)


def quarters(day: date) -> list[datetime]:
    """Every 15 minutes from half past nine to the close, as instants of UTC."""
    count = 15 if day in HALF_DAYS else 27
    opens_at = datetime.combine(day, time(9, 30), NEW_YORK).astimezone(UTC)
    return [opens_at + number * timedelta(minutes=15) for number in range(count)]


def rhythm_of(name: str) -> Rhythm:
    (found,) = [rhythm for rhythm in RHYTHMS if rhythm.name == name]
    return found


def ticks(name: str) -> list[datetime]:
    """The instants of 2024 and 2025 at which a schedule begins a run."""
    rhythm = rhythm_of(name)
    begin, end = datetime(2024, 1, 1, tzinfo=NEW_YORK), datetime(2026, 1, 1, tzinfo=NEW_YORK)
    found = []
    for at in schedule_execution_time_iterator(
        begin.timestamp(),
        getattr(load_settings(None), rhythm.cron),
        market_hours.NEW_YORK,
        ascending=True,
    ):
        if at >= end:
            return found
        if rhythm.reason_to_skip(at) is None:
            found.append(at.astimezone(UTC))
    raise AssertionError


def test_the_exchange_is_asked_exactly_while_it_is_open() -> None:
    expected = [instant for day in trading_days() for instant in quarters(day)]

    assert len(CLOSURES) == 21
    # 502 sessions of 27 quarters, 6 of which lack the last 12.
    assert len(expected) == 502 * 27 - 6 * 12
    assert ticks("fmp_every_15_minutes") == expected


def test_the_clocks_of_new_york_count() -> None:
    first = {at.date(): at.time() for at in reversed(ticks("fmp_every_15_minutes"))}
    winter, summer = time(14, 30), time(13, 30)

    changes = [date(2024, 3, 8), date(2024, 3, 11), date(2024, 11, 1), date(2024, 11, 4)]
    changes += [date(2025, 3, 7), date(2025, 3, 10), date(2025, 10, 31), date(2025, 11, 3)]
    assert [first[day] for day in changes] == [winter, summer, summer, winter] * 2


def test_the_daily_run_comes_once_a_session_after_its_close() -> None:
    found = ticks("daily_after_the_close")

    assert [at.astimezone(NEW_YORK).date() for at in found] == list(trading_days())
    assert all(at > quarters(at.astimezone(NEW_YORK).date())[-1] for at in found)


def test_hourly_means_every_hour_of_the_year_and_weekly_every_sunday() -> None:
    assert len(ticks("twelve_data_hourly")) == (366 + 365) * 24
    assert len(set(ticks("coingecko_hourly"))) == (366 + 365) * 24
    # 2024 has 52 Sundays, and so has 2025.
    assert len(ticks("weekly_maintenance")) == 104


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2025-01-09 12:00", "2025-01-09 is no session of the New York Stock Exchange"),
        ("2025-03-10 09:15", "the session opens at 09:30 in New York"),
        ("2025-03-10 16:15", "the session closed at 16:00 in New York"),
        ("2025-07-03 13:15", "the session closed at 13:00 in New York, on a half day"),
    ],
)
def test_a_skipped_tick_says_why(at: str, reason: str) -> None:
    tick = datetime.fromisoformat(at).replace(tzinfo=NEW_YORK)

    assert rhythm_of("fmp_every_15_minutes").reason_to_skip(tick) == reason


MONDAY_NOON = datetime(2025, 3, 10, 12, tzinfo=NEW_YORK)


def decided(instance: dg.DagsterInstance, **settings: object) -> dg.RunRequest | str:
    """What comes of FMP's tick at noon: a request, or why there is none."""
    rhythm = rhythm_of("fmp_every_15_minutes")
    found = schedules.decide(rhythm, MONDAY_NOON, load_settings(None, **settings), instance)
    return found if isinstance(found, dg.RunRequest) else str(found.skip_message)


def test_a_run_is_a_round_with_a_key_of_its_own() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        request = decided(instance, fmp_base_url="http://127.0.0.1:1")

    assert isinstance(request, dg.RunRequest)
    assert ROUND in request.tags
    assert request.run_key == "fmp_every_15_minutes 2025-03-10T12:00:00-04:00"


def test_without_a_key_it_says_so() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        assert decided(instance) == "FMP_API_KEY is not set"


def test_it_never_runs_over_itself() -> None:
    run = DagsterRun(FMP_WITHIN_THE_DAY, run_id="slow", status=dg.DagsterRunStatus.STARTED)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(run)
        reason = decided(instance, fmp_base_url="http://127.0.0.1:1")

    assert reason == "the run slow of fmp_within_the_day has not ended yet"


def test_a_cron_that_is_none_names_its_setting() -> None:
    jobs = [dg.define_asset_job(rhythm.job, selection="*") for rhythm in RHYTHMS]

    with pytest.raises(SettingsError, match="MARKETFLOW_FMP_CRON is 'often', which is no cron"):
        schedules.build(jobs, load_settings(None, fmp_cron="often"))


def test_all_run_unless_somebody_stops_them(definitions: dg.Definitions) -> None:
    found = {one.name: one for one in definitions.schedules or ()}

    assert {rhythm.name for rhythm in RHYTHMS} == set(found)
    assert found["forecasts_after_the_daily_run"].cron_schedule == "30 19 * * 1-5"
    assert found["weekly_report_on_saturday"].cron_schedule == "15 8 * * 6"
    assert MAINTENANCE in {rhythm.job for rhythm in RHYTHMS}
    for one in found.values():
        assert isinstance(one, dg.ScheduleDefinition)
        assert one.default_status == dg.DefaultScheduleStatus.RUNNING
        assert one.execution_timezone == "America/New_York"
