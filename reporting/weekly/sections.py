"""The tables of the report, each the rows of one query."""

from dataclasses import dataclass
from typing import Any

import psycopg

from reporting.weekly import queries
from reporting.weekly.week import Week

Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Section:
    """A table of the report.

    Attributes:
        name: of the section, without spaces.
        note: what its figures are.
        columns, rows: as the query gave them.
    """

    name: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


_CLOSES = (
    "Last close of the week as traded; change from the last close of the week before, in per cent"
)
_ALL = (
    ("indexes", "Indexes", _CLOSES, queries.INDEXES),
    ("funds", "Funds", _CLOSES, queries.FUNDS),
    ("sectors", "Sectors", "Plain mean of the changes of their stocks, per cent", queries.SECTORS),
    ("breadth", "Breadth", "Stocks that rose and fell on each day", queries.BREADTH),
    ("rises", "Largest rises", _CLOSES, queries.RISES),
    ("falls", "Largest falls", _CLOSES, queries.FALLS),
    ("yields", "US Treasury yields", "Per cent a year, by FRED as released", queries.YIELDS),
    (
        "releases",
        "Macro releases of the week",
        "Newest period of each series released since Saturday, and what was revised with it",
        queries.RELEASES,
    ),
    ("commodities", "Commodities", _CLOSES, queries.COMMODITIES),
    ("coins", "Coins", f"{_CLOSES}; days end at 00:00 UTC", queries.COINS),
    (
        "signals",
        "Signals",
        "SMA 50 crossing SMA 200 on the closes known then",
        queries.SIGNALS,
    ),
    (
        "forecasts",
        "Forecasts for a week later",
        "Five sessions ahead, by the model that did best before; 95 of 100 lie in the interval",
        queries.FORECASTS,
    ),
    (
        "scores",
        "How good forecasts were",
        "Whose truth came this week; MASE is the error over that of the naive forecast before",
        queries.SCORES,
    ),
    ("quality", "Calls to the providers", "Since Sunday", queries.QUALITY),
    ("corrections", "Bars that were restated", "By cause, since Sunday", queries.CORRECTIONS),
    ("incidents", "Incidents", "Runs that failed or were done in part", queries.INCIDENTS),
)
_SYNTHETIC = """
    select exists (
        select from marts.fct_daily_bar_revisions
        where
            session_date between %(monday)s and %(friday)s
            and is_synthetic
            and known_from <= %(known_at)s
            and (known_to is null or known_to > %(known_at)s)
    )
"""


def read_sections(connection: Connection, week: Week) -> list[Section]:
    """Return the tables of a week, as known at its instant.

    Args:
        connection: of the reader.
        week: which.
    """
    found = []
    for name, title, note, query in _ALL:
        cursor = connection.execute(query.encode(), values(week))
        columns = tuple(one.name for one in cursor.description or ())
        found.append(Section(name, title, note, columns, tuple(cursor.fetchall())))
    return found


def is_synthetic(connection: Connection, week: Week) -> bool:
    """Return whether the sandbox invented bars of the week."""
    row = connection.execute(_SYNTHETIC.encode(), values(week)).fetchone()
    return row is not None and bool(row[0])


def values(week: Week) -> dict[str, Any]:
    """Return the parameters of every query."""
    return {"monday": week.monday, "friday": week.friday, "known_at": week.known_at}
