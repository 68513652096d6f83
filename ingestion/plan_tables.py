"""Tables of limits as they stand in TOML files: read, laid over one another, and checked. Pure."""

import tomllib
from collections.abc import Collection
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from warehouse.errors import SettingsError

Table = dict[str, Any]
Limits = TypeVar("Limits")

# TOML knows no null: this takes a limit away.
NO_LIMIT = "none"


def read_tables(path: Path) -> Table:
    """Return the tables of a TOML file.

    Raises:
        SettingsError: it cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"the limits {path} cannot be read ({error.strerror}): "
            "set MARKETFLOW_PLANS to a TOML file, or leave it unset"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"the limits {path} are no TOML: {error}") from None


def overlaid(table: Table, others: Table, path: Path | None, where: str) -> Table:
    """Return a table with the values of another in place of its own, to any depth.

    Raises:
        SettingsError: one has a table where the other has a value.
    """
    merged = dict(table)
    if not isinstance(others, dict):
        raise SettingsError(f"the limits {path}: {where} is no table")
    for name, value in others.items():
        known = table.get(name)
        is_table = isinstance(known, dict)
        if is_table or (isinstance(value, dict) and known is None):
            value = overlaid(known or {}, value, path, f"{where}.{name}")  # noqa: PLW2901
        elif isinstance(value, dict):
            raise SettingsError(f"the limits {path}: {where}.{name} is a value, and no table")
        merged[name] = value
    return merged


def split_by_plan(table: Table, plans: Collection[str]) -> tuple[Table, Table]:
    """Return what holds for every plan, and the tables of single plans."""
    special = {name: value for name, value in table.items() if name in plans}
    return {name: value for name, value in table.items() if name not in special}, special


def checked(kind: type[Limits], table: Table, path: Path, where: str) -> Limits:
    """Return limits of a kind, each of the type of its field.

    Raises:
        SettingsError: a key is unknown, or its value impossible.
    """
    known = get_type_hints(kind)
    values: Table = {}
    for name, value in table.items():
        if name not in {one.name for one in fields(kind)}:  # type: ignore[arg-type]
            raise SettingsError(
                f"the limits {path}: {where} has no {name!r}: it has {', '.join(sorted(known))}"
            )
        if get_origin(known[name]) is tuple:
            values[name] = _texts(value, f"the limits {path}: {where}.{name}")
            continue
        allowed = get_args(known[name]) or (known[name],)
        if value == NO_LIMIT and type(None) in allowed:
            values[name] = None
            continue
        problem = _problem(value, allowed)
        if problem is not None:
            raise SettingsError(f"the limits {path}: {where}.{name} is {value!r}, {problem}")
        values[name] = value
    return kind(**values)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise SettingsError(f"{where} is {value!r}, which is no list of texts")
    return tuple(value)


def _problem(value: Any, allowed: tuple[type, ...]) -> str | None:
    """Return why a value is not one of the types that a limit may have."""
    if bool in allowed:
        return None if isinstance(value, bool) else "which is neither true nor false"
    if date in allowed:
        return None if isinstance(value, date) else "which is no date like 2013-04-28"
    if float in allowed:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if is_number and value >= 0 else "which is no number of at least 0"
    if int in allowed:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return None if is_whole and value >= 1 else "which is no whole number of at least 1"
    return None if isinstance(value, str) else "which is no text"
