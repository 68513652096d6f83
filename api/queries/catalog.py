"""The columns of the marts, with types, units and choices, as dbt's contracts declare them.

They are read from the YAML beside the models, once, so that a column is described in one place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from warehouse.settings import PROJECT_ROOT

_BLOCK = re.compile(r"\{% docs (\w+) %\}\s*(.*?)\s*\{% enddocs %\}", re.DOTALL)
_REFERENCE = re.compile(r"\{\{\s*doc\('(\w+)'\)\s*\}\}")
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Column:
    """A column of a mart.

    Attributes:
        data_type: as PostgreSQL calls it.
        description: meaning, unit, when it is null.
        choices: every value that it can have; empty where there is no such list.
        is_nullable: whether it can be null.
    """

    name: str
    data_type: str
    description: str
    choices: tuple[str | int, ...] = ()
    is_nullable: bool = True


@dataclass(frozen=True)
class Mart:
    """A table or view that the reader sees.

    Attributes:
        key: the columns that tell its rows apart; empty where the contract names none.
    """

    name: str
    schema: str
    description: str
    columns: Mapping[str, Column]
    key: tuple[str, ...]

    @property
    def relation(self) -> str:
        """Its name with its schema."""
        return f"{self.schema}.{self.name}"


@cache
def marts(project: Path = PROJECT_ROOT / "dbt_project") -> Mapping[str, Mart]:
    """Return every mart by its name."""
    blocks = dict(
        found
        for path in sorted((project / "docs").glob("*.md"))
        for found in _BLOCK.findall(path.read_text(encoding="utf-8"))
    )
    folders = _load(project.parent / "dbt_project.yml")["models"]["marketflow"]["marts"]
    return {
        mart.name: mart
        for path in sorted((project / "models" / "marts").rglob("*.yml"))
        for mart in _declared(path, folders.get(path.parent.name, {}).get("+schema"), blocks)
    }


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - it is safe


def _declared(path: Path, schema: str | None, blocks: Mapping[str, str]) -> Iterator[Mart]:
    document = _load(path)
    for model in document.get("models", []):
        columns = [_column(column, blocks) for column in model["columns"]]
        yield Mart(
            model["name"],
            schema or "marts",
            _described(model, blocks),
            {column.name: column for column in columns},
            _key(model),
        )


def _column(declared: Mapping[str, Any], blocks: Mapping[str, str]) -> Column:
    tests = [_test(test) for test in declared.get("data_tests", [])]
    choices: list[Any] = next(
        (one["values"] for name, one in tests if name == "accepted_values"), []
    )
    kind = int if declared["data_type"] in ("integer", "bigint") else str
    is_nullable = not any(name == "not_null" for name, _ in tests)
    constraints = {one["type"] for one in declared.get("constraints", [])}
    return Column(
        declared["name"],
        declared["data_type"],
        _described(declared, blocks),
        tuple(kind(choice) for choice in choices),
        is_nullable and "not_null" not in constraints,
    )


def _test(declared: str | Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    if isinstance(declared, str):
        return declared, {}
    name = next(iter(declared))
    values = declared[name] or {}
    return name, values.get("arguments", values)


def _key(model: Mapping[str, Any]) -> tuple[str, ...]:
    for constraint in model.get("constraints", []):
        if constraint["type"] == "primary_key":
            return tuple(constraint["columns"])
    for name, values in (_test(test) for test in model.get("data_tests", [])):
        if name == "unique_combination":
            return tuple(values["columns"])
    for column in model["columns"]:
        if any(_test(test)[0] == "unique" for test in column.get("data_tests", [])):
            return (column["name"],)
    return ()


def _described(declared: Mapping[str, Any], blocks: Mapping[str, str]) -> str:
    text = _REFERENCE.sub(lambda found: blocks[found.group(1)], declared["description"])
    return " ".join(text.split())
