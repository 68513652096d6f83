"""What ships fits the free plans: universe, limits and schedules, added up day by day.

The planner itself says what a run would cost; the answers are imagined: all that was asked for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from ingestion.estimate import seconds_needed
from ingestion.foreseen import most_further_pages
from ingestion.planning import Request, Window
from ingestion.plans import plans_of, shipped_plans
from ingestion.providers import provider
from ingestion.selection import parse_selection
from ingestion.todo import Asked, Todo, plan_source
from ingestion.universe import Instrument, read_universe
from orchestration import schedules
from orchestration.jobs import EVERYTHING
from warehouse.settings import PROVIDERS, load_settings

MONDAY = date(2025, 3, 10)
WEEKS = 3


def ticks(day: date) -> Iterator[tuple[datetime, str]]:
    """When the schedules that ship begin a run on a day of New York, and of which job."""
    everything = dg.define_asset_job(EVERYTHING, selection="*")
    jobs = [everything, *(dg.define_asset_job(name, selection="*") for name in PROVIDERS)]
    zone = ZoneInfo(schedules.NEW_YORK)
    begin = datetime.combine(day, time(), zone)
    for schedule in schedules.build(jobs):
        assert isinstance(schedule.cron_schedule, str)
        assert schedule.execution_timezone is not None
        for tick in schedule_execution_time_iterator(
            begin.timestamp(), schedule.cron_schedule, schedule.execution_timezone, ascending=True
        ):
            if tick >= begin + timedelta(days=1):
                break
            context = dg.build_schedule_context(scheduled_execution_time=tick)
            if schedule.evaluate_tick(context).run_requests:
                yield tick.astimezone(UTC), schedule.job_name


@dataclass
class Installation:
    """What has been fetched so far, under the free plan of a provider."""

    source: str
    marks: dict[tuple[str, str], Window] = field(default_factory=dict)

    def run(self, now: datetime) -> list[int]:
        """Fetch everything, and return what each request cost."""
        settings = load_settings(None)
        universe = read_universe(settings.universe_path)
        asked = Asked(
            parse_selection([self.source]),
            universe,
            start=None,
            end=None,
            has_symbols=False,
            now=now,
            intervals=settings.intraday_intervals,
        )
        plans = plans_of(settings)
        todo = plan_source(asked, provider(self.source), plans, "free", dict(self.marks))
        self._remember(todo, now)
        return [
            cost
            for one in todo.requests
            for cost in (*one.least_costs, *self._pages(one, universe))
        ]

    def _pages(self, request: Request, universe: Sequence[Instrument]) -> list[int]:
        """Further pages, had every instrument traded all the time."""
        terms = shipped_plans().terms(self.source, request.resource, "free").at(request.interval)
        symbols = provider(self.source).endpoint(request.resource).symbols(universe)
        pages = [most_further_pages(request, terms, symbols.get(one)) for one in request.symbols]
        return [1] * sum(pages)

    def _remember(self, todo: Todo, now: datetime) -> None:
        asked = {(one.track, symbol) for one in todo.requests for symbol in one.symbols or ("",)}
        for key, coverage in todo.coverage.items():
            if key not in asked:
                continue
            known = self.marks.get(key)
            start = coverage.begins_at if known is None else known.start
            resource = key[0].partition(".")[0]
            is_snapshot = provider(self.source).endpoint(resource).kind == "snapshot"
            # The newest bar is that of the day; the newest vintage is of some days ago.
            newest = now if is_snapshot else datetime.combine(now.date(), time(), UTC)
            self.marks[key] = Window(start, newest)


@pytest.mark.parametrize("source", PROVIDERS)
def test_first_runs_ordinary_days_and_weekends_fit_the_free_plans(source: str) -> None:
    quota = shipped_plans().quota(source, "free")
    installation = Installation(source)
    credits_of: dict[date, int] = {}
    hours_of: dict[date, float] = {}

    for number in range(7 * WEEKS):
        day = MONDAY + timedelta(days=number)
        costs = [
            cost
            for now, job in ticks(day)
            if job in {EVERYTHING, source}
            for cost in installation.run(now)
        ]
        credits_of[day] = sum(costs)
        hours_of[day] = seconds_needed(costs, quota, has_key=False) / 3600

    first, ordinary, saturday = MONDAY, MONDAY + timedelta(days=1), MONDAY + timedelta(days=5)
    limit = quota.credits_per_day
    assert credits_of[first] >= credits_of[ordinary] > 0
    assert credits_of[saturday] == 0
    assert all(hours < 12 for hours in hours_of.values()), hours_of
    if limit is not None:
        assert {day: cost for day, cost in credits_of.items() if cost > limit} == {}


def test_the_schedules_run_on_trading_days_alone() -> None:
    # A Monday, a Saturday, and Good Friday.
    runs = {day: len(list(ticks(day))) for day in (MONDAY, date(2025, 3, 15), date(2025, 4, 18))}

    assert runs[MONDAY] >= 1
    assert [runs[date(2025, 3, 15)], runs[date(2025, 4, 18)]] == [0, 0]
