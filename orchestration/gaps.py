"""Missing bars, asked for again: a sensor requests the trading days that ops.fct_data_gaps names.

Of each day just the instruments that lack it are asked about, once a day and three times in all,
each time of the next provider that may have it. What nobody has after that is not coming.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import dagster as dg
from dagster._core.storage.dagster_run import IN_PROGRESS_RUN_STATUSES

from ingestion.extract import plan_extract
from ingestion.selection import parse_selection
from orchestration import backfill
from orchestration.jobs import AssetJob
from orchestration.partitions import days_of, partition_of
from orchestration.resources import SettingsSource
from warehouse import database
from warehouse.errors import MarketFlowError, UsageError
from warehouse.settings import Settings

MOST_ATTEMPTS = 3
MOST_DAYS = 20
"""How many trading days one look requests at most, the newest first."""
SHARE_OF_CREDITS = 0.1
"""How much of the credits that are left today a run may cost: schedules need the rest."""

_EVERY_HOUR = 3600
_UNFINISHED = [dg.DagsterRunStatus.QUEUED, *IN_PROGRESS_RUN_STATUSES]

# A bar that is held out came, and comes again with every run that overlaps its day.
_GAPS = """
select gaps.symbol, gaps.session_date, gaps.bar_interval,
    instruments.twelve_data_symbol, instruments.fmp_symbol, instruments.coingecko_id
