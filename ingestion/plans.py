"""The limits of plans and endpoints, read from `plans.toml` here and in each source's folder."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from ingestion.plan_tables import Table, checked, overlaid, read_tables, split_by_plan
from warehouse.errors import SettingsError
from warehouse.settings import Settings

PLANS_FILE = Path(__file__).with_name("plans.toml")
SOURCES_DIRECTORY = PLANS_FILE.parent / "sources"
_BEGINNING = date(1960, 1, 1)


@dataclass(frozen=True)
class HttpLimits:
    """How long to wait for an answer, and how often to ask again."""

    attempts: int
    connect_seconds: float
    read_seconds: float
    total_seconds: float
    longest_wait_seconds: float
    largest_body_megabytes: float


@dataclass(frozen=True)
class Quota:
    """What one plan of one provider allows; None is no limit."""

    credits_per_minute: int | None = None
    credits_per_minute_without_key: int | None = None
    credits_per_day: int | None = None
    minute_seconds: float = 60.0
    seconds_between_requests: float = 0.0
    requests_per_batch: int | None = None
    seconds_between_batches: float = 0.0
    concurrency: int = 1

    def per_minute(self, *, has_key: bool) -> int | None:
        """Return the credits of any 60 seconds, with or without a key."""
        if not has_key and self.credits_per_minute_without_key is not None:
            return self.credits_per_minute_without_key
        return self.credits_per_minute


@dataclass(frozen=True)
class Terms:
    """What one endpoint can do under one plan; the fields are those of plans.toml."""

    is_available: bool = True
    symbols_per_request: int = 1
    symbols_per_run: int | None = None
    symbols_per_round: int | None = None
    refreshes_per_run: int | None = None
    rows_per_request: int | None = None
    page_size: int = 1_000_000
    chunk_days: float = 100_000
    vintages_per_request: int = 1_000_000
    history_start: date | None = None
    history_days: float | None = None
    first_run_days: float | None = None
    overlap_days: float = 0.0
    refresh_hours: float = 0.0
    asset_classes: tuple[str, ...] = ()
    interval: str = ""
    intervals: Mapping[str, "Terms"] = field(default_factory=dict)
    days: str = ""
    largest: int = 0

    @property
    def chunk(self) -> timedelta:
        """The longest window of one request."""
        return timedelta(days=self.chunk_days)

    @property
    def overlap(self) -> timedelta:
        """How much of what is known is fetched again."""
        return timedelta(days=self.overlap_days)

    @property
    def refresh(self) -> timedelta:
        """How old an answer may grow before it is fetched again."""
        return timedelta(hours=self.refresh_hours)

    def earliest(self, now: datetime) -> datetime:
        """Return the first midnight that this plan can see."""
        if self.history_days is not None:
            return _midnight(now - timedelta(days=self.history_days))
        return datetime.combine(self.history_start or _BEGINNING, time(), UTC)

    def first_start(self, now: datetime) -> datetime:
        """Return where a first run begins."""
        if self.first_run_days is not None:
            return _midnight(now - timedelta(days=self.first_run_days))
        return self.earliest(now)

    def at(self, interval: str) -> "Terms":
        """Return the terms of one width of bars; of an endpoint without widths, these."""
        return self.intervals[interval] if interval else self

    def is_for(self, asset_class: str) -> bool:
        """Return whether instruments of a class are asked about."""
        return not self.asset_classes or asset_class in self.asset_classes


@dataclass(frozen=True)
class SourcePlans:
    """The plans and endpoints of one provider."""

    quotas: Mapping[str, Quota]
    terms: Mapping[str, Mapping[str, Terms]] = field(default_factory=dict)


@dataclass(frozen=True)
class Plans:
    """Everything in plans.toml."""

    http: HttpLimits
    sources: Mapping[str, SourcePlans]

    def quota(self, source: str, plan: str) -> Quota:
        """Return what `plan` of `source` allows."""
        return self.sources[source].quotas[plan]

    def terms(self, source: str, resource: str, plan: str) -> Terms:
        """Return what an endpoint can do under `plan`."""
        return self.sources[source].terms[resource][plan]

    def with_terms(self, source: str, resource: str, **changes: Any) -> "Plans":
        """Return the same plans with other terms of one endpoint, whatever the plan."""
        known = self.sources[source]
        terms = {plan: replace(one, **changes) for plan, one in known.terms[resource].items()}
        changed = replace(known, terms={**known.terms, resource: terms})
        return replace(self, sources={**self.sources, source: changed})


def plans_of(settings: Settings) -> Plans:
    """Return the limits that ship, with what the settings say in their place.

    That is the file MARKETFLOW_PLANS, and the number of the largest coins.

    Raises:
        SettingsError: the file cannot be read, or something in it is unknown or impossible.
    """
    plans = shipped_plans()
    if settings.plans_path is not None:
        plans = read_plans(PLANS_FILE, SOURCES_DIRECTORY, overrides=settings.plans_path)
    return plans.with_terms("coingecko", "coin_markets", largest=settings.coingecko_top_n)


@cache
def shipped_plans() -> Plans:
    """Return the limits that ship with the project."""
    return read_plans(PLANS_FILE, SOURCES_DIRECTORY)


def read_plans(file: Path, directory: Path, *, overrides: Path | None = None) -> Plans:
    """Return the limits that hold for all providers, and those of each.

    Args:
        file: of the form of `ingestion/plans.toml`.
        directory: has a folder for each source, with a `plans.toml` of its own.
        overrides: has tables of both forms, those of a source below its name; what stands there
            replaces what the others say.

    Raises:
        SettingsError: a file cannot be read, or something in it is unknown or impossible.
    """
    shipped = {path.parent.name: path for path in sorted(directory.glob("*/plans.toml"))}
    others = read_tables(overrides) if overrides is not None else {}
    unknown = sorted(set(others) - set(shipped) - {"http"})
    if unknown:
        raise SettingsError(
            f"the limits {overrides}: {unknown[0]} is unknown: there are http, {', '.join(shipped)}"
        )
    http = overlaid(read_tables(file)["http"], others.get("http", {}), overrides, "http")
    return Plans(
        checked(HttpLimits, http, overrides or file, "http"),
        {
            name: _source_plans(read_tables(path), name, others.get(name, {}), overrides or path)
            for name, path in shipped.items()
        },
    )


def _source_plans(tables: Table, name: str, others: Table, path: Path) -> SourcePlans:
    unknown = sorted(set(others.get("resources", {})) - set(tables.get("resources", {})))
    if unknown:
        raise SettingsError(f"the limits {path}: {name}.resources.{unknown[0]} is unknown")
    tables = overlaid(tables, others, path, name)
    plans: Table = tables["plans"]
    quotas = {
        plan: checked(Quota, table, path, f"{name}.plans.{plan}") for plan, table in plans.items()
    }
    terms = {}
    for resource, table in tables.get("resources", {}).items():
        where = f"{name}.resources.{resource}"
        terms[resource] = {plan: _terms(table, plan, set(quotas), path, where) for plan in quotas}
    return SourcePlans(quotas, terms)


def _terms(table: Table, plan: str, plans: Collection[str], path: Path, where: str) -> Terms:
    """Return the terms of an endpoint under one plan, those of each width of bars included."""

    def values(of: Table) -> Table:
        common, special = split_by_plan(of, plans)
        return {**common, **special.get(plan, {})}

    own = values({name: value for name, value in table.items() if name != "intervals"})
    widths = {
        interval: checked(
            Terms,
            {**own, "interval": interval, **values(width)},
            path,
            f"{where}.intervals.{interval}",
        )
        for interval, width in table.get("intervals", {}).items()
    }
    return replace(checked(Terms, own, path, where), intervals=widths)


def _midnight(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
