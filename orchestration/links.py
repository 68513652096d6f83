"""Where more is told of an asset: its page on the docs site, and the code that makes it."""

from pathlib import Path
from typing import Any

import dagster as dg

from warehouse.settings import PROJECT_ROOT, Settings

_PROJECT = "marketflow"


def of_node(settings: Settings, unique_id: str, file: str) -> dict[str, Any]:
    """Return the links of a node of dbt as metadata of its asset.

    Args:
        settings: on which port the docs site is.
        unique_id: as the manifest has it, such as `model.marketflow.fct_daily_bars`.
        file: below the root of the project.
    """
    kind = unique_id.partition(".")[0]
    page = f"http://127.0.0.1:{settings.docs_port}/#!/{kind}/{unique_id}"
    return {
        "docs": dg.MetadataValue.url(page),
        "code": dg.MetadataValue.path(str(PROJECT_ROOT / file)),
    }


def of_source_table(settings: Settings, source: str, table: str, code: Path) -> dict[str, Any]:
    """Return the links of a raw table, which `code` fills, likewise."""
    unique_id = f"source.{_PROJECT}.{source}.{table}"
    return of_node(settings, unique_id, str(code.relative_to(PROJECT_ROOT)))
