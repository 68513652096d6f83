"""Under which account PostgreSQL runs: this one, or a system user when this one is root."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import DatabaseError

SYSTEM_USER = "marketflow-pg"
SYSTEM_DIRECTORY = Path("/var/lib/marketflow")


@dataclass(frozen=True)
class Account:
    """The user and group ids that PostgreSQL runs under; None leaves them as they are."""

    user: int | None = None
    group: int | None = None

    @property
    def is_switched(self) -> bool:
        """Whether it differs from the account of this process."""
        return self.user is not None

    def take(self, path: Path) -> None:
        """Give a file or directory to this account."""
        if self.user is not None and self.group is not None and sys.platform != "win32":
            os.chown(path, self.user, self.group)

    def run(
        self, command: list[str], *, directory: Path, output: Path, timeout: float = 600
    ) -> int:
        """Run a command under this account in a session of its own and return its exit code.

        Its output is appended to a file: through a pipe, a server that it leaves behind would
        keep the caller waiting for ever. The environment is nearly empty, so that neither PG*
        variables nor secrets reach the server.
        """
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        if sys.platform == "win32":
            environment = {
                key: value for key, value in os.environ.items() if not key.startswith("PG")
            }
        with output.open("ab") as file:
            self.take(output)
            return subprocess.run(
                command,
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=self.group,
                extra_groups=[] if self.is_switched else None,
                timeout=timeout,
                check=False,
            ).returncode


def is_root() -> bool:
    """Whether this process may do everything, and PostgreSQL therefore refuses its account."""
    return sys.platform != "win32" and os.geteuid() == 0


def current() -> Account:
    """Return the account to run PostgreSQL under: this one or, as root, the system user."""
    return (_find(SYSTEM_USER) if is_root() else None) or Account()


def ensure() -> None:
    """Make the system user when this is root and it is missing.

    Raises:
        DatabaseError: it cannot be made.
    """
    if not is_root():
        return
    for _ in range(5):
        if _find(SYSTEM_USER) is not None:
            return
        # Another process may hold the lock of the password file, or win the race: look again.
        _create(SYSTEM_USER)
        time.sleep(0.1)
    if _find(SYSTEM_USER) is None:
        raise DatabaseError(
            "PostgreSQL does not run as root, and the system user "
            f"{SYSTEM_USER} could not be made: make it, or run as an ordinary user"
        )


if sys.platform == "win32":

    def _find(name: str) -> Account | None:
        raise AssertionError(name)

else:
    import pwd

    def _find(name: str) -> Account | None:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            return None
        return Account(entry.pw_uid, entry.pw_gid)


def _create(name: str) -> None:
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home"]
        command += ["--home-dir", str(SYSTEM_DIRECTORY), "--shell", "/bin/false", name]
    elif shutil.which("adduser"):  # busybox
        command = ["adduser", "-S", "-D", "-H", "-h", str(SYSTEM_DIRECTORY), name]
    else:
        return
    subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
