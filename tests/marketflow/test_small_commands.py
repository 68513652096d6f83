"""Commands that say something: settings, URLs, runs, and the state of the installation."""

from orchestration import instance
from tests.marketflow.typing_person import Terminal, start
from warehouse import database, run_log
from warehouse.settings import Settings, load_settings


def test_config_show_masks_secrets_and_says_where_values_come_from(terminal: Terminal) -> None:
    terminal.set(FMP_API_KEY="hunter22", MARKETFLOW_DOCS_PORT="8099")

    typed = terminal.types("config", "show")

    rows = {line.split()[0]: line.split()[1:] for line in typed.out.splitlines()}
    assert rows["FMP_API_KEY"] == ["***", "environment"]
    assert rows["MARKETFLOW_DOCS_PORT"] == ["8099", "environment"]
    assert rows["MARKETFLOW_DAGSTER_PORT"] == ["3000", "default"]
    assert "hunter22" not in typed.out


def test_db_url_prints_what_any_client_takes(
    at_warehouse: Terminal, warehouse_settings: Settings
) -> None:
    reader = at_warehouse.types("db", "url").out.strip()
    owner = at_warehouse.types("db", "url", "--role", "owner").out.strip()

    assert reader == database.dsn(warehouse_settings, "reader")
    assert owner == database.dsn(warehouse_settings, "owner")


def test_db_psql_runs_a_query_as_the_reader(warehouse_settings: Settings) -> None:
    assert warehouse_settings.database_url is not None
    url = warehouse_settings.database_url.get_secret_value()

    arguments = ["db", "psql", "--", "-Atc", "select current_user"]
    with start({"MARKETFLOW_DATABASE_URL": url}, *arguments) as process:
        printed, _ = process.communicate(timeout=60)

    assert printed.strip() == "marketflow_reader"


def test_runs_lists_what_ran(at_warehouse: Terminal, warehouse_settings: Settings) -> None:
    with run_log.run(warehouse_settings, "ingest", "fmp") as run:
        run.rows = 1234

    typed = at_warehouse.types("runs")

    assert "ingest" in typed.out
    assert "1,234" in typed.out
    assert run.run_id in typed.out


def test_doctor_finds_nothing_broken_in_a_warehouse_that_is_set_up(at_warehouse: Terminal) -> None:
    assert at_warehouse.types("db", "setup").code == 0

    typed = at_warehouse.types("doctor")

    found = [line for line in typed.out.splitlines() if line.startswith("BROKEN")]
    # Somebody may hold a default port of the machine that runs the tests.
    assert [line for line in found if line.split()[1] != "ports"] == []
    assert "roles" in typed.out


def test_doctor_names_the_remedy_of_what_is_broken(terminal: Terminal) -> None:
    typed = terminal.types("doctor")

    assert typed.code == 1
    assert any(
        line.startswith("BROKEN") and "marketflow db start" in line
        for line in typed.out.splitlines()
    )


def test_doctor_looks_at_the_landing(terminal: Terminal) -> None:
    well = terminal.types("doctor")
    terminal.set(MARKETFLOW_LANDING_URL="s3://bucket/x", MARKETFLOW_S3_ACCESS_KEY_ID="hunter22")
    badly = terminal.types("doctor")

    (good,) = [line for line in well.out.splitlines() if line.split()[1] == "landing"]
    (broken,) = [line for line in badly.out.splitlines() if line.split()[1] == "landing"]
    assert good.endswith("home/landing, nothing has landed yet")
    assert broken.startswith("BROKEN")
    assert "only one is set" in broken
    assert "hunter22" not in badly.out


def test_doctor_tells_of_a_dagster_yaml_that_is_not_as_shipped(terminal: Terminal) -> None:
    kept = terminal.home / "dagster" / "dagster.yaml"
    before = terminal.types("doctor")
    instance.prepare(load_settings(None, home_dir=terminal.home), 1)
    fresh = terminal.types("doctor")
    kept.write_text("telemetry:\n  enabled: false\n", encoding="utf-8")
    old = terminal.types("doctor")

    lines = [
        next(line for line in typed.out.splitlines() if line.split()[1] == "dagster")
        for typed in (before, fresh, old)
    ]
    assert lines[0].endswith("not started here yet")
    assert lines[1].startswith("ok")
    assert lines[2].startswith("note")
    assert "delete it, and `marketflow up` renews it" in lines[2]


def test_a_plan_costs_nothing(terminal: Terminal) -> None:
    terminal.set(FMP_BASE_URL="http://127.0.0.1:1/stable")

    typed = terminal.types("extract", "fmp.profiles", "--symbols", "AAPL", "--plan")

    assert typed.code == 0
    assert "1 requests, 1 credits" in typed.out


def test_a_backfill_tells_what_it_would_ask_and_who_has_no_bars(terminal: Terminal) -> None:
    terminal.set(FMP_BASE_URL="http://127.0.0.1:1/stable")
    days = ("--start", "2024-01-02", "--end", "2024-03-01")

    planned = terminal.types("backfill", "--symbols", "AAPL", *days, "--plan")
    refused = terminal.types("backfill", "fred", *days)

    # Only FMP is in reach besides CoinGecko, which has no bars of a stock.
    assert planned.code == 0
    assert [line.split()[:3] for line in planned.out.splitlines() if "eod_prices" in line] == [
        ["fmp.eod_prices", "1", "1"]
    ]
    assert "twelve_data" not in planned.out
    assert refused.code == 2
    assert "fred has no bars to backfill: twelve_data, fmp, coingecko have" in refused.err
