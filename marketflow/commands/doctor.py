"""`marketflow doctor`: what is set up, what is missing, and how to mend it."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Annotated, Literal

import typer
from rich.text import Text

from ingestion.errors import UniverseError
from ingestion.universe import read_universe
from marketflow import readiness, session
from marketflow.screen import out, say
from marketflow.supervisor import read_state
from orchestration import instance
from warehouse import address, database, embedded, roles
from warehouse.embedded import ports
from warehouse.errors import MarketFlowError
from warehouse.settings import NEEDS_KEY, PROVIDERS, Settings

Level = Literal["good", "note", "broken"]

_MARKS: dict[Level, tuple[str, str]] = {
    "good": ("ok", "green"),
    "note": ("note", "yellow"),
    "broken": ("BROKEN", "bold red"),
}
_TOOLS = ("dbt-core", "dbt-postgres", "dlt", "dagster", "streamlit", "fastapi", "psycopg")
_LIVE_WIDTH = 33
_LEAST_FREE_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: good; a note (works, with less than there could be); or broken.
        subject: what was looked at.
        text: how it is and, unless it is good, what to do.
    """

    level: Level
    subject: str
    text: str


def doctor(
    live: Annotated[
        bool,
        typer.Option(
            "--live",
            help="Ask each provider two things, with your keys, and compare what it answers "
            "with what is expected; nothing is loaded.",
        ),
    ] = False,
) -> None:
    """Say what is set up, what is missing, and how to mend it; exit 1 when something is broken."""
    settings = session.begin()
    broken = 0
    for finding in _live(settings) if live else examine(settings):
        mark, colour = _MARKS[finding.level]
        subject = f"{finding.subject:<{_LIVE_WIDTH if live else 18}}"
        out.print(Text.assemble((f"{mark:<7}", colour), subject, finding.text))
        broken += finding.level == "broken"
    if broken and live:
        say(f"{broken} broken: an answer that changed needs a new version of MarketFlow.")
        raise typer.Exit(1)
    if broken:
        say(f"{broken} broken: do what the line says, and run `marketflow doctor` again.")
        raise typer.Exit(1)
    say("Nothing is broken.")


