"""The API serves what dbt declares: contracts, and an exposure for each route."""

from api.queries import catalog
from api.queries.endpoints import ENDPOINTS
from tests.conventions.manifest import Manifest


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
        endpoint.path: sorted(relation.rpartition(".")[2] for relation in endpoint.relations)
        for endpoint in ENDPOINTS
    }
