"""What is wrong is told once, by its cause and next step, and once more when it is over."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from ingestion import reference
from orchestration import findings, telling
from orchestration.alerts import News
from orchestration.resources import SettingsSource
from orchestration.rules import read_rules
from orchestration.telling import look_and_tell
from tests.orchestration.market import UNIVERSE
from warehouse import database, run_log
from warehouse.errors import MarketFlowError, SettingsError
from warehouse.settings import PROJECT_ROOT, Settings

# Friday 14 March 2025: New York closed at 20:00 UTC, and was asked after that.
FRIDAY_EVENING = "2025-03-14T21:30:00Z"

At = Callable[..., Settings]


@pytest.fixture
def at(warehouse_settings: Settings, tmp_path: Path, told: tuple[str, list[dict[str, str]]]) -> At:
    """`at(instant)`: the settings then, with FMP last fetched on Friday evening."""
    rules = tmp_path / "alerts.yml"
    shipped = (PROJECT_ROOT / "orchestration/alerts.yml").read_text(encoding="utf-8")
    rules.write_text(shipped.replace("urls: []", f"urls: ['{told[0]}']"), encoding="utf-8")
    universe = tmp_path / "universe.csv"
    universe.write_text(UNIVERSE, encoding="utf-8")

    def at(instant: str) -> Settings:
        changes = {"frozen_now": instant, "alerts_file": rules, "universe_file": universe}
        return warehouse_settings.model_copy(update=changes)

    reference.sync(at(FRIDAY_EVENING))
    with database.connect(warehouse_settings, "transformer") as connection:
        connection.execute(
            "create table ops.fct_freshness"
            " (source text, calendar text, last_fetched_at timestamptz)"
        )
        connection.execute(
            "insert into ops.fct_freshness values"
            " ('fmp', 'XNYS', '2025-03-14T21:30:00Z'), ('twelve_data', 'XNYS', null)"
        )
    return at


def found(settings: Settings) -> list[findings.Finding]:
    return findings.find(settings, grace_hours=3, schema_change_days=7)


def rows(settings: Settings) -> list[tuple[Any, ...]]:
    with database.connect(settings, "owner") as connection:
        return connection.execute(
            "select kind, asset, told_at is not null, recovered_at is not null"
            " from raw_marketflow.alerts order by opened_at, alert_key"
        ).fetchall()


def test_a_weekend_is_not_late_and_a_missed_monday_close_is(at: At) -> None:
    # Monday's session closes at 20:00 UTC, and three hours are granted.
    assert found(at("2025-03-16T12:00:00Z")) == []
    assert found(at("2025-03-17T22:59:00Z")) == []
    (stale,) = found(at("2025-03-17T23:00:00Z"))
    (later,) = found(at("2025-03-18T23:00:00Z"))

    assert (stale.kind, stale.asset) == ("stale", "fmp")
    assert stale.cause == (
        "nothing has been fetched since 2025-03-14 21:30 UTC, and "
        "1 finished session from 2025-03-17 on is missing"
    )
    assert "2 finished sessions from 2025-03-17 on are missing" in later.cause
    assert "`marketflow ingest fmp`" in stale.next_step
    assert stale.key == later.key


def test_lateness_turns_the_checks_of_freshness_and_only_when_it_changes(at: At) -> None:
    sensor = telling.build()
    cursor, found = None, []
    with dg.DagsterInstance.ephemeral() as instance:
        for instant in (FRIDAY_EVENING, "2025-03-16T12:00:00Z", *["2025-03-17T23:00:00Z"] * 2):
            source = SettingsSource(functools.partial(at, instant))
            context = dg.build_sensor_context(
                instance=instance, cursor=cursor, resources={"settings": source}
            )
            tick = sensor.evaluate_tick(context)
            cursor = tick.cursor
            found.append({one.check_name: one for one in tick.asset_events})

    friday, sunday, monday, again = found
    names = {"twelve_data", "fmp", "fred", "coingecko"}
    assert set(friday) == {f"{name}_missed_no_session" for name in names}
    assert all(one.passed and not one.metadata for one in friday.values())
    assert (sunday, again) == ({}, {})
    assert {name: one.passed for name, one in monday.items()} == {"fmp_missed_no_session": False}
    cause = str(monday["fmp_missed_no_session"].metadata["cause"].value)
    assert "1 finished session from 2025-03-17 on is missing" in cause


def test_it_is_told_once_and_once_more_when_it_is_over(
    at: At, told: tuple[str, list[dict[str, str]]]
) -> None:
    late = at("2025-03-17T23:00:00Z")
    first = look_and_tell(late)
    again = [look_and_tell(at(f"2025-03-17T23:{minute}:00Z")) for minute in range(10, 15)]
    with database.connect(late, "transformer") as connection:
        connection.execute("update ops.fct_freshness set last_fetched_at = '2025-03-17T23:20:00Z'")
    over = look_and_tell(at("2025-03-17T23:30:00Z"))

    assert [one.asset for one in first.opened] == ["fmp"]
    assert again == [News()] * 5
    assert [one.asset for one in over.recovered] == ["fmp"]
    titles = [message["title"] for message in told[1]]
    assert titles == ["MarketFlow: 1 new, 0 recovered", "MarketFlow: 0 new, 1 recovered"]
    assert "fmp (stale): nothing has been fetched since" in told[1][0]["message"]
    assert "Next: see the last runs" in told[1][0]["message"]
    assert rows(late) == [("stale", "fmp", True, True)]


def test_news_that_a_crash_kept_from_people_are_told_at_the_next_look(
    at: At, told: tuple[str, list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = at("2025-03-17T23:00:00Z")
    with monkeypatch.context() as crash, pytest.raises(KeyboardInterrupt):
        crash.setattr(telling, "tell", interrupted)
        look_and_tell(late)
    assert rows(late) == []

    look_and_tell(at("2025-03-17T23:01:00Z"))

    assert [message["title"] for message in told[1]] == ["MarketFlow: 1 new, 0 recovered"]


def interrupted(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    "url", ["slack://s3cret-token", "nonsense://user:s3cret-token@host", "s3cret-token"]
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    rules = tmp_path / "alerts.yml"
    rules.write_text(f"urls: ['json://127.0.0.1:9', '{url}']\n", encoding="utf-8")

    with pytest.raises(SettingsError, match="number 2 of urls is no URL") as refused:
        read_rules(rules)

    assert "s3cret" not in str(refused.value) + caplog.text


def test_what_comes_and_goes_is_told_once_in_a_while_and_stands_in_the_table_each_time(
    at: At, told: tuple[str, list[dict[str, str]]]
) -> None:
    def fail(settings: Settings) -> None:
        with pytest.raises(MarketFlowError), run_log.run(settings, "ingest", "fred"):
            raise MarketFlowError("FRED does not answer")

    def succeed(settings: Settings) -> None:
        with run_log.run(settings, "ingest", "fred"):
            pass

    # The cool-down is six hours.
    for outcome, instant in [
        (fail, "2025-03-15T00:00:00Z"),
        (succeed, "2025-03-15T01:00:00Z"),
        (fail, "2025-03-15T02:00:00Z"),
        (succeed, "2025-03-15T03:00:00Z"),
        (fail, "2025-03-15T06:00:01Z"),
    ]:
        outcome(at(instant))
        look_and_tell(at(instant))

    assert rows(at(FRIDAY_EVENING)) == [
        ("failure", "fred", True, True),
        ("failure", "fred", False, True),
        ("failure", "fred", True, False),
    ]
    assert [message["title"][12:] for message in told[1]] == [
        "1 new, 0 recovered",
        "0 new, 1 recovered",
        "1 new, 0 recovered",
    ]


def test_forty_things_at_once_are_one_message(
    at: At, told: tuple[str, list[dict[str, str]]]
) -> None:
    settings = at(FRIDAY_EVENING)
    with run_log.run(settings, "dbt build") as run:
        pass
    with database.connect(settings, "owner") as connection:
        connection.execute(
            "insert into raw_marketflow.check_results"
            " (run_id, check_name, model, severity, status, message, checked_at)"
            " select %s, 'check ' || number, 'fct_daily_bars', 'error', 'fail', 'wrong', now()"
            " from generate_series(1, 40) as number",
            [run.run_id],
        )

    look_and_tell(settings)

    assert [message["title"] for message in told[1]] == ["MarketFlow: 40 new, 0 recovered"]
    assert len(rows(settings)) == 40


def test_a_quota_and_a_changed_answer_are_found(at: At) -> None:
    settings = at(FRIDAY_EVENING)
    with run_log.run(settings, "ingest", "fmp") as run:
        run.details["exit_code"] = 4
    with database.connect(settings, "owner") as connection:
        connection.execute(
            "insert into raw_marketflow.schema_changes (source, resource, field, kind,"
            " first_seen_at) values"
            " ('fmp', 'quotes', 'mood', 'unknown_key', '2025-03-14T12:00:00Z'),"
            " ('fmp', 'splits', 'old', 'unknown_key', '2025-03-01T12:00:00Z')"
        )

    assert [(one.kind, one.asset) for one in found(settings)] == [
        ("quota", "fmp"),
        ("schema_change", "fmp.quotes"),
    ]


def test_a_place_that_is_out_of_reach_is_logged_without_its_url(
    at: At, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rules = tmp_path / "unreachable.yml"
    rules.write_text("urls: ['json://someone:hidden-word@127.0.0.1:1']\nkinds: [stale]\n")
    settings = at("2025-03-17T23:00:00Z").model_copy(update={"alerts_file": rules})

    look_and_tell(settings)

    assert "did not reach each of the 1 places" in caplog.text
    assert "hidden-word" not in caplog.text
    assert rows(settings) == [("stale", "fmp", True, False)]


def test_an_unknown_rule_is_named(tmp_path: Path) -> None:
    rules = tmp_path / "alerts.yml"
    rules.write_text("url: x\n")

    with pytest.raises(SettingsError, match="url is unknown: there are urls, kinds"):
        read_rules(rules)
