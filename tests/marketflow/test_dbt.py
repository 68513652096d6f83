"""What dbt says in its JSON log, understood."""

import json
from typing import Any

import pytest

from ingestion.progress import NoProgress
from marketflow import dbt
from marketflow.dbt import DbtError
from tests.conftest import SettingsFactory


def event(name: str, /, **data: Any) -> str:
    return json.dumps({"info": {"name": name, "msg": ""}, "data": data}) + "\n"


def node(name: str, kind: str, status: str = "") -> dict[str, str]:
    return {"node_name": name, "resource_type": kind, "node_status": status}


FAILED = [
    event("ConcurrencyLine", node_count=4),
    event("LogModelResult", status="SELECT 9", node_info=node("bars", "model", "success")),
    event("LogModelResult", status="error", node_info=node("stg_fmp__splits", "model", "error")),
    event("LogTestResult", status="pass", name="a", node_info=node("a", "test")),
    event("LogTestResult", status="fail", name="b", node_info=node("b", "test")),
    event("LogTestResult", status="warn", name="c", node_info=node("c", "test")),
    event("SkippingDetails", node_info=node("d", "test")),
    event("RunResultWarningMessage", msg="Got 1 result", node_info=node("c", "test")),
    event(
        "RunResultError",
        msg="Database Error in model stg_fmp__splits (x.sql)\n  no such relation\n  LINE 11: y",
        node_info=node("stg_fmp__splits", "model"),
    ),
    event("RunResultError", msg="Got 3 results", node_info=node("b", "test")),
    "something that is no JSON\n",
]


def test_checks_are_counted_by_their_status() -> None:
    outcome = dbt.read(FAILED, NoProgress(), "dbt build")

    assert outcome.models == 1
    assert outcome.checks == {"pass": 1, "fail": 1, "warn": 1, "skipped": 1}


def test_a_failure_is_told_without_its_noise() -> None:
    outcome = dbt.read(FAILED, NoProgress(), "dbt build")
    outcome.code = 1

    with pytest.raises(DbtError) as raised:
        outcome.require_success("dbt build")

    assert "stg_fmp__splits: no such relation; error: b: Got 3 results" in str(raised.value)
    assert "LINE 11" not in str(raised.value)
    assert outcome.findings[0] == "warning: c: Got 1 result"


def test_a_complaint_of_dbt_itself_comes_first() -> None:
    lines = [event("MainEncounteredError", exc="Database Error\n  connection refused")]
    outcome = dbt.read(lines, NoProgress(), "dbt build")
    outcome.code = 2

    with pytest.raises(DbtError, match="dbt build failed: connection refused"):
        outcome.require_success("dbt build")


def test_a_stale_source_is_a_finding() -> None:
    lines = [
        event("LogFreshnessResult", status="error", source_name="fmp", table_name="profiles"),
        event("LogFreshnessResult", status="pass", source_name="fred", table_name="series"),
    ]

    outcome = dbt.read(lines, NoProgress(), "dbt source")

    assert outcome.checks == {"error": 1, "pass": 1}
    assert outcome.findings == ["error: fmp.profiles is not fresh"]


def test_a_frozen_clock_in_a_file_is_read_for_dbt(
    settings_for: SettingsFactory, tmp_path: Any
) -> None:
    (tmp_path / "now").write_text("2025-03-14T21:30:00Z", encoding="utf-8")
    settings = settings_for(tmp_path, frozen_now=f"@{tmp_path / 'now'}")

    assert dbt.environment(settings)["MARKETFLOW_NOW"] == "2025-03-14T21:30:00+00:00"
