"""What a raw table looks like and which field of an answer each of its columns comes from.

The declarations themselves stand in `ingestion/sources/<source>/tables.py`.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, LiteralString

Role = Literal["key", "value", "context"]
Form = Literal["number", "numeral", "text", "date", "instant", "flag", "nested", "final"]

# What load itself adds to every row: where it came from and when.
LINEAGE: tuple[tuple[str, LiteralString], ...] = (
    ("request_id", "text"),
    ("response_id", "text"),
    ("fetched_at", "timestamp with time zone"),
    ("row_hash", "text"),
    ("is_synthetic", "boolean"),
    ("_dlt_load_id", "text"),
)


@dataclass(frozen=True)
class Column:
    """A column of a raw table.

    Attributes:
        name: in the warehouse.
        role: part of the natural key, a value whose change makes a new version, or context.
        form: what the provider sends: a JSON `number`, a `numeral` (a number in a string),
            `text`, a `date` (2024-11-22), an `instant` without zone (2024-11-22 15:55:00), a
            `flag` (true, false), something `nested` that is kept as JSON text; or `final`,
            which we work out ourselves.
        field: the key in the provider's row; None where it is not a field of the row.
        is_optional: whether a row without the field is nothing new.
        is_required: whether a row whose value cannot be read is left out.
        spellings: texts that stand for no number, and are kept as they are.
    """

    name: str
    role: Role
    form: Form
    field: str | None = None
    is_optional: bool = False
    is_required: bool = False
    spellings: frozenset[str] = frozenset()

    @property
    def sql_type(self) -> LiteralString:
        """The type in PostgreSQL: provider values stay text, as they were sent."""
        return "boolean" if self.form == "final" else "text"

    @property
    def is_numeric(self) -> bool:
        """Whether 1, 1.0 and 1e0 are the same value of it."""
        return self.form in {"number", "numeral"}


@dataclass(frozen=True)
class Resource:
    """A dlt resource and the raw table of its name.

    Attributes:
        columns: in the order of the table.
        ignored: fields of the provider's rows that we know and do not keep.
        zone: whose wall clock its instants are, which carry no zone.
        has_others: whether it also has rows of things that are not tracked.
    """

    source: str
    name: str
    columns: tuple[Column, ...]
    ignored: frozenset[str] = frozenset()
    zone: str = "UTC"
    has_others: bool = False

    @property
    def schema(self) -> str:
        """The PostgreSQL schema of the table."""
        return f"raw_{self.source}"

    @property
    def table(self) -> str:
        """Schema and table."""
        return f"{self.schema}.{self.name}"

    @cached_property
    def natural_key(self) -> tuple[str, ...]:
        """The columns that say which thing a row describes; never null."""
        return self._names("key")

    @cached_property
    def value_columns(self) -> tuple[str, ...]:
        """The columns whose change makes a new version."""
        return self._names("value")

    @cached_property
    def context_columns(self) -> tuple[str, ...]:
        """The columns that are kept beside them."""
        return self._names("context")

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """All of them, in the order of the table; without the lineage."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by its name."""
        return next(column for column in self.columns if column.name == name)

    def _names(self, role: Role) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.role == role)


def key(name: str, field: str | None = None, form: Form = "text") -> Column:
    """Return a column of the natural key."""
    return Column(name, "key", form, field, is_required=True)


def value(
    name: str,
    field: str | None = None,
    form: Form = "text",
    *,
    is_optional: bool = False,
    is_required: bool = False,
    spellings: frozenset[str] = frozenset(),
) -> Column:
    """Return a value column; its field is named as the column where `field` is not given."""
    return Column(
        name,
        "value",
        form,
        field or name,
        is_optional=is_optional,
        is_required=is_required,
        spellings=spellings,
    )


def price(name: str, field: str | None = None, form: Form = "number") -> Column:
    """Return a value column without which a bar is worth nothing."""
    return value(name, field, form, is_required=True)


def number(name: str, field: str | None = None, *, is_optional: bool = False) -> Column:
    """Return a value column that is sent as a JSON number."""
    return value(name, field, "number", is_optional=is_optional)


def context(
    name: str, field: str | None = None, form: Form = "text", *, is_optional: bool = True
) -> Column:
    """Return a column that is kept, and whose change makes no new version."""
    return Column(name, "context", form, field, is_optional=is_optional)


def final() -> Column:
    """Return the column that says whether the bar had closed when it was fetched."""
    return Column("is_final", "value", "final")
