"""What belongs to no provider: the raw tables themselves, the universe, the trading sessions."""

from collections.abc import Sequence
from datetime import datetime

from ingestion import identity, raw_tables, sessions
from ingestion.calendars import Calendars
from ingestion.members import tracked
from ingestion.universe import Instrument
from warehouse import database
from warehouse.settings import Settings


def sync(settings: Settings) -> None:
    """Make the raw tables, and write universe and sessions to the warehouse.

    Raises:
        UniverseError: the universe is malformed.
        DatabaseError: the warehouse cannot be reached or is not set up.
    """
    universe = tracked(settings)
    now = settings.now()
    raw_tables.create(settings)
    with database.connect(settings, "loader") as connection:
        write(connection, universe, Calendars.around(now), now)


def write(
    connection: database.Connection,
    universe: Sequence[Instrument],
    calendars: Calendars,
    now: datetime,
) -> None:
    """Write universe and sessions in one transaction, one writer at a time.

    Args:
        connection: as marketflow_loader.
        universe: the instruments that are tracked from now on.
        calendars: whose sessions are written.
        now: when an instrument counts as added or dropped.
    """
    with connection.transaction():
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended('marketflow reference', 0))"
        )
        changed = identity.sync(connection, universe, now)
        changed += sessions.sync(connection, calendars)
        if changed:
            # Every model joins them: what the planner guesses of them costs minutes.
            connection.execute(
                "analyze raw_marketflow.sessions, raw_marketflow.tracked_instruments"
            )
