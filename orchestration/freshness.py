"""Whether each provider was asked since its market last closed, as checks of ops.fct_freshness.

A run evaluates them once that is built. Time alone makes a provider late too, so the sensor that
looks for what is wrong reports them as well, whenever one turns.
"""

import json
from collections.abc import Iterator, Mapping

import dagster as dg

from orchestration import findings
from orchestration.resources import SettingsSource
from orchestration.rules import read_rules
from warehouse.settings import PROVIDERS, Settings

ASSET = dg.AssetKey(["ops", "fct_freshness"])


def name_of(provider: str) -> str:
    """Return the name of a provider's check."""
    return f"{provider}_missed_no_session"


def build() -> dg.AssetChecksDefinition:
    """Return the checks, one for each provider."""

    @dg.multi_asset_check(
        name="freshness",
        specs=[
            dg.AssetCheckSpec(
                name_of(provider),
                asset=ASSET,
                description=(
                    f"No session of its calendar has closed since {provider} was last fetched, "
                    "hours of grace aside: a weekend is not late, a missed close is."
                ),
            )
            for provider in PROVIDERS
        ],
    )
    def freshness(settings: dg.ResourceParam[SettingsSource]) -> Iterator[dg.AssetCheckResult]:
        late = late_providers(settings.load())
        for provider in PROVIDERS:
            yield dg.AssetCheckResult(
                passed=provider not in late,
                asset_key=ASSET,
                check_name=name_of(provider),
                metadata=_cause(late, provider),
            )

    return freshness


def late_providers(settings: Settings) -> dict[str, str]:
    """Return the providers that missed a session, each with the cause.

    Raises:
        SettingsError: alerts.yml, which says how long they may take, is malformed.
        DatabaseError: the warehouse cannot be reached.
    """
    grace_hours = read_rules(settings.alerts_path).grace_hours
    return {one.asset: one.cause for one in findings.stale(settings, grace_hours=grace_hours)}


def turned(
    late: Mapping[str, str], cursor: str | None
) -> tuple[list[dg.AssetCheckEvaluation], str]:
    """Return the checks that have turned since the last look, and the cursor of the next. Pure.

    Args:
        late: the providers that are late now, each with the cause.
        cursor: of the last look.
    """
    before = json.loads(cursor) if cursor else None
    changed = [
        provider
        for provider in PROVIDERS
        if before is None or (provider in late) != (provider in before)
    ]
    evaluations = [
        dg.AssetCheckEvaluation(
            asset_key=ASSET,
            check_name=name_of(provider),
            passed=provider not in late,
            metadata=_cause(late, provider),
        )
        for provider in changed
    ]
    return evaluations, json.dumps(sorted(late))


def _cause(late: Mapping[str, str], provider: str) -> dict[str, dg.MetadataValue]:
    return {"cause": dg.MetadataValue.text(late[provider])} if provider in late else {}
