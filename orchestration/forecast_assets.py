"""Forecasts as assets: made from marts, and read by the models that score and show them."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration import links, row_counts
from orchestration.ingestion_assets import Descriptions
from orchestration.jobs import AssetJob
from orchestration.marketflow_assets import GROUP
from orchestration.ownership import OWNER
from orchestration.resources import SettingsSource
from warehouse import setup
from warehouse.settings import PROJECT_ROOT, Settings

FORECASTS = "forecasts"
# What each is made from, as the queries of forecast_inputs name it.
MADE_FROM = {
    "forecasts": (
        "dim_instruments",
        "dim_macro_series",
        "dim_sessions",
        "fct_daily_bar_revisions",
        "fct_macro_observations",
    ),
    "yield_curve_fits": ("fct_yield_curve",),
}


def build_job(assets: dg.AssetsDefinition) -> AssetJob:
    """Return the job of the forecasts, apart: within `everything` it would cut dbt in four."""
    return dg.define_asset_job(
        FORECASTS,
        selection=dg.AssetSelection.assets(assets),
        description="Forecast every series from what is known, and fit the yield curves.",
    )


def build(descriptions: Descriptions, settings: Settings) -> dg.AssetsDefinition:
    """Return the forecasts and the fitted curves, which one run makes."""
    code = PROJECT_ROOT / "orchestration" / "forecasts.py"
    specs = [
        dg.AssetSpec(
            dg.AssetKey([GROUP, name]),
            deps=[dg.AssetKey(["marts", mart]) for mart in marts],
            group_name=GROUP,
            owners=[OWNER],
            description=descriptions[GROUP, name],
            kinds={"python", "postgres"},
            tags={"marketflow/layer": "raw"},
            metadata={
                "dagster/table_name": f"raw_{GROUP}.{name}",
                **links.of_source_table(settings, GROUP, name, code),
            },
        )
        for name, marts in MADE_FROM.items()
    ]

    @dg.multi_asset(name="make_forecasts", specs=specs)
    def make_forecasts(
        settings: dg.ResourceParam[SettingsSource],
    ) -> Iterator[dg.MaterializeResult[Any]]:
        # statsmodels takes a while to load, and who only looks at the graph needs none of it.
        from orchestration import forecasts  # noqa: PLC0415

        loaded = settings.load()
        setup.ensure_ready(loaded)
        made = forecasts.make(loaded, trigger="dagster")
        told = {"forecasts": made.forecasts, "yield_curve_fits": made.fits}
        for name in MADE_FROM:
            rows = row_counts.of_table(loaded, f"raw_{GROUP}", name)
            metadata = {"dagster/row_count": rows, "new_rows": told[name], **made.reasons}
            yield dg.MaterializeResult(asset_key=dg.AssetKey([GROUP, name]), metadata=metadata)

    return make_forecasts
