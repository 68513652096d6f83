"""A run of Dagster that a plan has no room for does what fits, and says what is left."""

from pathlib import Path

import dagster as dg

from ingestion.sandbox import Sandbox
from orchestration import findings, ingestion_assets
from orchestration.ingestion_assets import CHECK
from orchestration.resources import SettingsSource
from tests.orchestration.market import NOW, settings_of
from warehouse import database, run_log
from warehouse.settings import Settings, load_settings

TABLE = dg.AssetKey(["fmp", "eod_prices"])


def test_it_does_what_fits_and_says_what_is_left(
    warehouse_settings: Settings, tmp_path: Path
) -> None:
    plans = tmp_path / "plans.toml"
    plans.write_text("[fmp.plans.free]\ncredits_per_day = 1\n", encoding="utf-8")
    assert warehouse_settings.database_url is not None
    market = Sandbox(load_settings(None, frozen_now=NOW), 0)
    market.start()
    settings = settings_of(
        tmp_path,
        warehouse_settings.database_url.get_secret_value(),
        market,
        fmp_plan="free",
        plans_file=plans,
    )
    (step,) = [one for one in ingestion_assets.build({}, settings) if TABLE in one.keys]

    with dg.DagsterInstance.ephemeral() as instance:
        done = dg.materialize(
            [step],
            selection=[TABLE],
            resources={"settings": SettingsSource(lambda: settings)},
            instance=instance,
        )
    market.stop()

    (check,) = done.get_asset_check_evaluations()
    left = str(check.metadata["failures"].value)
    with database.connect(settings, "loader") as connection:
        came = connection.execute("select distinct symbol from raw_fmp.eod_prices").fetchall()
    (run,) = run_log.recent(settings)
    (alert,) = findings.find(settings, grace_hours=3, schema_change_days=7)
    assert done.success
    assert came == [("AAPL",)]
    assert (check.check_name, check.passed) == (CHECK, False)
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "fmp eod_prices SPY: the plan has 1 credits a day, and 1 are spent" in left
    assert run.status == "partial"
    assert (alert.kind, alert.asset) == ("quota", "fmp")
