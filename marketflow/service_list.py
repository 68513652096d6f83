"""The services of `marketflow up`: how each is started, and how it shows that it is ready."""

import functools
import socket
import sys
from collections.abc import Callable

from ingestion.sandbox import READY_PATH
from marketflow import synthetic
from marketflow.supervisor import Service
from orchestration import instance
from warehouse.settings import Settings

_PYTHON = sys.executable


def build(settings: Settings, *, is_sandbox: bool) -> list[Service]:
    """Return what `marketflow up` runs, in the order in which it starts.

    Args:
        settings: ports and home.
        is_sandbox: whether the sandbox runs too, and everything asks it.
    """
    environment = {
        "PATH": instance.path_with_dbt(),
        "PYTHONUNBUFFERED": "1",
        "MARKETFLOW_HOME": str(settings.home),
        **(synthetic.environment_for(settings.sandbox_port) if is_sandbox else {}),
    }
    code_port = _free_port()
    home = instance.prepare(settings, code_port)
    dagster = {**environment, "DAGSTER_HOME": str(home)}
    workspace = ["-w", str(home / "workspace.yaml")]
    dagster_url = f"http://127.0.0.1:{settings.dagster_port}"
    dashboard_url = f"http://127.0.0.1:{settings.dashboard_port}"
    docs_url = f"http://127.0.0.1:{settings.docs_port}"
    api_url = f"http://127.0.0.1:{settings.api_port}"
    sandbox_url = f"http://127.0.0.1:{settings.sandbox_port}"
    sandbox = Service(
        "sandbox",
        synthetic.command(settings.sandbox_port),
        _answers(f"{sandbox_url}/{READY_PATH}"),
        environment=environment,
        is_waited_for=True,
    )
    dashboard_command = [_PYTHON, "-m", "streamlit", "run", "dashboards/app.py"]
    return [
        *([sandbox] if is_sandbox else []),
        Service(
            "dashboard",
            [
                *dashboard_command,
                *["--server.port", str(settings.dashboard_port)],
                *["--server.address", settings.dashboard_host],
            ],
            _answers(f"{dashboard_url}/_stcore/health"),
            dashboard_url,
            environment,
        ),
        Service(
            "api",
            [_PYTHON, "-m", "marketflow", "api"],
            _answers(f"{api_url}/health"),
            f"{api_url}/docs",
            environment,
        ),
        Service(
            "code",
            [_PYTHON, "-m", "dagster", "code-server", "start", *instance.location(code_port)],
            functools.partial(_listens, code_port),
            environment=dagster,
            is_waited_for=True,
        ),
        Service(
            "dagster",
            [
                _PYTHON,
                "-m",
                "dagster_webserver",
                *["-h", "127.0.0.1", "-p", str(settings.dagster_port), *workspace],
            ],
            _answers(f"{dagster_url}/server_info"),
            dagster_url,
            dagster,
        ),
        Service(
            "daemon",
            [_PYTHON, "-m", "orchestration.daemon", *workspace],
            lambda: True,
            environment=dagster,
        ),
        Service(
            "docs",
            [
                _PYTHON,
                "-m",
                "marketflow.docs_site",
                str(settings.docs_port),
                str(settings.home / "docs"),
            ],
            _answers(docs_url),
            docs_url,
            environment,
        ),
    ]


def _answers(url: str) -> Callable[[], bool]:
    return functools.partial(synthetic.answers, url)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
