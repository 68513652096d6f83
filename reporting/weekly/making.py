"""The whole way from the marts to the report in the home."""

from pathlib import Path

from reporting.weekly import page, sections, writing
from reporting.weekly.week import Week
from warehouse import database
from warehouse.settings import Settings


def make(settings: Settings, week: Week, to: Path | None = None) -> list[Path]:
    """Write the report of a week and return its files, the page first.

    Args:
        settings: where warehouse and home are.
        week: which.
        to: the page; by default `reports/<week>.html` in the home.

    Raises:
        DatabaseError: the warehouse cannot be reached.
        MarketFlowError: the file cannot be written.
    """
    with database.connect(settings, "reader") as connection:
        # No snapshot for all sections: in one that is older than a table that a build exchanged
        # meanwhile, that table is empty. What was known on Saturday is the same in every one.
        connection.execute("set transaction isolation level read committed read only")
        connection.execute("set local timezone to 'UTC'")
        tables = sections.read_sections(connection, week)
        invented = sections.is_synthetic(connection, week)
    text = page.render(week, tables, settings.timezone, is_synthetic=invented)
    return writing.write(text, to or settings.home / "reports" / f"{week.name}.html")
