"""Jobs: everything, and one for each provider with what it feeds."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import (
    UnresolvedAssetJobDefinition as AssetJob,
)

from warehouse.settings import PROVIDERS

__all__ = ["EVERYTHING", "AssetJob", "build"]

EVERYTHING = "everything"


def build(
    ingestion: list[dg.AssetsDefinition], transformation: dg.AssetsDefinition
) -> list[AssetJob]:
    """Return the job of everything and a job for each provider.

    A provider's job also builds whatever its models read, so that it works in an empty
    warehouse, but asks no other provider.
    """
    everything = dg.define_asset_job(
        EVERYTHING,
        selection=dg.AssetSelection.assets(*ingestion, transformation),
        description="Ingest from every provider, then build and check every model.",
    )
    return [everything, *(_job_of(provider, transformation) for provider in PROVIDERS)]


def _job_of(provider: str, transformation: dg.AssetsDefinition) -> AssetJob:
    raw = dg.AssetSelection.key_prefixes([provider])
    models = dg.AssetSelection.assets(transformation)
    fed = raw.downstream() & models
    return dg.define_asset_job(
        provider,
        selection=raw.upstream() | (fed.upstream() & models),
        description=f"Ingest from {provider}, then build and check every model that it feeds.",
    )
