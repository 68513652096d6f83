"""What a step does about a provider that gives nothing: again after a fault, never for a key."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import dagster as dg
import pytest

from orchestration import ingestion_assets
from orchestration.resources import SettingsSource
from tests.conftest import DatabaseFactory
from tests.orchestration.market import UNIVERSE
from warehouse import run_log
from warehouse.settings import Settings, load_settings


@pytest.fixture
def refusing() -> Iterator[str]:
    """A server that takes no key."""

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"Error Message": "Invalid API KEY. Please retry or visit our documentation."}'
            self.send_response(401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Refusing)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def ingested(settings: Settings) -> list[str | None]:
    """Run FMP's step and return how each attempt ended, as the log of runs has it."""
    (step,) = [
        one for one in ingestion_assets.build({}, settings) if one.node_def.name == "ingest_fmp"
    ]
    with dg.DagsterInstance.ephemeral() as instance:
        dg.materialize(
            [step],
            resources={"settings": SettingsSource(lambda: settings)},
            instance=instance,
            selection=[dg.AssetKey(["fmp", "eod_prices"])],
        )
    return [run.status for run in run_log.recent(settings)]


def settings_of(directory: Path, database_url: str, base_url: str) -> Settings:
    universe = directory / "universe.csv"
    universe.write_text(UNIVERSE, encoding="utf-8")
    # The step is what is tried again here, not each request.
    plans = directory / "plans.toml"
    plans.write_text("[http]\nattempts = 1\n", encoding="utf-8")
    return load_settings(
        None,
        plans_file=plans,
        home_dir=directory / "home",
        profiles_location=directory / "profiles",
        universe_file=universe,
        database_url=database_url,
        fmp_base_url=base_url,
        fmp_plan="unlimited",
        retry_seconds=0,
    )


def test_a_provider_out_of_reach_is_asked_four_times(
    tmp_path: Path, new_database: DatabaseFactory
) -> None:
    settings = settings_of(tmp_path, new_database("retries"), "http://127.0.0.1:1")

    assert ingested(settings) == ["failed"] * 4


def test_a_wrong_key_is_not_tried_again(
    tmp_path: Path, new_database: DatabaseFactory, refusing: str
) -> None:
    settings = settings_of(tmp_path, new_database("wrong_key"), refusing)

    assert ingested(settings) == ["failed"]