def _live(settings: Settings) -> Iterator[Finding]:
    """Yield how the answers of the providers differ from what is expected."""
    # Parsing stands on pyarrow, which takes a second to load.
    from ingestion.probing import probe  # noqa: PLC0415

    session.require_writable_home(settings)
    for probed in probe(settings):
        yield Finding(probed.level, probed.subject, probed.text)


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield what is found, each check on its own, so that one failure hides no other."""
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _python,
        _home,
        _landing,
        _clock,
        _universe,
        _keys,
        _database,
        _profiles,
        _dagster,
        _ports,
    ]
    for check in checks:
        try:
            yield from check(settings)
        except MarketFlowError as error:
            yield Finding("broken", check.__name__.lstrip("_"), str(error))


def _python(settings: Settings) -> Iterator[Finding]:  # noqa: ARG001
    version = ".".join(str(part) for part in sys.version_info[:3])
    is_supported = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding(
        "good" if is_supported else "broken",
        "python",
        version if is_supported else f"{version}: install 3.11, 3.12 or 3.13 and run `make setup`",
    )
    missing = [name for name in _TOOLS if not _version(name)]
    if missing:
        yield Finding("broken", "packages", f"{', '.join(missing)} not installed: run `make setup`")
    else:
        found = ", ".join(f"{name} {_version(name)}" for name in _TOOLS)
        yield Finding("good", "packages", found)


def _home(settings: Settings) -> Iterator[Finding]:
    session.require_writable_home(settings)
    free = shutil.disk_usage(settings.home).free
    text = f"{settings.home}, {free / 1024**3:.1f} GB free"
    if free < _LEAST_FREE_BYTES:
        yield Finding("note", "home", f"{text}: make room, or move MARKETFLOW_HOME")
    else:
        yield Finding("good", "home", text)


def _landing(settings: Settings) -> Iterator[Finding]:
    from ingestion.landing import Landing  # noqa: PLC0415 - S3 takes a second to load

    origin = Landing(settings.landing_url, settings.landing_options).origin()
    held = "nothing has landed yet" if origin is None else f"{origin} data"
    yield Finding("good", "landing", f"{settings.landing_url}, {held}")


def _clock(settings: Settings) -> Iterator[Finding]:
    now = settings.now()
    if settings.frozen_now is not None:
        yield Finding("note", "clock", f"MARKETFLOW_NOW freezes it at {now:%Y-%m-%d %H:%M:%S} UTC")
    else:
        yield Finding("good", "clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")


def _universe(settings: Settings) -> Iterator[Finding]:
    try:
        instruments = read_universe(settings.universe_path)
    except UniverseError as error:
        yield Finding("broken", "universe", str(error))
        return
    yield Finding("good", "universe", f"{len(instruments)} rows in {settings.universe_path}")


def _keys(settings: Settings) -> Iterator[Finding]:
    for name in PROVIDERS:
        provider = settings.provider(name)
        variable = provider.key_variable
        if provider.api_key is not None:
            yield Finding("good", name, f"{variable} is set (***), plan {provider.plan}")
        elif provider.is_keyless:
            yield Finding("note", name, "no key: the latest values alone, without vintages")
        elif provider.has_own_base_url:
            yield Finding("good", name, f"no key, asked at {provider.base_url}")
        elif name in NEEDS_KEY:
            yield Finding("note", name, f"skipped: set {variable}, or use `marketflow demo`")
        else:
            yield Finding("good", name, f"needs no key, plan {provider.plan}")


def _database(settings: Settings) -> Iterator[Finding]:
    if settings.is_embedded:
        found = embedded.status(settings)
        if not found.is_running:
            yield Finding("broken", "database", "PostgreSQL is down: run `marketflow db start`")
            return
        yield Finding("good", "database", f"PostgreSQL {found.version}, 127.0.0.1:{found.port}")
    else:
        with database.connect_as_administrator(settings) as connection:
            version = connection.info.parameter_status("server_version")
        where = address.of_administrator(settings)
        yield Finding("good", "database", f"PostgreSQL {version}, {where}")
    for role in roles.ROLES:
        try:
            database.connect(settings, role).close()
        except MarketFlowError as error:
            yield Finding("broken", f"role {role}", str(error))
            return
    yield Finding("good", "roles", ", ".join(roles.name(role) for role in roles.ROLES))
    yield _stamp(settings)


def _stamp(settings: Settings) -> Finding:
    origin = readiness.stamp(settings)
    if origin is None:
        return Finding("note", "data", "none yet: `marketflow demo` or `marketflow full` begins")
    if origin == "sandbox":
        text = "synthetic, of the sandbox; `marketflow db reset` before live data"
        return Finding("good", "data", text)
    return Finding("good", "data", "live, of the providers")


def _profiles(settings: Settings) -> Iterator[Finding]:
    path = settings.profiles_directory / "profiles.yml"
    if not path.exists():
        yield Finding("broken", "dbt", f"there is no {path}: run `marketflow db setup`")
    elif path.stat().st_mode & 0o077 and sys.platform != "win32":
        yield Finding("note", "dbt", f"{path} holds a password: run `chmod 600 {path}`")
    else:
        yield Finding("good", "dbt", str(path))


def _dagster(settings: Settings) -> Iterator[Finding]:
    path = instance.directory(settings) / "dagster.yaml"
    if instance.is_as_shipped(settings):
        yield Finding("good", "dagster", str(path) if path.exists() else "not started here yet")
        return
    text = (
        f"{path} is not as shipped: unless you edited it, delete it, and `marketflow up` renews it"
    )
    yield Finding("note", "dagster", text)


def _ports(settings: Settings) -> Iterator[Finding]:
    supervisor, _ = read_state(settings.home / "up.json")
    if supervisor is not None:
        yield Finding("good", "ports", f"`marketflow up` runs (process {supervisor.pid})")
        return
    names = ("api_port", "dagster_port", "dashboard_port", "docs_port", "sandbox_port")
    wanted = {
        str(type(settings).model_fields[name].alias): getattr(settings, name) for name in names
    }
    taken = [
        f"{port} is taken by {ports.holder(port)} (set {variable})"
        for variable, port in wanted.items()
        if not ports.is_free(port)
    ]
    if taken:
        yield Finding("broken", "ports", "; ".join(taken))
    else:
        yield Finding("good", "ports", ", ".join(str(port) for port in wanted.values()) + " free")


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
