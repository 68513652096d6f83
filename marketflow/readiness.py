"""What must stand before data can flow: the warehouse, and raw tables in it, however empty."""

from ingestion import raw_tables
from warehouse import database, setup
from warehouse.settings import Settings


def ensure_ready(settings: Settings) -> None:
    """Start and set up what is missing, raw tables included, so that every model can be built.

    Raises:
        DatabaseError, SettingsError: as `warehouse.setup.set_up`.
    """
    setup.ensure_ready(settings)
    raw_tables.create(settings)


def stamp(settings: Settings) -> str | None:
    """Return what the warehouse holds: `sandbox` data, `live` data, or None as yet.

    Raises:
        DatabaseError: it cannot be reached or is not set up.
    """
    with database.connect(settings, "loader") as connection:
        row = connection.execute("select origin from raw_marketflow.warehouse_stamp").fetchone()
    return str(row[0]) if row else None
