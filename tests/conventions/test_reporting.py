"""What reporting says of the models is what dbt knows of them."""

import itertools

import pytest

from reporting.explain.columns import FORMULAS, WINDOWS, model_path
from tests.conventions.manifest import Manifest

WAYS = [
    *(("fct_daily_bars", provider) for provider in ("twelve_data", "fmp", "coingecko")),
    ("fct_daily_indicators", "fmp"),
    ("fct_macro_observations", "api"),
    ("fct_macro_observations", "keyless_csv"),
    ("fct_yield_curve", "fmp"),
    ("fct_yield_curve", "fred"),
]


@pytest.mark.parametrize(("mart", "came_by"), WAYS)
def test_each_step_of_an_explained_path_is_an_edge_of_the_graph(
    manifest: Manifest, mart: str, came_by: str
) -> None:
    names = {
        node["unique_id"]: f"raw_{node['source_name']}.{node['name']}" for node in manifest.sources
    } | {node["unique_id"]: node["name"] for node in manifest.models}
    edges = {
        (model["name"], names.get(parent))
        for model in manifest.models
        for parent in model["depends_on"]["nodes"]
    }
    path = model_path(mart, came_by)

    assert path[0] == mart
    assert [step for step in itertools.pairwise(path) if step not in edges] == []


def test_every_explained_formula_is_of_a_column_of_its_mart(manifest: Manifest) -> None:
    columns = {model["name"]: set(model["columns"]) for model in manifest.marts}

    assert [mart for mart, formulas in FORMULAS.items() if set(formulas) - columns[mart]] == []
    assert set(WINDOWS) <= set(FORMULAS["fct_daily_indicators"])
