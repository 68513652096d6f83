"""What the embedded server keeps for ever: its port and its administrator's password."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from warehouse.errors import DatabaseError, SettingsError

ADMINISTRATOR = "marketflow_admin"
DATABASE = "marketflow"
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Identity:
    """The port and the administrator's password of one embedded server."""

    port: int
    password: str


def directory(home: Path) -> Path:
    """Return the directory of the home in which the server keeps its identity and lock."""
    return home / "postgres"


def read(home: Path) -> Identity | None:
    """Return the identity kept in this home, or None when no server was ever started there.

    Raises:
        DatabaseError: the file is there and cannot be understood.
    """
    path = _path(home)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Identity(port=int(content["port"]), password=str(content["password"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise DatabaseError(
            f"{path}, which keeps the port and password of the embedded PostgreSQL, cannot be "
            "read: restore it, or move MARKETFLOW_HOME away to begin anew"
        ) from None


def write(home: Path, identity: Identity) -> None:
    """Keep the identity, readable by its owner alone; a crash leaves the old one or the new."""
    path = _path(home)
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(identity), file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def make_directory(home: Path) -> Path:
    """Make the directory that `directory` names.

    Raises:
        SettingsError: MARKETFLOW_HOME cannot be written.
    """
    path = directory(home)
    try:
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o700)
        probe = path / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"MARKETFLOW_HOME is {home}, which cannot be written ({error.strerror}): "
            "set it to a directory that you may write"
        ) from None
    return path


def _path(home: Path) -> Path:
    return directory(home) / "server.json"
