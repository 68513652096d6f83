"""profiles.yml, written from the settings, so that plain dbt reaches the same database."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from warehouse import address, roles
from warehouse.address import Address
from warehouse.errors import DatabaseError
from warehouse.roles import Role
from warehouse.settings import Settings

_FILE = "profiles.yml"
_MARKER = "# Written by `marketflow db setup`, and again unless it is edited: "
# What dbt-postgres takes of a URL's query.
_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


@dataclass(frozen=True)
class Profiles:
    """What became of profiles.yml.

    Attributes:
        outcome: `kept` means that a person edited it and that it was left alone.
    """

    path: Path
    outcome: Literal["written", "unchanged", "kept"]


def write(settings: Settings, directory: Path | None = None) -> Profiles:
    """Write profiles.yml, readable by its owner alone, unless a person edited the one there.

    Args:
        settings: whose database it names.
        directory: where; by default where dbt looks for it.

    Raises:
        DatabaseError: it cannot be written, or the embedded server was never started.
    """
    path = (directory or settings.profiles_directory) / _FILE
    wanted = content(address.of_administrator(settings))
    try:
        found = path.read_text(encoding="utf-8") if path.exists() else None
        if found == wanted:
            path.chmod(0o600)
            return Profiles(path, "unchanged")
        if found is not None and not _is_ours(found):
            return Profiles(path, "kept")
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, wanted)
    except OSError as error:
        raise DatabaseError(
            f"{path} cannot be written ({error.strerror}): make its directory writable, or set "
            "DBT_PROFILES_DIR to one that is"
        ) from None
    return Profiles(path, "written")


def content(administrator: Address) -> str:
    """Return the text of profiles.yml for a database, its first line a seal on the rest."""
    profile = {
        "marketflow": {
            "target": "local",
            "outputs": {
                "local": _output(administrator, "transformer", schema="intermediate"),
                "dev": _output(administrator, "owner", schema="dev"),
                "prod": _output(administrator, "transformer", schema="intermediate"),
            },
        }
    }
    body = yaml.safe_dump(profile, sort_keys=False)
    return f"{_MARKER}{_seal(body)}\n{body}"


def _output(administrator: Address, role: Role, *, schema: str) -> dict[str, Any]:
    login = roles.address(role, administrator)
    return {
        "type": "postgres",
        "host": login.host,
        "port": login.port,
        "user": login.user,
        "password": login.password,
        "dbname": login.database,
        "schema": schema,
        "threads": 4,
        "keepalives_idle": 30,
        "connect_timeout": 10,
        "retries": 3,
        **{name: login.options[name] for name in _OPTIONS if name in login.options},
    }


def _is_ours(text: str) -> bool:
    first, _, body = text.partition("\n")
    return first == f"{_MARKER}{_seal(body)}"


def _seal(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    unfinished.replace(path)
