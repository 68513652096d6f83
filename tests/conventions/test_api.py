"""The API serves what dbt declares: contracts, and an exposure for each route."""

from api.queries import catalog
from api.queries.endpoints import ENDPOINTS
from api.queries.explanations import EXPLANATIONS, KNOWN_AT
from tests.conventions.manifest import Manifest

WITHOUT_ROUTE = {
    "dim_dates": "a calendar of days, which every language has",
    "fct_alerts": "alerts are told to people, not asked for by programs",
}
"""The marts that no route serves, and why."""


def test_the_contracts_that_the_api_reads_are_those_of_dbt(manifest: Manifest) -> None:
    by_name = {mart["name"]: mart for mart in manifest.marts}

    assert set(catalog.marts()) == set(by_name)
    for name, mart in catalog.marts().items():
        node = by_name[name]
        assert mart.relation == f"{node['config']['schema']}.{name}"
        assert " ".join(node["description"].split()) == mart.description
        for column in node["columns"].values():
            read = mart.columns[column["name"]]
            assert read.data_type == column["data_type"]
            assert read.description == " ".join(column["description"].split())


def test_each_route_is_an_exposure_of_the_marts_that_it_reads(manifest: Manifest) -> None:
    exposures = {
        one["url"].partition(":8000")[2]: sorted(
            node.rpartition(".")[2] for node in one["depends_on"]["nodes"]
        )
        for one in manifest.exposures
        if one["type"] == "application"
    }

    assert exposures == {
        endpoint.path: sorted(
            relation.rpartition(".")[2]
            for relation in endpoint.relations
            if not relation.startswith("intermediate.")
        )
        for endpoint in ENDPOINTS
    } | {one.path: [one.mart] for one in EXPLANATIONS}


def test_each_explanation_asks_its_function_what_it_takes(manifest: Manifest) -> None:
    arguments = {
        one["name"]: {each["name"]: each["data_type"] for each in one["arguments"]}
        for one in manifest.functions
        if one["config"]["schema"] == "ops" and one["returns"]["data_type"] == "json"
    }

    for one in EXPLANATIONS:
        columns = one.table.columns
        assert arguments[one.function] == {
            name: "timestamptz" if name == KNOWN_AT else columns[name].data_type
            for name in one.arguments
        }


def test_each_mart_has_a_route_or_a_reason_for_none(manifest: Manifest) -> None:
    served = {endpoint.mart for endpoint in ENDPOINTS if not endpoint.function}

    assert {mart["name"] for mart in manifest.marts} == served | set(WITHOUT_ROUTE), (
        "add an Endpoint to api/queries/endpoints.py and its exposure, or a reason here"
    )
    assert not served & set(WITHOUT_ROUTE)


def test_each_function_of_the_marts_has_a_route_with_its_columns(manifest: Manifest) -> None:
    tables = {
        one["name"]: [
            column.split()[0]
            for column in one["returns"]["data_type"].partition("(")[2].rstrip(")").split(",")
        ]
        for one in manifest.functions
        if one["config"]["schema"] == "marts" and one["returns"]["data_type"].startswith("table")
    }

    assert tables == {one.function: list(one.columns) for one in ENDPOINTS if one.function}


def test_what_a_function_depends_on_is_what_its_route_watches(manifest: Manifest) -> None:
    """A build of any of them changes the version, and with it the tag of the answers."""
    inputs = {
        one["name"]: {
            node.rpartition(".")[2]
            for node in one["depends_on"]["nodes"]
            if node.startswith("model.")
        }
        for one in manifest.functions
    }

    for endpoint in ENDPOINTS:
        if endpoint.function:
            watched = {relation.rpartition(".")[2] for relation in endpoint.relations}
            assert inputs[endpoint.function] <= watched, endpoint.path
