"""The rules of dbt-project-evaluator over our manifest: each returns the names that offend it.

The package itself comes from dbt's hub, which an installation from a package index alone does not
reach. Names and thresholds are the package's.
"""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import PurePosixPath

from tests.conventions.manifest import PROJECT, Manifest, Node

LARGEST_FANOUT = 3
MOST_JOINS = 6
LONGEST_CHAIN_OF_VIEWS = 5
PREFIXES = {"staging": ("base_", "stg_"), "intermediate": ("int_",), "marts": ("fct_", "dim_")}
VIEWS = {"view", "lasting_view", "ephemeral"}
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", re.DOTALL)
_HARD_CODED = re.compile(
    r"^\s*(?:from|(?:\w+ )*join)\s+\"?\w+\"?\.\"?\w+", re.IGNORECASE | re.MULTILINE
)


class Graph:
    """The manifest as rules look at it: who reads whom."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest
        self.models = {model["unique_id"]: model for model in manifest.models}
        self.children: dict[str, list[str]] = {}
        for name in self.models:
            for parent in self.parents(name):
                self.children.setdefault(parent, []).append(name)

    def parents(self, name: str) -> list[str]:
        """What a model reads: models, sources, seeds, snapshots; functions are no data."""
        nodes = self.models[name]["depends_on"]["nodes"]
        return [parent for parent in nodes if not parent.startswith("function.")]

    def layer(self, name: str) -> str:
        """The layer of a model, or what it is instead."""
        return self.manifest.layer(name)

    def in_layer(self, *layers: str) -> list[str]:
        """The models of some layers."""
        return [name for name in self.models if self.layer(name) in layers]

    def described(self, node: Node) -> bool:
        """Whether a node has a description."""
        return bool(node["description"].strip())

    def tests_of(self, name: str) -> list[Node]:
        """The data tests of a model."""
        return [test for test in self.manifest.data_tests if test["attached_node"] == name]

    def chain_of_views(self, name: str) -> int:
        """How many views stand on each other, down from a model."""
        if name not in self.models or self.models[name]["config"]["materialized"] not in VIEWS:
            return 0
        return 1 + max((self.chain_of_views(parent) for parent in self.parents(name)), default=0)


def _reading(graph: Graph, layers: set[str], kinds: set[str]) -> list[str]:
    return [
        name
        for name in graph.in_layer(*layers)
        if any(graph.layer(parent) in kinds for parent in graph.parents(name))
    ]


def direct_join_to_source(graph: Graph) -> list[str]:
    """Models that read a source beside something else."""
    return [
        n for n in _reading(graph, {*PREFIXES, "analyst"}, {"source"}) if len(graph.parents(n)) > 1
    ]


def marts_or_intermediate_dependent_on_source(graph: Graph) -> list[str]:
    """Models above staging that read a source."""
    return _reading(graph, {"intermediate", "marts", "analyst"}, {"source"})


def duplicate_sources(graph: Graph) -> list[str]:
    """Source tables that are declared twice."""
    tables = Counter((s["schema"], s["identifier"]) for s in graph.manifest.sources)
    return [f"{schema}.{name}" for (schema, name), count in tables.items() if count > 1]


def hard_coded_references(graph: Graph) -> list[str]:
    """Models that name a table without `ref` or `source`."""
    return [
        name
        for name, model in graph.models.items()
        if _HARD_CODED.search(_COMMENT.sub("", model["raw_code"]))
    ]


def model_fanout(graph: Graph) -> list[str]:
    """Models that more than three models read on which nothing else stands."""
    return [
        name
        for name in graph.models
        if sum(child not in graph.children for child in graph.children.get(name, []))
        > LARGEST_FANOUT
    ]


def multiple_sources_joined(graph: Graph) -> list[str]:
    """Models that read several sources."""
    return [
        name
        for name in graph.models
        if sum(parent.startswith("source.") for parent in graph.parents(name)) > 1
    ]


def rejoining_of_upstream_concepts(graph: Graph) -> list[str]:
    """Models that read a model for them alone, and what that model reads, too."""
    return [
        name
        for name in graph.models
        if any(
            graph.children[parent] == [name]
            and set(graph.parents(parent)) & set(graph.parents(name))
            for parent in graph.parents(name)
            if parent in graph.models
        )
    ]


def root_models(graph: Graph) -> list[str]:
    """Models that read nothing."""
    return [name for name in graph.models if not graph.parents(name)]


def source_fanout(graph: Graph) -> list[str]:
    """Sources that several models read."""
    return [
        s["unique_id"]
        for s in graph.manifest.sources
        if len(graph.children.get(s["unique_id"], [])) > 1
    ]


def staging_dependent_on_marts_or_intermediate(graph: Graph) -> list[str]:
    """Staging models that read a higher layer."""
    return _reading(graph, {"staging"}, {"intermediate", "marts", "analyst"})


def staging_dependent_on_staging(graph: Graph) -> list[str]:
    """Staging models that read one another."""
    return _reading(graph, {"staging"}, {"staging"})


def unused_sources(graph: Graph) -> list[str]:
    """Sources that no model reads."""
    return [s["unique_id"] for s in graph.manifest.sources if s["unique_id"] not in graph.children]


def too_many_joins(graph: Graph) -> list[str]:
    """Models that read seven things or more."""
    return [name for name in graph.models if len(graph.parents(name)) > MOST_JOINS]


def missing_primary_key_tests(graph: Graph) -> list[str]:
    """Models without a test of a combined key, or of one column that is unique and never null."""
    missing = []
    for name in graph.models:
        columns: dict[str, set[str]] = {}
        for test in graph.tests_of(name):
            kind = (test.get("test_metadata") or {}).get("name", "")
            columns.setdefault(kind, set()).add(str(test["column_name"]))
        keys = columns.get("unique", set()) & columns.get("not_null", set())
        if "unique_combination" not in columns and not keys:
            missing.append(name)
    return missing


def sources_without_freshness(graph: Graph) -> list[str]:
    """Tables of providers that are not watched; our own log is written as things happen."""
    return [
        table["unique_id"]
        for table in graph.manifest.sources
        if table["source_name"] != PROJECT
        and not any(
            (table["freshness"] or {}).get(level) for level in ("warn_after", "error_after")
        )
    ]


def test_coverage(graph: Graph) -> list[str]:
    """Models without any test."""
    unit_tested = {test["model"] for test in graph.manifest.unit_tests}
    return [
        name
        for name, model in graph.models.items()
        if not graph.tests_of(name) and model["name"] not in unit_tested
    ]


def documentation_coverage(graph: Graph) -> list[str]:
    """Models with a column that is not described, or with none declared."""
    return [
        name
        for name, model in graph.models.items()
        if not model["columns"] or not all(map(graph.described, model["columns"].values()))
    ]


def undocumented_models(graph: Graph) -> list[str]:
    """Models without a description."""
    return [name for name, model in graph.models.items() if not graph.described(model)]


def undocumented_source_tables(graph: Graph) -> list[str]:
    """Source tables without a description."""
    return [s["unique_id"] for s in graph.manifest.sources if not graph.described(s)]


def undocumented_sources(graph: Graph) -> list[str]:
    """Sources without a description."""
    sources = {s["source_name"]: s["source_description"] for s in graph.manifest.sources}
    return [name for name, description in sources.items() if not description.strip()]


def model_naming_conventions(graph: Graph) -> list[str]:
    """Models that are not named for their layer."""
    return [
        name
        for name, model in graph.models.items()
        if not model["name"].startswith(PREFIXES.get(graph.layer(name), ("-",)))
    ]


def model_directories(graph: Graph) -> list[str]:
    """Staging models outside the folder of their source."""
    offenders = []
    for name in graph.in_layer("staging"):
        folder = PurePosixPath(graph.models[name]["original_file_path"]).parent.name
        sources = {graph.manifest.node(p)["source_name"] for p in graph.parents(name)}
        if sources != {folder}:
            offenders.append(name)
    return offenders


def source_directories(graph: Graph) -> list[str]:
    """Sources that are not declared in their folder of staging."""
    return [
        table["unique_id"]
        for table in graph.manifest.sources
        if PurePosixPath(table["original_file_path"]).parent.parts[-2:]
        != ("staging", table["source_name"])
    ]


def test_directories(graph: Graph) -> list[str]:
    """Models whose tests are declared in another folder."""
    return [
        name
        for name, model in graph.models.items()
        if PurePosixPath((model["patch_path"] or "").partition("://")[2]).parent
        != PurePosixPath(model["original_file_path"]).parent
    ]


def chained_views_dependencies(graph: Graph) -> list[str]:
    """Views on views on views: each read goes through all of them."""
    return [name for name in graph.models if graph.chain_of_views(name) > LONGEST_CHAIN_OF_VIEWS]


def exposure_parents_materializations(graph: Graph) -> list[str]:
    """Exposures that read a view or a source."""
    return [
        f"{exposure['name']} reads {parent.rsplit('.', 1)[-1]}"
        for exposure in graph.manifest.exposures
        for parent in exposure["depends_on"]["nodes"]
        if parent.startswith("source.")
        or graph.manifest.node(parent)["config"]["materialized"] in VIEWS
    ]


def public_models_without_contract(graph: Graph) -> list[str]:
    """Public models that promise no columns."""
    return [n for n in _public(graph) if not graph.models[n]["config"]["contract"]["enforced"]]


def undocumented_public_models(graph: Graph) -> list[str]:
    """Public models with a column without a type or a description."""
    return [
        name
        for name in _public(graph)
        if not all(
            column["data_type"] and graph.described(column)
            for column in graph.models[name]["columns"].values()
        )
    ]


def exposures_dependent_on_private_models(graph: Graph) -> list[str]:
    """Exposures that read what is not public."""
    public = set(_public(graph))
    return [
        exposure["name"]
        for exposure in graph.manifest.exposures
        if not set(exposure["depends_on"]["nodes"]) <= public
    ]


def _public(graph: Graph) -> list[str]:
    return [name for name, model in graph.models.items() if model["access"] == "public"]


RULES: dict[str, Callable[[Graph], list[str]]] = {
    rule.__name__: rule
    for rule in (
        direct_join_to_source,
        marts_or_intermediate_dependent_on_source,
        duplicate_sources,
        hard_coded_references,
        model_fanout,
        multiple_sources_joined,
        rejoining_of_upstream_concepts,
        root_models,
        source_fanout,
        staging_dependent_on_marts_or_intermediate,
        staging_dependent_on_staging,
        unused_sources,
        too_many_joins,
        missing_primary_key_tests,
        sources_without_freshness,
        test_coverage,
        documentation_coverage,
        undocumented_models,
        undocumented_source_tables,
        undocumented_sources,
        model_naming_conventions,
        model_directories,
        source_directories,
        test_directories,
        chained_views_dependencies,
        exposure_parents_materializations,
        public_models_without_contract,
        undocumented_public_models,
        exposures_dependent_on_private_models,
    )
}
