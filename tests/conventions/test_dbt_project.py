"""The dbt project keeps the rules of the house. Each rule names every offender at once."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tests.conventions.manifest import Manifest, Node, uses_a_window
from warehouse.settings import PROJECT_ROOT, WATCHLIST

LONGEST_MODEL = 120
LAYERS = {"staging", "intermediate", "marts", "analyst"}
SHORTEST_DESCRIPTION = 15
PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "marts": ("dim_", "fct_", "bridge_", "obt_"),
    # The names that people bring with them.
    "analyst": ("",),
}
# dbt calls these by their name, so no node and no macro of ours does.
CALLED_BY_DBT = re.compile(r"generate_\w+_name|(default|postgres)__\w+|materialization_\w+")


def names(nodes: Iterable[Node]) -> list[str]:
    return sorted(str(node["name"]) for node in nodes)


def words(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()


def says_something(description: str, name: str) -> bool:
    return len(description.strip()) >= SHORTEST_DESCRIPTION and words(description) != words(name)


def test_the_project_has_every_layer(manifest: Manifest) -> None:
    layers = {manifest.layer(model["unique_id"]) for model in manifest.models}

    assert layers == LAYERS


def test_every_model_has_its_own_yaml_beside_it(manifest: Manifest) -> None:
    offenders = [
        model
        for model in manifest.models
        if (model["patch_path"] or "").partition("://")[2]
        != str(PurePosixPath(model["original_file_path"]).with_suffix(".yml"))
    ]

    assert not offenders, names(offenders)


def test_every_model_says_what_one_row_is(manifest: Manifest) -> None:
    offenders = [model for model in manifest.models if "One row per" not in model["description"]]

    assert not offenders, names(offenders)


def test_every_model_belongs_to_a_group_with_an_owner(manifest: Manifest) -> None:
    owned = {group["name"] for group in manifest.groups if group["owner"].get("email")}
    offenders = [model for model in manifest.models if model["config"].get("group") not in owned]

    assert not offenders, names(offenders)


def test_every_declared_column_is_described(manifest: Manifest) -> None:
    offenders = [
        f"{model['name']}.{column['name']}"
        for model in manifest.models
        for column in model["columns"].values()
        if not says_something(column["description"], column["name"])
    ]
    silent = [model for model in manifest.models if not model["columns"]]

    assert not offenders, sorted(offenders)
    assert not silent, names(silent)


def test_every_source_table_is_described_and_watched_for_freshness(manifest: Manifest) -> None:
    silent = [
        table
        for table in manifest.sources
        if not says_something(table["description"], table["name"])
    ]
    unwatched = [
        table
        for table in manifest.sources
        if not any((table["freshness"] or {}).get(level) for level in ("warn_after", "error_after"))
        and not table["source_name"].endswith("marketflow")
    ]

    assert len(manifest.sources) >= 15
    assert not silent, names(silent)
    assert not unwatched, names(unwatched)


def test_all_that_people_read_enforces_its_contract(manifest: Manifest) -> None:
    read = [m for m in manifest.models if manifest.layer(m["unique_id"]) in {"marts", "analyst"}]
    offenders = [model for model in read if not model["config"]["contract"]["enforced"]]

    assert {manifest.layer(model["unique_id"]) for model in read} == {"marts", "analyst"}
    assert not offenders, names(offenders)


def test_a_view_over_what_is_rebuilt_lasts(manifest: Manifest) -> None:
    """dbt drops a plain view when what it reads is rebuilt; only raw tables never are."""
    offenders = [
        model
        for model in manifest.models
        if model["config"]["materialized"] == "view"
        and any(not parent.startswith("source.") for parent in model["depends_on"]["nodes"])
    ]

    assert not offenders, names(offenders)


def test_every_mart_tests_its_key(manifest: Manifest) -> None:
    tested = {
        test["attached_node"]
        for test in manifest.data_tests
        if re.search(r"unique|primary_key", (test.get("test_metadata") or {}).get("name", ""))
    }
    offenders = [mart for mart in manifest.marts if mart["unique_id"] not in tested]

    assert not offenders, names(offenders)


def test_every_window_model_has_a_unit_test(manifest: Manifest) -> None:
    macros = manifest.document["macros"]
    windowed = [
        model
        for model in manifest.models
        if manifest.layer(model["unique_id"]) != "staging"
        and (
            uses_a_window(model["raw_code"])
            or any(uses_a_window(macros[n]["macro_sql"]) for n in manifest.macros_behind(model))
        )
    ]
    tested = {test["model"] for test in manifest.unit_tests}
    offenders = [model for model in windowed if model["name"] not in tested]

    assert windowed
    assert not offenders, names(offenders)


def test_every_window_of_staging_is_unit_tested_once(manifest: Manifest) -> None:
    """Staging shares its de-duplication: one tested model proves it for all."""
    macros = manifest.document["macros"]
    staging = [m for m in manifest.models if manifest.layer(m["unique_id"]) == "staging"]
    tested = {test["model"] for test in manifest.unit_tests}
    proven = {
        name
        for model in staging
        if model["name"] in tested
        for name in manifest.macros_behind(model)
    }
    own_window = [m for m in staging if uses_a_window(m["raw_code"]) and m["name"] not in tested]
    unproven = {
        name
        for model in staging
        for name in manifest.macros_behind(model) - proven
        if uses_a_window(macros[name]["macro_sql"])
    }

    assert not own_window, names(own_window)
    assert not unproven, sorted(unproven)


def test_layers_read_only_the_layer_below(manifest: Manifest) -> None:
    allowed = {
        "staging": {"source", "seed"},
        "intermediate": {"staging", "intermediate", "seed", "snapshot"},
        "marts": {"intermediate", "marts", "seed", "snapshot"},
        # Seeds are dropped by a full refresh, and the views over them with it.
        "analyst": {"staging", "intermediate", "marts", "analyst"},
    }
    offenders = [
        f"{model['name']} reads {parent.split('.')[-1]}"
        for model in manifest.models
        for parent in model["depends_on"]["nodes"]
        if not parent.startswith("function.")
        and manifest.layer(parent) not in allowed[manifest.layer(model["unique_id"])]
        and not (model["name"].startswith("dim_") and manifest.layer(parent) == "staging")
    ]

    assert not offenders, sorted(offenders)


def test_sessions_are_read_with_their_overrides(manifest: Manifest) -> None:
    readers = [
        model
        for model in manifest.models
        if any(node.endswith(".stg_marketflow__sessions") for node in model["depends_on"]["nodes"])
    ]

    assert names(readers) == ["int_sessions_corrected"]


def test_the_watchlist_of_plain_dbt_is_that_of_the_settings() -> None:
    project = (PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8")

    assert f"env_var('MARKETFLOW_WATCHLIST', '{WATCHLIST}')" in project


def test_every_model_is_named_for_its_layer(manifest: Manifest) -> None:
    offenders = [
        model
        for model in manifest.models
        if not model["name"].startswith(PREFIXES[manifest.layer(model["unique_id"])])
    ]

    assert not offenders, names(offenders)


def test_every_staging_model_is_named_after_its_one_source(manifest: Manifest) -> None:
    offenders = []
    for model in manifest.models:
        if manifest.layer(model["unique_id"]) != "staging":
            continue
        tables = [p for p in model["depends_on"]["nodes"] if p.startswith("source.")]
        source = manifest.node(tables[0])["source_name"] if len(tables) == 1 else None
        if source is None or not model["name"].startswith(f"stg_{source}__"):
            offenders.append(model)

    assert not offenders, names(offenders)


def test_every_macro_is_described_and_used(manifest: Manifest) -> None:
    used = {
        name
        for node in [*manifest.document["nodes"].values(), *manifest.document["macros"].values()]
        for name in node["depends_on"]["macros"]
    }
    silent = [
        macro
        for macro in [*manifest.macros, *manifest.generic_tests]
        if not says_something(macro["description"], macro["name"])
    ]
    idle = [
        macro
        for macro in [*manifest.macros, *manifest.generic_tests]
        if macro["unique_id"] not in used and not CALLED_BY_DBT.fullmatch(macro["name"])
    ]

    assert not silent, names(silent)
    assert not idle, names(idle)


def test_every_seed_and_function_is_described(manifest: Manifest) -> None:
    offenders = [
        node
        for node in [*manifest.seeds, *manifest.functions]
        if not says_something(node["description"], node["name"])
    ]

    assert not offenders, names(offenders)


def test_no_model_is_longer_than_one_idea(manifest: Manifest) -> None:
    offenders = [m for m in manifest.models if len(m["raw_code"].splitlines()) > LONGEST_MODEL]

    assert not offenders, names(offenders)


def test_exposures_stand_on_tables_of_marts(manifest: Manifest) -> None:
    """Views that last are the exception: they show at once what our own Python writes."""
    offenders = [
        f"{exposure['name']} reads {parent.split('.')[-1]}"
        for exposure in manifest.exposures
        for parent in exposure["depends_on"]["nodes"]
        if manifest.layer(parent) != "marts"
        or manifest.node(parent)["config"]["materialized"]
        not in {"table", "incremental", "lasting_view"}
    ]

    assert manifest.exposures
    assert not offenders, sorted(offenders)


def test_each_page_is_an_exposure_of_the_marts_that_it_reads(manifest: Manifest) -> None:
    folder = PROJECT_ROOT / "dashboards"
    statements = {
        name: set(re.findall(r"(?:from|join)\s+(?:marts|ops)\.(\w+)", text))
        for name, text in re.findall(
            r'^([A-Z_]+) = """(.*?)"""',
            (folder / "queries.py").read_text("utf-8"),
            re.MULTILINE | re.DOTALL,
        )
    }

    def read_by(path: Path) -> set[str]:
        named = re.findall(r"queries\.([A-Z_]+)", path.read_text("utf-8"))
        return {mart for name in named for mart in statements[name]}

    def parts_of(page: Path) -> list[Path]:
        """The page, the shell and the modules of the dashboards that the page is made of."""
        imported = re.findall(
            r"^from dashboards import (.*)$", page.read_text("utf-8"), re.MULTILINE
        )
        names = {name.strip() for line in imported for name in line.split(",")} - {"queries"}
        return [page, *(folder / f"{name}.py" for name in names)]

    pages = {
        page.stem: set().union(*map(read_by, parts_of(page)))
        for page in (folder / "views").glob("*.py")
    }
    exposed = {
        exposure["name"]: {parent.split(".")[-1] for parent in exposure["depends_on"]["nodes"]}
        for exposure in manifest.exposures
        if exposure["type"] == "dashboard"
    }

    assert len(pages) >= 7
    assert exposed == pages


def test_metrics_are_described_and_have_a_calendar(manifest: Manifest) -> None:
    measured = [
        part
        for model in manifest.semantic_models
        for part in [model, *model["measures"]]
        if not says_something(part["description"] or "", part["name"])
    ]
    silent = [m for m in manifest.metrics if not says_something(m["description"], m["name"])]
    spines = [model["name"] for model in manifest.models if model["time_spine"]]

    assert len(manifest.metrics) >= 8
    assert not measured, names(measured)
    assert not silent, names(silent)
    assert spines == ["dim_dates"]


def test_every_unit_test_is_named_as_its_claim(manifest: Manifest) -> None:
    words_of = {test["name"]: test["name"].split("_") for test in manifest.unit_tests}
    offenders = [name for name, words in words_of.items() if len(words) < 3 or "test" in words]

    assert not offenders, sorted(offenders)


def test_a_window_is_seen_and_a_comment_is_not() -> None:
    assert uses_a_window("select avg(x) over (order by y)")
    assert uses_a_window("select avg(x) over last_20_sessions as sma_20")
    assert uses_a_window("from bars\nwindow last_20 as (partition by a)")
    assert not uses_a_window("select 1 -- carried over from yesterday\n")
    assert not uses_a_window("select turnover from bars {# over (x) #}")
