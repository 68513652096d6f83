"""The graph: one lineage from providers to marts, everything described, nothing apart."""

from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from ingestion.backfill import sources
from ingestion.resources import resources
from orchestration import backfill, freshness, ingestion_assets, maintenance
from warehouse.settings import PROVIDERS, load_settings

SNAPSHOT = Path(__file__).with_name("graph.txt")


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> AssetGraph:
    return definitions.resolve_asset_graph()


def lines_of(graph: AssetGraph) -> str:
    """A line for each asset: key, group, and what it is made from."""
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        parents = ", ".join(sorted(parent.to_user_string() for parent in node.parent_keys))
        lines.append(f"{key.to_user_string()} ({node.group_name}) <- {parents or 'nothing'}\n")
    return "".join(lines)


def ancestors(graph: AssetGraph, key: dg.AssetKey) -> set[dg.AssetKey]:
    found: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        parents = graph.get(waiting.pop()).parent_keys - found
        found |= parents
        waiting += parents
    return found


def test_the_graph_is_the_one_of_the_snapshot(graph: AssetGraph) -> None:
    """After a change that is meant: `python -m tests.orchestration.write_graph`."""
    assert lines_of(graph).splitlines() == SNAPSHOT.read_text(encoding="utf-8").splitlines()


def test_no_asset_is_apart(graph: AssetGraph) -> None:
    keys = graph.get_all_asset_keys()
    start = dg.AssetKey(["fmp", "eod_prices"])
    found = {start}
    waiting = [start]
    while waiting:
        node = graph.get(waiting.pop())
        near = (node.parent_keys | node.child_keys) - found
        found |= near
        waiting += near

    assert len(keys) > 60
    assert {key.to_user_string() for key in keys - found} == set()


def test_every_mart_descends_from_a_provider(graph: AssetGraph) -> None:
    marts = [key for key in graph.get_all_asset_keys() if key.path[0] in {"marts", "ops"}]
    orphans = [
        key.to_user_string()
        for key in marts
        if key.path[-1] not in {"dim_sessions", "dim_dates"}
        and not any(parent.path[0] in PROVIDERS for parent in ancestors(graph, key))
    ]

    assert len(marts) >= 10
    assert orphans == []


def test_prices_descend_from_every_provider_that_has_them(graph: AssetGraph) -> None:
    found = ancestors(graph, dg.AssetKey(["marts", "fct_daily_bars"]))

    assert {
        dg.AssetKey(["twelve_data", "time_series_daily"]),
        dg.AssetKey(["fmp", "eod_prices"]),
        dg.AssetKey(["fmp", "splits"]),
        dg.AssetKey(["coingecko", "market_chart"]),
    } <= found


def test_every_asset_has_group_owner_kind_and_description(graph: AssetGraph) -> None:
    lacking = [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if not (
            graph.get(key).owners
            and graph.get(key).kinds
            and len(graph.get(key).description or "") > 15
            and graph.get(key).group_name not in {None, "default"}
        )
    ]

    assert lacking == []


def test_every_asset_that_is_made_links_to_its_page_and_its_code(graph: AssetGraph) -> None:
    apart = {"backfill", "marketflow"}
    ours = [key for key in graph.materializable_asset_keys if key.path[0] not in apart]
    lacking = []
    for key in ours:
        metadata = graph.get(key).metadata
        code, page = str(metadata["code"].value), str(metadata["docs"].value)
        if not Path(code).is_file() or not page.endswith(key.path[-1]):
            lacking.append(key.to_user_string())

    assert len(ours) > 150
    assert lacking == []


def test_every_mart_tells_its_columns(graph: AssetGraph) -> None:
    marts = [key for key in graph.get_all_asset_keys() if key.path[0] in {"marts", "ops"}]
    known = {key: graph.get(key).metadata["dagster/column_schema"].columns for key in marts}

    assert len(known) > 30
    assert all(len(columns) >= 2 for columns in known.values())
    assert all(column.description for columns in known.values() for column in columns)


