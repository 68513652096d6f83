"""A fifth source is a folder below ingestion/sources: nothing else of the tree is touched."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import DatabaseFactory
from tests.ingestion.scripted import Reply, Seen, scripted
from warehouse import database
from warehouse.settings import PROJECT_ROOT, load_settings

KEY = "canary-openmarket-0123456789"
PACKAGES = ("dashboards", "ingestion", "marketflow", "orchestration", "reporting", "warehouse")
FILES = ("dbt_project.yml", "profiles.yml.example", "pyproject.toml")
UNIVERSE = """\
symbol,name,asset_class,calendar,currency,twelve_data_symbol,fmp_symbol,coingecko_id,fred_series_id
AAPL,Apple,equity,XNYS,USD,,,,
"""
GRAPH = """
from orchestration.definitions import build_definitions
from warehouse.settings import load_settings

graph = build_definitions(load_settings).resolve_asset_graph()
print([key.to_user_string() for key in graph.get_all_asset_keys() if key.path[0] == "openmarket"])
"""


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the tree with the folder of a fifth source in it."""
    tree = tmp_path_factory.mktemp("tree")
    for name in (*PACKAGES, "dbt_project"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT_ROOT / name, tree / name, ignore=ignored)
    for name in FILES:
        shutil.copy(PROJECT_ROOT / name, tree / name)
    source = PROJECT_ROOT / "tests/ingestion/openmarket"
    shutil.copytree(source, tree / "ingestion/sources/openmarket", ignore=ignored)
    (tree / "universe.csv").write_text(UNIVERSE, encoding="utf-8")
    return tree


def answer(seen: Seen) -> Reply:
    if seen.headers.get("x-openmarket-key") != KEY or seen.path != "/closes/AAPL":
        return Reply("no such thing", status=404)
    days = ("2024-03-13", "2024-03-14", "2024-03-15")
    return Reply(
        [
            {"day": day, "close": close}
            for day, close in zip(days, (171.13, 173.0, 172.62), strict=True)
            if seen.params["from"] <= day <= seen.params["to"]
        ]
    )


@pytest.mark.soak
def test_it_goes_all_the_way_from_its_key_to_its_asset(
    tree: Path, new_database: DatabaseFactory
) -> None:
    def run(*arguments: str, program: tuple[str, ...] = ("-m", "marketflow")) -> str:
        done = subprocess.run(
            [sys.executable, *program, *arguments],
            cwd=tree,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        assert KEY not in done.stdout + done.stderr
        return done.stdout + done.stderr

    with scripted(answer) as running:
        environment = {
            **os.environ,
            "PYTHONPATH": str(tree),
            "COLUMNS": "200",
            "MARKETFLOW_HOME": str(tree / "home"),
            "MARKETFLOW_DATABASE_URL": new_database("fifth"),
            "MARKETFLOW_UNIVERSE": str(tree / "universe.csv"),
            "MARKETFLOW_NOW": "2024-03-15T21:30:00Z",
            "DBT_PROFILES_DIR": str(tree / "profiles"),
            "OPENMARKET_API_KEY": KEY,
            "OPENMARKET_BASE_URL": running.base,
            "OPENMARKET_PLAN": "paid",
        }
        run("db", "setup")
        assert "openmarket" in run("doctor")
        assert "OPENMARKET_PLAN" in run("config", "show")
        planned = run("extract", "openmarket", "--start", "2024-03-01", "--plan")
        assert "closes" in planned
        assert running.seen == []
        run("ingest", "openmarket.closes", "--start", "2024-03-01")
        assert running.paths() == ["/closes/AAPL"]

    settings = load_settings(None, database_url=environment["MARKETFLOW_DATABASE_URL"])
    with database.connect_as_administrator(settings) as connection:
        found = connection.execute(
            "select symbol, day, close from raw_openmarket.closes order by day"
        ).fetchall()
    assert found == [
        ("AAPL", "2024-03-13", "171.13"),
        ("AAPL", "2024-03-14", "173.0"),
        ("AAPL", "2024-03-15", "172.62"),
    ]
    assert "openmarket/closes" in run(program=("-c", GRAPH))
    assert len(list((tree / "home/landing/source=openmarket").rglob("*.json.gz"))) == 1
