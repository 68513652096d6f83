"""The limits of plans and endpoints, read from `plans.toml` here and in each source's folder."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

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
    seconds_between_requests: float = 0.0
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
    rows_per_request: int | None = None
    page_size: int = 1_000_000
    chunk_days: float = 100_000
    vintages_per_request: int = 1_000_000
    history_start: date | None = None
    history_days: float | None = None
    first_run_days: float | None = None
    overlap_days: float = 0.0
    refresh_hours: float = 0.0
    interval: str = ""
    days: str = ""

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


@cache
def shipped_plans() -> Plans:
    """Return the limits that ship with the project."""
    return read_plans(PLANS_FILE, SOURCES_DIRECTORY)


def read_plans(file: Path, directory: Path) -> Plans:
    """Return the limits that hold for all providers, and those of each.

    Args:
        file: of the form of `ingestion/plans.toml`.
        directory: has a folder for each source, with a `plans.toml` of its own.
    """
    sources = {
        path.parent.name: _source_plans(path) for path in sorted(directory.glob("*/plans.toml"))
    }
    return Plans(HttpLimits(**_read(file)["http"]), sources)


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _source_plans(path: Path) -> SourcePlans:
    tables = _read(path)
    quotas = {plan: Quota(**table) for plan, table in tables["plans"].items()}
    known = {one.name for one in fields(Terms)}
    terms = {}
    for resource, table in tables.get("resources", {}).items():
        common = {key: value for key, value in table.items() if key in known}
        special = {key: value for key, value in table.items() if key not in known}
        strange = set(special) - set(quotas)
        if strange:
            raise ValueError(f"{path}: {resource} has the unknown key {sorted(strange)[0]}")
        terms[resource] = {plan: Terms(**{**common, **special.get(plan, {})}) for plan in quotas}
    return SourcePlans(quotas, terms)


def _midnight(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