def test_every_raw_table_is_checked_and_dbt_tests_are_checks(graph: AssetGraph) -> None:
    checked = {check.asset_key for check in graph.asset_check_keys}
    raw = {key for key in graph.get_all_asset_keys() if key.path[0] in PROVIDERS}

    assert len(raw) == len(resources())
    assert raw <= checked
    assert dg.AssetKey(["marts", "fct_daily_indicators"]) in checked
    assert len(graph.asset_check_keys) > 200


def test_a_providers_job_asks_no_other_provider(definitions: dg.Definitions) -> None:
    for provider in PROVIDERS:
        job = definitions.resolve_job_def(provider)
        asked = {
            key.path[0] for key in job.asset_layer.selected_asset_keys if key.path[0] in PROVIDERS
        }

        assert asked == {provider}


def test_a_providers_job_builds_once_all_that_its_tables_feed(
    definitions: dg.Definitions, graph: AssetGraph
) -> None:
    for provider in PROVIDERS:
        job = definitions.resolve_job_def(provider)
        selected = set(job.asset_layer.selected_asset_keys)
        fed = {
            key
            for key in graph.materializable_asset_keys
            if key.path[0] in {"staging", "intermediate", "marts", "ops"}
            and any(parent.path[0] == provider for parent in ancestors(graph, key))
        }

        assert len(fed) > 30
        assert fed <= selected
        assert [node.name for node in job.nodes if node.name.startswith("dbt_build")] == [
            "dbt_build"
        ]


def test_the_job_of_everything_leaves_nothing_out(
    definitions: dg.Definitions, graph: AssetGraph
) -> None:
    job = definitions.resolve_job_def("everything")

    backfills = {backfill.key_of(provider) for provider in sources()}
    assert len(backfills) == 3
    forecasts = definitions.resolve_job_def("forecasts").asset_layer.selected_asset_keys
    assert len(forecasts) == 2
    assert set(job.asset_layer.selected_asset_keys) == (
        graph.materializable_asset_keys - backfills - set(forecasts)
    )
    # One build of dbt, not several with the forecasts between them.
    assert [node.name for node in job.nodes if node.name.startswith("dbt_build")] == ["dbt_build"]
    assert job.asset_layer.asset_graph.asset_check_keys == graph.asset_check_keys


def test_each_provider_has_its_check_of_freshness(
    definitions: dg.Definitions, graph: AssetGraph
) -> None:
    checks = {dg.AssetCheckKey(freshness.ASSET, freshness.name_of(one)) for one in PROVIDERS}

    assert checks <= graph.asset_check_keys
    for provider in PROVIDERS:
        job = definitions.resolve_job_def(provider)
        assert checks <= job.asset_layer.asset_graph.asset_check_keys


def test_a_backfill_asks_one_provider_by_days_and_builds_what_it_feeds(
    definitions: dg.Definitions,
) -> None:
    for provider in sources():
        job = definitions.resolve_job_def(backfill.job_of(provider))
        keys = set(job.asset_layer.selected_asset_keys)

        assert job.partitions_def is not None
        assert {key for key in keys if key.path[0] in {*PROVIDERS, "backfill"}} == {
            backfill.key_of(provider)
        }
        assert dg.AssetKey(["marts", "fct_daily_bars"]) in keys


def test_every_step_that_asks_or_builds_holds_its_pool(definitions: dg.Definitions) -> None:
    steps = [*ingestion_assets.build({}, load_settings(None)), *backfill.build()]
    pools = {step.node_def.name: step.node_def.pool for step in steps}
    build = definitions.resolve_job_def("everything").get_node_named("dbt_build")
    (maintain,) = maintenance.build().nodes

    assert {name: pools[f"ingest_{name}"] for name in PROVIDERS} == {
        name: name for name in PROVIDERS
    }
    # A backfill waits for the round of its provider, and the round for it.
    assert pools["backfill__fmp"] == "fmp"
    assert build.definition.pool == maintain.definition.pool == "warehouse"
