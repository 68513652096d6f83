"""A question put into one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from psycopg.sql import SQL, Composable, Composed, Identifier, Placeholder

from api.queries.endpoints import Endpoint, Lookup
from api.queries.pool import Pool, Rows

Operator = Literal["=", ">=", "<=", "<", "any", "contains"]

_CONDITIONS: Mapping[Operator, str] = {
    "=": "{} = {}",
    ">=": "{} >= {}",
    "<=": "{} <= {}",
    "<": "{} < {}",
    "any": "{} = any({})",
    # position() knows no wildcards, so a text is sought as it stands.
    "contains": "position(lower({1}) in lower({0})) > 0",
}


@dataclass(frozen=True)
class Condition:
    """One thing that rows must fulfil: any of its columns compared with the value."""

    columns: tuple[str, ...]
    operator: Operator
    value: Any


@dataclass(frozen=True)
class Question:
    """An endpoint with its values.

    Attributes:
        columns: what is returned, in order.
        conditions: all must hold.
        is_descending: the direction of the endpoint's order.
        limit: most rows.
        after: the values of the order's columns after which the page begins; None for the first.
        as_of: what the endpoint's function is asked with; None without one.
    """

    endpoint: Endpoint
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...]
    is_descending: bool
    limit: int
    after: tuple[Any, ...] | None = None
    as_of: date | datetime | None = None

    def one_more(self) -> "Question":
        """The same with one more row, which tells whether there is another page."""
        return replace(self, limit=self.limit + 1)

    @property
    def read_columns(self) -> tuple[str, ...]:
        """What is read: what is returned, and then what a cursor needs besides."""
        return tuple(dict.fromkeys([*self.columns, *self.endpoint.sort]))


def rows(pool: Pool, question: Question) -> Rows:
    """Return the rows of a question: the values of its `read_columns`.

    Raises:
        NotBuilt, Unavailable: as `Pool.read`.
    """
    statement, values = compose(question)
    return pool.read(statement, values, question.endpoint.source)


def compose(question: Question) -> tuple[Composed, list[Any]]:
    """Return the statement of a question and what is bound to it."""
    endpoint = question.endpoint
    order = _listed(endpoint.sort)
    conditions: list[Composable] = []
    values: list[Any] = []
    relation: Composable = Identifier(*endpoint.table.relation.split("."))
    if endpoint.function:
        relation = SQL("{}({})").format(Identifier("marts", endpoint.function), Placeholder())
        values.append(question.as_of)
    for condition in question.conditions:
        pattern = SQL(_CONDITIONS[condition.operator])
        parts = [pattern.format(Identifier(name), Placeholder()) for name in condition.columns]
        conditions.append(SQL("({})").format(SQL(" or ").join(parts)))
        values += [condition.value] * len(parts)
    conditions += [SQL("{} is not null").format(Identifier(name)) for name in endpoint.requires]
    if question.after is not None:
        comparison = SQL("<" if question.is_descending else ">")
        places = SQL(", ").join([Placeholder()] * len(endpoint.sort))
        conditions.append(SQL("({}) {} ({})").format(order, comparison, places))
        values += question.after
    direction = SQL(" desc" if question.is_descending else "")
    ordering = SQL(", ").join(Identifier(name) + direction for name in endpoint.sort)
    where = SQL(" where ") + SQL(" and ").join(conditions) if conditions else SQL("")
    statement = SQL("select {} from {}{} order by {} limit {}").format(
        _listed(question.read_columns),
        relation,
        where,
        ordering,
        Placeholder(),
    )
    return statement, [*values, question.limit]


def ids(pool: Pool, lookup: Lookup) -> dict[str, str]:
    """Return the ids of a lookup by name, and by themselves."""
    statement = SQL("select {}, {} from {}").format(
        Identifier(lookup.name), Identifier(lookup.id), Identifier(*lookup.relation.split("."))
    )
    found = pool.read(statement, [], lookup.relation)
    return {**{id_: id_ for _, id_ in found}, **dict(found)}


def _listed(names: Sequence[str]) -> Composable:
    return SQL(", ").join(map(Identifier, names))
