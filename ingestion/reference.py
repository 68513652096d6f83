"""What belongs to no provider: the raw tables themselves, the universe, the trading sessions."""

from ingestion import identity, raw_tables, sessions
from ingestion.calendars import Calendars
from ingestion.universe import read_universe
from warehouse import database
from warehouse.settings import Settings


def sync(settings: Settings) -> None:
    """Make the raw tables, and write universe and sessions to the warehouse.

    Raises:
        UniverseError: the universe is malformed.
        DatabaseError: the warehouse cannot be reached or is not set up.
    """
    universe = read_universe(settings.universe_path)
    now = settings.now()
    raw_tables.create(settings)
    with database.connect(settings, "loader") as connection:
        connection.execute(
            "select pg_advisory_xact_lock(hashtextextended(%s, 0))", ["marketflow reference"]
        )
        identity.sync(connection, universe, now)
        sessions.sync(connection, Calendars.around(now))