from ops.fct_data_gaps as gaps
inner join raw_marketflow.tracked_instruments as instruments on gaps.symbol = instruments.symbol
where gaps.cause = 'provider_gap' and gaps.hold_out_reason is null
order by gaps.session_date desc, gaps.symbol, gaps.bar_interval
"""

# In the order in which marts prefer them, as the columns above.
_DAILY = ("twelve_data.time_series_daily", "fmp.eod_prices", "coingecko.market_chart")
_WITHIN_THE_DAY = ("twelve_data.time_series_intraday", "fmp.intraday_prices")

Attempts = dict[str, tuple[int, str]]
"""How often each gap was asked for, and on which day the last time."""


@dataclass(frozen=True)
class Gap:
    """Missing bars of an instrument and a day, and what may have them, the preferred first."""

    symbol: str
    day: date
    interval: str
    selections: tuple[str, ...]

    @property
    def key(self) -> str:
        """What its attempts are counted by."""
        return f"{self.symbol} {self.day} {self.interval}"

    def next_selection(self, attempts: Attempts) -> str:
        """Return what to ask at the next attempt."""
        count, _ = attempts.get(self.key, (0, ""))
        return self.selections[count % len(self.selections)]

    def is_due(self, attempts: Attempts, today: str) -> bool:
        """Tell whether there is an attempt left, and none was made today."""
        count, day = attempts.get(self.key, (0, ""))
        return bool(self.selections) and count < MOST_ATTEMPTS and day != today


@dataclass(frozen=True)
class Wanted:
    """A run: trading days one after another of which the same is missing."""

    selection: str
    symbols: tuple[str, ...]
    days: dg.PartitionKeyRange

    def request(self, today: str) -> dg.RunRequest:
        """Return the run, which is the same one however often it is requested today."""
        provider = self.selection.partition(".")[0]
        what = f"{self.selection} {self.days.start} {self.days.end} {self.symbols} {today}"
        narrowed = {"selection": [self.selection], "symbols": list(self.symbols)}
        return dg.RunRequest(
            run_key=hashlib.sha256(what.encode()).hexdigest(),
            job_name=backfill.job_of(provider),
            run_config={"ops": {backfill.op_of(provider): {"config": narrowed}}},
            tags={
                "dagster/asset_partition_range_start": self.days.start,
                "dagster/asset_partition_range_end": self.days.end,
            },
        )


def build(jobs: Sequence[AssetJob | dg.JobDefinition]) -> dg.SensorDefinition:
    """Return the sensor that looks every hour. It runs unless somebody stops it."""
    names = [backfill.job_of(text.partition(".")[0]) for text in _DAILY]

    @dg.sensor(
        name="gaps",
        jobs=[job for job in jobs if job.name in names],
        minimum_interval_seconds=_EVERY_HOUR,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks again for bars that ops.fct_data_gaps misses, three times at most.",
    )
    def look(
        context: dg.SensorEvaluationContext, settings: dg.ResourceParam[SettingsSource]
    ) -> dg.SensorResult | dg.SkipReason:
        for name in names:
            filters = dg.RunsFilter(job_name=name, statuses=_UNFINISHED)
            for run in context.instance.get_runs(filters, limit=1):
                return dg.SkipReason(f"the run {run.run_id} of {name} has not ended yet")
        try:
            return decide(settings.load(), context.cursor)
        except MarketFlowError as error:
            return dg.SkipReason(str(error))

    return look


def decide(settings: Settings, cursor: str | None) -> dg.SensorResult:
    """Return the runs that fill gaps now, and the attempts at each gap as the next cursor.

    Args:
        settings: warehouse, plans and clock.
        cursor: of the last look.

    Raises:
        DatabaseError: the warehouse cannot be reached.
    """
    today = settings.now().date().isoformat()
    found = list(_gaps(settings))
    before: Attempts = {key: tuple(value) for key, value in json.loads(cursor or "{}").items()}
    attempts = {gap.key: before[gap.key] for gap in found if gap.key in before}
    due = [gap for gap in found if gap.is_due(attempts, today)]
    requests = []
    for wanted, gaps in runs_for(due, attempts):
        plan = _plan(settings, wanted)
        if plan == "too dear":
            continue
        # What a plan has no room for at all is the next provider's, so it counts as asked.
        attempts |= {gap.key: (attempts.get(gap.key, (0, ""))[0] + 1, today) for gap in gaps}
        requests += [wanted.request(today)] if plan == "possible" else []
    reason = f"{len(found)} gaps, none of which can be asked for now" if not requests else None
    return dg.SensorResult(requests, skip_reason=reason, cursor=json.dumps(attempts))


def runs_for(gaps: Sequence[Gap], attempts: Attempts) -> list[tuple[Wanted, list[Gap]]]:
    """Return the runs for some gaps, each with those that it may fill. Pure.

    Args:
        gaps: the newest first.
        attempts: so far.
    """
    lacking: dict[tuple[str, str], list[Gap]] = {}
    for gap in gaps:
        lacking.setdefault((partition_of(gap.day), gap.next_selection(attempts)), []).append(gap)
    newest = sorted({partition for partition, _ in lacking}, reverse=True)[:MOST_DAYS]
    by_what: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (partition, selection), some in lacking.items():
        if partition in newest:
            symbols = tuple(sorted({gap.symbol for gap in some}))
            by_what.setdefault((selection, symbols), []).append(partition)
    runs = []
    for (selection, symbols), partitions in by_what.items():
        for days in _ranges(sorted(partitions)):
            inside = [
                gap
                for (partition, asked), some in lacking.items()
                for gap in some
                if asked == selection
                and gap.symbol in symbols
                and days.start <= partition <= days.end
            ]
            runs.append((Wanted(selection, symbols, days), inside))
    return runs


def _ranges(partitions: Sequence[str]) -> Iterator[dg.PartitionKeyRange]:
    """Yield the ranges of sessions that follow one another."""
    first = partitions[0]
    for earlier, later in zip(partitions, [*partitions[1:], None], strict=True):
        _, last_day = days_of(dg.PartitionKeyRange(earlier, earlier))
        if later is None or (date.fromisoformat(later) - last_day).days > 1:
            yield dg.PartitionKeyRange(first, earlier)
            first = later or first


def _gaps(settings: Settings) -> Iterator[Gap]:
    with database.connect(settings, "owner", autocommit=True) as connection:
        built = connection.execute("select to_regclass('ops.fct_data_gaps')").fetchone()
        if built is None or built[0] is None:
            return
        rows = connection.execute(_GAPS).fetchall()
    for symbol, day, interval, *known_as in rows:
        texts = _DAILY if interval == "1day" else [f"{one}.{interval}" for one in _WITHIN_THE_DAY]
        selections = [
            text
            for text, name in zip(texts, known_as, strict=False)
            if name is not None and _can_be_asked(settings, text)
        ]
        yield Gap(symbol, day, interval, tuple(selections))


def _can_be_asked(settings: Settings, selection: str) -> bool:
    provider, _, rest = selection.partition(".")
    interval = rest.partition(".")[2]
    if not settings.provider(provider).is_reachable:
        return False
    if interval and interval not in settings.intraday_intervals:
        return False
    try:
        parse_selection([selection])
    except UsageError:
        return False
    return True


def _plan(settings: Settings, wanted: Wanted) -> str:
    """Tell whether a run is `possible`, `too dear` now, or `without requests`."""
    first, last = days_of(wanted.days)
    last = min(last, settings.now().date())
    plan = plan_extract(
        settings, [wanted.selection], start=first, end=last, symbols=wanted.symbols
    ).sources[0]
    if plan.requests == 0:
        return "without requests"
    left = plan.credits_left_today
    return "too dear" if left is not None and plan.credits > left * SHARE_OF_CREDITS else "possible"
