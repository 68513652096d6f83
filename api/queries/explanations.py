"""Where a number comes from: the functions of ops that follow it back to its responses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from psycopg.sql import SQL, Identifier, Placeholder

from api.queries import catalog
from api.queries.catalog import Mart
from api.queries.endpoints import Scope
from api.queries.pool import Pool

KNOWN_AT = "known_at"
"""The one argument that is no column of a mart, and may be left out."""


@dataclass(frozen=True)
class Explanation:
    """A row that can be explained.

    Attributes:
        word: the last part of the path, and of the function's name.
        mart: whose rows are explained.
        scope: what a token needs.
        tag: the chapter of the documentation.
        summary: what it answers, in half a line.
        arguments: of the function, in order: columns of the mart that tell a row, and KNOWN_AT.
    """

    word: str
    mart: str
    scope: Scope
    tag: str
    summary: str
    arguments: tuple[str, ...]

    @property
    def table(self) -> Mart:
        """The mart's contract."""
        return catalog.marts()[self.mart]

    @property
    def path(self) -> str:
        """Where it is asked."""
        return f"/v1/explain/{self.word}"

    @property
    def function(self) -> str:
        """The function of ops."""
        return f"explain_{self.word}"


EXPLANATIONS = (
    Explanation(
        "daily_bar",
        "fct_daily_bars",
        "market",
        "prices",
        "Where a daily bar comes from: factors, providers, raw rows and their responses",
        ("symbol", "session_date"),
    ),
    Explanation(
        "macro_observation",
        "fct_macro_observations",
        "macro",
        "macro",
        "Where an observation comes from: its vintages, raw rows and their responses",
        ("series_id", "observation_date", KNOWN_AT),
    ),
    Explanation(
        "yield",
        "fct_yield_curve",
        "macro",
        "macro",
        "Where a yield comes from: what each provider says, raw rows and their responses",
        ("tenor", "observation_date"),
    ),
)


def explain(
    pool: Pool, explanation: Explanation, values: Sequence[str | date | datetime]
) -> dict[str, Any] | None:
    """Return what a function of ops tells about a row; None where there is no such row.

    Raises:
        NotBuilt, Unavailable: as `Pool.read`.
    """
    statement = SQL("select {}({})").format(
        Identifier("ops", explanation.function), SQL(", ").join([Placeholder()] * len(values))
    )
    ((found,),) = pool.read(statement, values, f"ops.{explanation.function}")
    document: dict[str, Any] | None = found
    return document
