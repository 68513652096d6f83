"""What ships fits the free plans: universe, limits and schedules, added up day by day.

The planner itself says what a run would cost; the answers are imagined: all that was asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

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
from orchestration import market_hours, schedules
from orchestration.jobs import EVERYTHING, FMP_WITHIN_THE_DAY
from warehouse.settings import PROVIDERS, load_settings

MONDAY = date(2025, 3, 10)
WEEKS = 2
JOB_SELECTIONS = {FMP_WITHIN_THE_DAY: ["fmp.quotes", "fmp.intraday_prices"]}


@dataclass(frozen=True)
class Tick:
    """A run that a schedule begins."""

    at: datetime
    job: str
    is_round: bool


def ticks(day: date) -> list[Tick]:
    """The runs that the schedules begin on a day of New York, in their order."""
    settings = load_settings(None)
    begin = datetime.combine(day, time(), ZoneInfo(market_hours.NEW_YORK))
    found = []
    for rhythm in schedules.RHYTHMS:
        for at in schedule_execution_time_iterator(
            begin.timestamp(),
            getattr(settings, rhythm.cron),
            market_hours.NEW_YORK,
            ascending=True,
        ):
            if at >= begin + timedelta(days=1):
                break
            if rhythm.reason_to_skip(at) is None:
                found.append(Tick(at.astimezone(UTC), rhythm.job, rhythm.is_round))
    return sorted(found, key=lambda tick: tick.at)


@dataclass
class Installation:
    """What has been fetched so far, under the free plan of a provider."""

    source: str
    marks: dict[tuple[str, str], Window] = field(default_factory=dict)

    def run(self, tick: Tick) -> list[int]:
        """Fetch what a run asks about, and return what each request cost."""
        now = tick.at
        settings = load_settings(None)
        universe = read_universe(settings.universe_path)
        asked = Asked(
            parse_selection(JOB_SELECTIONS.get(tick.job, [self.source])),
            universe,
            start=None,
            end=None,
            has_symbols=False,
            now=now,
            intervals=settings.intraday_intervals,
            is_round=tick.is_round,
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
    rounds: list[int] = []
    jobs = {EVERYTHING, source, FMP_WITHIN_THE_DAY if source == "fmp" else source}

    for number in range(7 * WEEKS):
        day = MONDAY + timedelta(days=number)
        costs: list[int] = []
        for tick in ticks(day):
            if tick.job in jobs:
                cost = installation.run(tick)
                costs += cost
                rounds += [sum(cost)] * (tick.is_round and number > 0)
        credits_of[day] = sum(costs)
        hours_of[day] = seconds_needed(costs, quota, has_key=False) / 3600

    first, ordinary = MONDAY, MONDAY + timedelta(days=1)
    limit = quota.credits_per_day
    assert credits_of[first] > 0 < credits_of[ordinary]
    assert all(hours < 12 for hours in hours_of.values()), hours_of
    if limit is not None:
        assert {day: cost for day, cost in credits_of.items() if cost > limit} == {}
    if source != "fred":
        # No round is idle for want of credits.
        assert len(rounds) > 100
        assert min(rounds) > 0


def test_a_round_begins_no_history() -> None:
    installation = Installation("twelve_data")
    tick = Tick(datetime(2025, 3, 10, 15, 5, tzinfo=UTC), "twelve_data", is_round=True)

    assert installation.run(tick) == []


def test_a_session_has_27_rounds_of_fmp_and_a_weekend_none() -> None:
    # A Monday, a Saturday, Good Friday, and a half day.
    days = (MONDAY, date(2025, 3, 15), date(2025, 4, 18), date(2025, 7, 3))
    rounds = {day: sum(tick.job == FMP_WITHIN_THE_DAY for tick in ticks(day)) for day in days}

    assert list(rounds.values()) == [27, 0, 0, 15]


def test_nothing_is_run_daily_on_a_day_without_a_session() -> None:
    days = (MONDAY, date(2025, 3, 15), date(2025, 4, 18))
    runs = [sum(tick.job == EVERYTHING for tick in ticks(day)) for day in days]

    assert runs == [1, 0, 0]
