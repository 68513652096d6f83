"""The specification holds: schemathesis asks what it allows, and much that it does not."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from api.queries.endpoints import ENDPOINTS, SCOPES
from tests.api.conftest import changed, client, serving, token
from warehouse.settings import Settings

# What is refused although the schema allows it: parameters that contradict each other.
CONFIGURATION = """\
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 422, 429, 503]
"""
# Every value of every parameter is some hundred requests an operation. One of each kind will do in
# the short form: handlers and parameters are made by the same code for all.
THOROUGHLY = "token|instruments|daily_bars_as_of|intraday_bars|pipeline_runs|macro_features"
SHORTENED = f"""
[[operations]]
exclude-path-regex = "^/v1/({THOROUGHLY})"
phases.coverage.enabled = false
"""
PROGRAM = (
    "import sys; from schemathesis.cli import schemathesis; sys.argv[0] = 'st'; schemathesis()"
)


def requests_counted(api: httpx.Client) -> dict[str, int]:
    """How many answers the server has given, by status."""
    counts: dict[str, int] = {}
    for line in api.get("/metrics").text.splitlines():
        if line.startswith("marketflow_api_requests_total{"):
            status = line.partition('status="')[2].partition('"')[0]
            counts[status] = counts.get(status, 0) + int(float(line.rpartition(" ")[2]))
    return counts


@pytest.mark.parametrize(
    ("configured", "counts"),
    [
        pytest.param(CONFIGURATION + SHORTENED, (8, 1000), id="short"),
        pytest.param(
            CONFIGURATION, (250, 10_000), id="whole",
            marks=[pytest.mark.soak, pytest.mark.timeout(3600)],
        ),
    ],
)  # fmt: skip
def test_schemathesis_finds_nothing(
    market: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    configured: str,
    counts: tuple[int, int],
) -> None:
    most_examples, least_requests = counts
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(configured, encoding="utf-8")
    # Else nearly all that it asks of the tokens would be too often.
    monkeypatch.setattr("api.routes.tokens.ATTEMPTS_A_MINUTE", 10**9)
    # Pages of five rows have a next one, to which the stateful phase can go.
    with serving(changed(market, api_max_rows=5)) as address, client(address) as api:
        # It is made at the first request, for which schemathesis would wait ten seconds.
        api.get("/openapi.json")
        before = requests_counted(api)
        done = subprocess.run(
            [
                sys.executable, "-c", PROGRAM,
                "--config-file", str(configuration),
                "run", f"{address}/openapi.json",
                "--header", f"Authorization: Bearer {token()}",
                "--checks", "all",
                "--phases", "examples,coverage,fuzzing,stateful",
                "--max-examples", str(most_examples),
                "--generation-allow-x00", "true",
                "--generation-deterministic",
                "--suppress-health-check", "all",
                "--continue-on-failure",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=3000,
            check=False,
        )  # fmt: skip
        after = requests_counted(api)

    asked = {status: count - before.get(status, 0) for status, count in after.items()}
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "Stateful" in done.stdout
    assert sum(asked.values()) >= least_requests
    assert [status for status, count in asked.items() if status.startswith("5") and count] == []


@pytest.fixture(scope="module")
def specification(api: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/openapi.json").json()
    return found


def test_every_operation_is_described_with_examples_and_errors(
    specification: dict[str, Any],
) -> None:
    operations = [
        (path, method, operation)
        for path, item in specification["paths"].items()
        for method, operation in item.items()
    ]

    assert len(operations) >= len(ENDPOINTS) + 5
    for path, _, operation in operations:
        assert operation["operationId"], path
        assert operation["summary"], path
        assert operation["tags"], path
        for parameter in operation.get("parameters", []):
            assert len(parameter["description"]) > 10, (path, parameter["name"])
        for status, response in operation["responses"].items():
            if status[0] in "45":
                example = response["content"]["application/problem+json"]["example"]
                assert example["status"] == int(status)
        if path.startswith("/v1/") and path != "/v1/token":
            good = operation["responses"]["200"]
            assert good["content"]["application/json"]["example"], path
            assert {"401", "403", "404", "406", "422", "429", "503"} <= set(operation["responses"])
            assert operation["security"], path


def test_every_column_is_described_by_the_words_of_its_mart(specification: dict[str, Any]) -> None:
    schemas = specification["components"]["schemas"]
    rows = {schema["title"]: schema for schema in schemas.values() if "title" in schema}

    for endpoint in ENDPOINTS:
        shown = rows[endpoint.word]["properties"]
        assert list(shown) == list(endpoint.columns)
        for name, column in endpoint.columns.items():
            assert shown[name]["description"] == column.description


def test_the_documentation_needs_nothing_from_elsewhere(api: httpx.Client) -> None:
    for path in ("/docs", "/redoc"):
        page = api.get(path)
        sources = [part.partition('"')[0] for part in page.text.split('src="')[1:]]
        sources += [part.partition('"')[0] for part in page.text.split('href="')[1:]]

        assert sources
        assert "http" not in "".join(sources)
        assert "cdn" not in page.text
        for source in sources:
            asset = api.get(source)
            assert asset.status_code == 200
            assert len(asset.content) > 1000
        assert "'unsafe-eval'" not in page.headers["content-security-policy"]


def test_every_scope_opens_something() -> None:
    assert {endpoint.scope for endpoint in ENDPOINTS} == set(SCOPES)


def test_every_example_is_as_its_schema_says(specification: dict[str, Any]) -> None:
    examined = 0
    for item in specification["paths"].values():
        for operation in item.values():
            for response in operation["responses"].values():
                for content in response.get("content", {}).values():
                    if "example" in content and "$ref" in content["schema"]:
                        schema = {**content["schema"], "components": specification["components"]}
                        jsonschema.validate(content["example"], schema)
                        examined += 1

    assert examined > 7 * len(ENDPOINTS)
