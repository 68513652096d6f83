"""`marketflow quality` over a warehouse with one impossible bar."""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.dbt_project.conftest import Project, Row
from warehouse.settings import PROJECT_ROOT

pytestmark = [pytest.mark.soak, pytest.mark.timeout(900)]

NOW = datetime(2024, 1, 4, 22, tzinfo=UTC)


def quality(project: Project) -> subprocess.CompletedProcess[str]:
    database_url = project.settings.database_url
    assert database_url is not None
    return subprocess.run(
        [sys.executable, "-m", "marketflow", "quality", "fmp"],
        check=False,
        cwd=PROJECT_ROOT,
        env=os.environ
        | project.environment
        | {
            "MARKETFLOW_DATABASE_URL": database_url.get_secret_value(),
            "MARKETFLOW_HOME": str(project.directory),
        },
        capture_output=True,
        text=True,
        timeout=800,
    )


def test_an_impossible_bar_fails_with_one_line(new_project: Callable[[], Project]) -> None:
    project = new_project()
    project.now = NOW.isoformat()
    project.track(instrument_id="equity:A", symbol="A", asset_class="equity", fmp_symbol="A")
    rows: list[Row] = [
        {"symbol": "A", "date": day, "price_basis": "as_traded", "is_final": True}
        | {"open": "100", "high": high, "low": "99", "close": "100", "volume": "1000"}
        for day, high in (("2024-01-02", "101"), ("2024-01-03", "101"), ("2024-01-04", "98"))
    ]
    project.land("fmp.eod_prices", rows, fetched_at=NOW)
    tests = ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
    project.dbt("build", *tests)

    typed = quality(project)

    assert typed.returncode == 1, typed.stdout + typed.stderr
    told = [line for line in typed.stderr.splitlines() if "error" in line]
    prices = "(open, high, low, close: 100, 98, 99, 100)"
    assert told == [f"error: fmp A 2024-01-04: high_below_low {prices}; held out of the marts"]
