"""dbt-project-evaluator's 29 rules hold; what we keep in spite of one is listed with its reason."""

import copy
import tomllib
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.conventions.evaluator import RULES, Graph
from tests.conventions.manifest import Manifest, Node

EXCEPTIONS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("exceptions.toml").read_text(encoding="utf-8")
)
A_MODEL = "model.marketflow.fct_daily_bars"


@pytest.fixture(scope="module")
def graph(manifest: Manifest) -> Graph:
    return Graph(manifest)


def excused(rule: str, name: str) -> bool:
    return any(
        fnmatchcase(name.rsplit(".", maxsplit=1)[-1], kept) for kept in EXCEPTIONS.get(rule, {})
    )


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_the_evaluator_holds(graph: Graph, rule: str) -> None:
    offenders = [name for name in RULES[rule](graph) if not excused(rule, name)]

    assert offenders == []


def test_every_exception_excuses_something_and_says_why(graph: Graph) -> None:
    idle = [
        f"{rule}: {kept}"
        for rule, reasons in EXCEPTIONS.items()
        for kept, reason in reasons.items()
        if len(reason) < 20
        or not any(fnmatchcase(name.rsplit(".", 1)[-1], kept) for name in RULES[rule](graph))
    ]

    assert len(RULES) == 29
    assert idle == []


def _read(model: Node, *parents: str) -> None:
    model["depends_on"]["nodes"] = list(parents)


def _silence(model: Node) -> None:
    model["description"] = ""
    model["columns"]["close_price"]["description"] = ""


BREAKS: dict[str, Callable[[Node], None]] = {
    "direct_join_to_source": lambda m: _read(m, "source.marketflow.fmp.splits", A_MODEL),
    "marts_or_intermediate_dependent_on_source": lambda m: _read(m, "source.marketflow.fmp.splits"),
    "multiple_sources_joined": lambda m: _read(
        m, "source.marketflow.fmp.splits", "source.marketflow.fmp.dividends"
    ),
    "root_models": _read,
    "hard_coded_references": lambda m: m.update(raw_code="select 1\nfrom staging.bars"),
    "too_many_joins": lambda m: _read(m, *[f"seed.marketflow.{n}" for n in range(7)]),
    "documentation_coverage": _silence,
    "undocumented_models": _silence,
    "undocumented_public_models": _silence,
    "model_naming_conventions": lambda m: m.update(name="bars"),
    "test_directories": lambda m: m.update(patch_path="marketflow://dbt_project/models/x.yml"),
    "public_models_without_contract": lambda m: m["config"]["contract"].update(enforced=False),
    "exposures_dependent_on_private_models": lambda m: m.update(access="protected"),
    "exposure_parents_materializations": lambda m: m["config"].update(materialized="view"),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_a_broken_rule_is_seen(manifest: Manifest, rule: str) -> None:
    document = copy.deepcopy(manifest.document)
    BREAKS[rule](document["nodes"][A_MODEL])

    before, after = RULES[rule](Graph(manifest)), RULES[rule](Graph(Manifest(document)))

    assert len(after) > len(before)
