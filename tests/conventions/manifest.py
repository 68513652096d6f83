"""What the rules need to know of dbt's manifest, under names that read well in an assertion."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

Node = dict[str, Any]

PROJECT = "marketflow"
_WINDOW = re.compile(r"\bover\s*\(|\bover\s+\w+|\bwindow\s+\w+\s+as\b", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", re.DOTALL)


def uses_a_window(sql: str) -> bool:
    """Whether `sql`, comments aside, holds a window function."""
    return _WINDOW.search(_COMMENT.sub("", sql)) is not None


@dataclass(frozen=True)
class Manifest:
    """The manifest of `dbt parse`, narrowed to this project."""

    document: Node

    @cached_property
    def models(self) -> list[Node]:
        """Every model, in the order of its path."""
        return self._of_type("model")

    @cached_property
    def marts(self) -> list[Node]:
        """The models under marts: what readers see."""
        return [model for model in self.models if self.layer(model["unique_id"]) == "marts"]

    @cached_property
    def data_tests(self) -> list[Node]:
        """Every data test."""
        return self._of_type("test")

    @cached_property
    def seeds(self) -> list[Node]:
        """Every seed."""
        return self._of_type("seed")

    @cached_property
    def functions(self) -> list[Node]:
        """Every SQL function that is a node of the graph."""
        return self._own("functions")

    @cached_property
    def unit_tests(self) -> list[Node]:
        """Every unit test."""
        return self._own("unit_tests")

    @cached_property
    def sources(self) -> list[Node]:
        """Every source table."""
        return self._own("sources")

    @cached_property
    def macros(self) -> list[Node]:
        """Every macro of this project, generic tests aside."""
        return [macro for macro in self._own("macros") if not macro["name"].startswith("test_")]

    @cached_property
    def generic_tests(self) -> list[Node]:
        """Every generic test that this project defines."""
        return [macro for macro in self._own("macros") if macro["name"].startswith("test_")]

    @cached_property
    def exposures(self) -> list[Node]:
        """Every exposure."""
        return self._own("exposures")

    @cached_property
    def semantic_models(self) -> list[Node]:
        """Every semantic model."""
        return self._own("semantic_models")

    @cached_property
    def metrics(self) -> list[Node]:
        """Every metric."""
        return self._own("metrics")

    @cached_property
    def groups(self) -> list[Node]:
        """Every group."""
        return self._own("groups")

    def node(self, unique_id: str) -> Node:
        """The model, seed, test or source called `unique_id`."""
        found = self.document["nodes"].get(unique_id) or self.document["sources"].get(unique_id)
        assert found is not None, f"the manifest has no {unique_id}"
        return dict(found)

    def layer(self, unique_id: str) -> str:
        """staging, intermediate or marts of a model; else what it is: source, seed, snapshot."""
        kind = unique_id.split(".", maxsplit=1)[0]
        if kind != "model":
            return kind
        parts = PurePosixPath(self.node(unique_id)["original_file_path"]).parts
        return parts[parts.index("models") + 1]

    def macros_behind(self, node: Node) -> set[str]:
        """The unique ids of this project's macros that `node` calls, directly or not."""
        seen: set[str] = set()
        waiting = list(node["depends_on"]["macros"])
        while waiting:
            name = waiting.pop()
            if name in seen or not name.startswith(f"macro.{PROJECT}."):
                continue
            seen.add(name)
            waiting += self.document["macros"][name]["depends_on"]["macros"]
        return seen

    def _of_type(self, resource_type: str) -> list[Node]:
        found = [n for n in self._own("nodes") if n["resource_type"] == resource_type]
        return sorted(found, key=lambda node: str(node["original_file_path"]))

    def _own(self, section: str) -> list[Node]:
        return [n for n in self.document[section].values() if n["package_name"] == PROJECT]
