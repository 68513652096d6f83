"""A whole run as it is logged: what it left out stands in the database, each with its reason."""

from pathlib import Path

from ingestion import job
from tests.ingestion.markets import answer_well, settings_of
from tests.ingestion.scripted import Reply, Seen, scripted
from warehouse import database
from warehouse.settings import Settings


def answer(seen: Seen) -> Reply:
    if "historical-price-eod" in seen.path and seen.params["symbol"] == "SPY":
        return Reply("Premium Query Parameter: 'Special Endpoint : symbol'", status=402)
    if seen.path.endswith("sp500-constituent"):
        return Reply("Restricted Endpoint: not under your subscription", status=402)
    if "treasury" in seen.path:
        return Reply({"Error Message": "Limit Reach . Bandwidth Limit Reach"}, status=429)
    return answer_well(seen)


def test_every_skip_stands_in_the_database_with_its_reason(
    tmp_path: Path, warehouse_settings: Settings
) -> None:
    with scripted(answer) as running:
        settings = settings_of(tmp_path, running.base, database_url=warehouse_settings.database_url)
        summary = job.ingest(settings, ["fmp"])

    with database.connect(settings, "loader") as connection:
        rows = connection.execute(
            "select source, resource, symbol, reason from raw_marketflow.skips"
        ).fetchall()
        runs = connection.execute(
            "select status, (details ->> 'exit_code')::int from raw_marketflow.pipeline_runs"
        ).fetchall()
    reasons: dict[tuple[str, str, str | None], str] = {}
    for source, resource, symbol, reason in rows:
        reasons[source, resource, symbol] = f"{reasons.get((source, resource, symbol), '')}{reason}"
    assert summary.exit_code == 4
    assert runs == [("partial", 4)]
    assert len(rows) == len(summary.skips) + len(summary.failures)
    assert "needs another plan" in reasons["fmp", "eod_prices", "SPY"]
    # The quota ended at the curve: what comes after it was not asked for any more.
    assert "Bandwidth Limit" in reasons["fmp", "treasury_rates", None]
    assert "stopped at the quota" in reasons["fmp", "intraday_prices", "^GSPC"]
