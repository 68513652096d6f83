"""dbt from the command line: the models built, their quality looked at, the findings told."""

from collections.abc import Sequence

from marketflow import anomalies, dbt, progress
from marketflow.screen import complain, note, say
from warehouse.settings import Settings

_WORDS = {
    "pass": "passed",
    "warn": "warned",
    "fail": "failed",
    "error": "in error",
    "skipped": "skipped",
}
# It fails where there is a critical anomaly; each is told by itself.
_ANOMALIES_TEST = "every_critical_anomaly_is_accepted"


def build_models(settings: Settings) -> str:
    """Run `dbt build` and return what it did, as one line.

    Unit tests prove the code, not the data: plain `dbt build` runs them, and a day's work need not.

    Raises:
        DbtError: a model could not be built, or a test failed.
    """
    outcome = _run(settings, ["build", "--exclude-resource-type", "unit_test"])
    if outcome.code != 0:
        anomalies.tell(settings)
    outcome.require_success("dbt build")
    return f"{outcome.models} models, seeds and functions built, {_checks(outcome)}."


def check_quality(settings: Settings, source: str | None = None) -> bool:
    """Run the data tests, look at freshness and anomalies, and tell what was found.

    Return whether nothing of it is critical.

    Args:
        settings: whose warehouse it is.
        source: only this source, and only the tests of what it feeds.

    Raises:
        DbtError: dbt itself could not run.
    """
    fed = ["--select", f"source:{source}+"] if source else []
    itself = ["--select", f"source:{source}"] if source else []
    tests = _run(settings, ["test", "--exclude-resource-type", "unit_test", *fed])
    freshness = _run(settings, ["source", "freshness", *itself])
    for name, outcome in (("tests", tests), ("freshness", freshness)):
        if not outcome.findings:
            outcome.require_success(f"dbt {name}")
        for finding in outcome.findings:
            if finding.startswith("error: ") and _ANOMALIES_TEST not in finding:
                complain(finding.removeprefix("error: "))
        say(f"{name}: {_checks(outcome)}")
    is_possible = anomalies.tell(settings, source)
    return is_possible and tests.code == 0 and freshness.code == 0


def _run(settings: Settings, arguments: Sequence[str]) -> dbt.Outcome:
    with progress.shown() as shown:
        outcome = dbt.run(settings, arguments, shown)
    for finding in outcome.findings:
        if finding.startswith("warning: "):
            note(finding)
    return outcome


def _checks(outcome: dbt.Outcome) -> str:
    counted = [
        f"{outcome.checks[status]} {word}"
        for status, word in _WORDS.items()
        if outcome.checks[status]
    ]
    return f"{sum(outcome.checks.values())} checks: {', '.join(counted) or 'none'}"
