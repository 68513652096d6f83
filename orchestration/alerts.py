"""Alerts: what is wrong is one alert from when it is first seen until it is over.

Findings come in, the table raw_marketflow.alerts is brought in line with them, and what has
changed is what there is to tell. A crash between two looks loses nothing: the next look finds it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestration.findings import Finding
from warehouse import database
from warehouse.database import Connection
from warehouse.redaction import redact
from warehouse.settings import Settings

_LOCK = "select pg_advisory_xact_lock(hashtextextended('marketflow alerts', 0))"

_OPEN = """
insert into raw_marketflow.alerts
    (alert_id, alert_key, kind, asset, cause, next_step, opened_at, told_at)
values (%s, %s, %s, %s, %s, %s, %s, %s)
"""

_CLOSE = """
update raw_marketflow.alerts set recovered_at = %s
where alert_key = %s and recovered_at is null
returning asset, kind, cause, told_at is not null
"""


@dataclass(frozen=True)
class Recovery:
    """Something that people were told of, and that is over."""

    kind: str
    asset: str
    cause: str


@dataclass
class News:
    """What people are to be told."""

    opened: list[Finding] = field(default_factory=list)
    recovered: list[Recovery] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.opened or self.recovered)

    @property
    def text(self) -> str:
        """All of it as one message."""
        lines = [
            f"{one.asset} ({one.kind}): {one.cause}. Next: {one.next_step}." for one in self.opened
        ]
        lines += [f"{one.asset} ({one.kind}) has recovered." for one in self.recovered]
        return "\n".join(lines)


def bring_in_line(
    settings: Settings,
    findings: Sequence[Finding],
    *,
    cool_down_hours: float,
    kinds: Sequence[str],
    tell: Callable[[News], None],
) -> News:
    """Open and close alerts so that those that are open are the findings, and return the news.

    Args:
        settings: warehouse and clock.
        findings: everything that is wrong now.
        cool_down_hours: what was told is not told again for so long.
        kinds: of which people are told.
        tell: tells the news, before the table says that they were told: after a crash in between
            they are told once more.

    Raises:
        DatabaseError: the warehouse cannot be reached.
    """
    now = settings.now()
    cool_since = now - timedelta(hours=cool_down_hours)
    by_key = {finding.key: finding for finding in findings}
    news = News()
    with database.connect(settings, "loader") as connection:
        connection.execute(_LOCK)
        known = connection.execute(
            "select alert_key from raw_marketflow.alerts where recovered_at is null"
        ).fetchall()
        for (key,) in known:
            if by_key.pop(key, None) is None:
                news.recovered += _close(connection, key, now)
        for key, finding in by_key.items():
            is_told = finding.kind in kinds and not _was_told(connection, key, cool_since)
            _open(connection, finding, now, settings, told_at=now if is_told else None)
            news.opened += [finding] if is_told else []
        if news:
            tell(news)
    return news


def _close(connection: Connection, key: str, now: datetime) -> list[Recovery]:
    row = connection.execute(_CLOSE, [now, key]).fetchone()
    if row is None:
        return []
    asset, kind, cause, was_told = row
    return [Recovery(kind, asset, cause)] if was_told else []


def _was_told(connection: Connection, key: str, since: datetime) -> bool:
    row = connection.execute(
        "select from raw_marketflow.alerts where alert_key = %s and told_at > %s limit 1",
        [key, since],
    ).fetchone()
    return row is not None


def _open(
    connection: Connection,
    finding: Finding,
    now: datetime,
    settings: Settings,
    *,
    told_at: datetime | None,
) -> None:
    cause = redact(finding.cause, settings.secrets())
    connection.execute(
        _OPEN,
        [
            secrets.token_hex(8),
            finding.key,
            finding.kind,
            finding.asset,
            cause,
            finding.next_step,
            now,
            told_at,
        ],
    )
