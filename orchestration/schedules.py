"""Schedules: when a job runs by itself, in the time of New York. A skipped tick says why.

Those within the day ask in rounds: each goes on with what full runs have begun, as far as the
plan of the provider has room for it (`symbols_per_round` in its plans.toml).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from orchestration import market_hours
from orchestration.forecast_assets import FORECASTS
from orchestration.ingestion_assets import ROUND
from orchestration.jobs import EVERYTHING, FMP_WITHIN_THE_DAY, MAINTENANCE, AssetJob
from orchestration.weekly_report import WEEKLY_REPORT
from warehouse.errors import SettingsError
from warehouse.settings import Settings

_UNFINISHED = [dg.DagsterRunStatus.QUEUED, *IN_PROGRESS_RUN_STATUSES]


@dataclass(frozen=True)
class Rhythm:
    """When a job runs.

    Attributes:
        cron: the setting that holds its cron, as a field of the settings.
        reason_to_skip: why a tick has nothing to do, if it has nothing.
        provider: who is asked, where it is one alone.
    """

    name: str
    job: str
    cron: str
    description: str
    reason_to_skip: Callable[[datetime], str | None] = lambda tick: None  # noqa: ARG005
    provider: str | None = None
    is_round: bool = False


RHYTHMS = (
    Rhythm(
        "daily_after_the_close",
        EVERYTHING,
        "daily_cron",
        "Everything, once the bars of the day are published, on the exchange's trading days.",
        market_hours.reason_without_session,
    ),
    Rhythm(
        "fmp_every_15_minutes",
        FMP_WITHIN_THE_DAY,
        "fmp_cron",
        "Quotes and bars within the day of FMP, from the open to the close of each session.",
        market_hours.reason_while_closed,
        provider="fmp",
        is_round=True,
    ),
    Rhythm(
        "twelve_data_hourly",
        "twelve_data",
        "twelve_data_cron",
        "Stocks, funds and crypto of Twelve Data, and what they feed.",
        provider="twelve_data",
        is_round=True,
    ),
    Rhythm(
        "coingecko_hourly",
        "coingecko",
        "coingecko_cron",
        "Coins of CoinGecko, and what they feed.",
        provider="coingecko",
        is_round=True,
    ),
    Rhythm(
        "fred_after_the_releases",
        "fred",
        "fred_cron",
        "Economic series, after the hours at which agencies publish, and what they feed.",
        provider="fred",
    ),
    Rhythm(
        "forecasts_after_the_daily_run",
        FORECASTS,
        "forecast_cron",
        "Forecasts, in the evening of weekdays. What is forecast is not again.",
    ),
    Rhythm(
        "weekly_report_on_saturday",
        WEEKLY_REPORT,
        "report_cron",
        "The report of the week, written and sent on Saturday morning.",
    ),
    Rhythm(
        "weekly_maintenance",
        MAINTENANCE,
        "maintenance_cron",
        "Load what was left in the landing, drop old logs, tell the planner of the tables.",
    ),
)


def build(
    jobs: Sequence[AssetJob | dg.JobDefinition], settings: Settings
) -> list[dg.ScheduleDefinition]:
    """Return the schedules of the jobs. They run unless somebody stops them.

    Raises:
        SettingsError: a cron is none.
    """
    by_name = {job.name: job for job in jobs}
    return [_schedule(rhythm, by_name[rhythm.job], settings) for rhythm in RHYTHMS]


def decide(
    rhythm: Rhythm, at: datetime, settings: Settings, instance: dg.DagsterInstance
) -> dg.RunRequest | dg.SkipReason:
    """Return the run that a tick begins, or why it begins none."""
    reason = (
        rhythm.reason_to_skip(at) or _lack_of_key(rhythm, settings) or _unfinished(rhythm, instance)
    )
    if reason is not None:
        return dg.SkipReason(reason)
    tags = {ROUND: "true"} if rhythm.is_round else {}
    return dg.RunRequest(run_key=f"{rhythm.name} {at.isoformat()}", tags=tags)


def _schedule(
    rhythm: Rhythm, job: AssetJob | dg.JobDefinition, settings: Settings
) -> dg.ScheduleDefinition:
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return decide(rhythm, context.scheduled_execution_time, settings, context.instance)

    cron = getattr(settings, rhythm.cron)
    try:
        return dg.ScheduleDefinition(
            name=rhythm.name,
            job=job,
            cron_schedule=cron,
            execution_timezone=market_hours.NEW_YORK,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description=rhythm.description,
            execution_fn=tick,
        )
    except dg.DagsterInvalidDefinitionError:
        variable = type(settings).model_fields[rhythm.cron].alias
        raise SettingsError(
            f"{variable} is {cron!r}, which is no cron: write minute, hour, day, month and "
            "weekday like 5 * * * *"
        ) from None


def _lack_of_key(rhythm: Rhythm, settings: Settings) -> str | None:
    if rhythm.provider is None or settings.provider(rhythm.provider).is_reachable:
        return None
    return settings.provider(rhythm.provider).lack_of_key


def _unfinished(rhythm: Rhythm, instance: dg.DagsterInstance) -> str | None:
    """Return the run of the same job that is waiting or going on, as a reason not to add one."""
    filters = dg.RunsFilter(job_name=rhythm.job, statuses=_UNFINISHED)
    runs = instance.get_runs(filters, limit=1)
    return f"the run {runs[0].run_id} of {rhythm.job} has not ended yet" if runs else None
