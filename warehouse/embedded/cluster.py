"""The cluster on disk: where it lies, how it is made, configured and set aside."""

import hashlib
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.embedded import account, binaries, identity, processes, tuning
from warehouse.embedded.account import Account
from warehouse.embedded.binaries import Binaries
from warehouse.errors import DatabaseError

_CONFIGURATION = "marketflow.conf"
_LOG_BYTES = 10_000_000


@dataclass(frozen=True)
class Cluster:
    """One cluster: its directory, and the account and programs that run it.

    Attributes:
        directory: what holds the data directory and the log.
        account: under which PostgreSQL runs.
    """

    directory: Path
    account: Account

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.directory / "data"

    @property
    def log(self) -> Path:
        """What the server says; a taken port shows nowhere else."""
        return self.directory / "postgresql.log"

    @property
    def pid_file(self) -> Path:
        """The file by which a postmaster claims the data directory."""
        return self.data / "postmaster.pid"

    @property
    def exists(self) -> bool:
        """Whether the cluster was made, to the end."""
        return (self.data / "PG_VERSION").is_file()


def locate(home: Path) -> Cluster:
    """Return the cluster of a home, made or not: in the home, or where root's system user can be.

    Root runs a cluster that an ordinary user made in the home under that user.
    """
    in_home = identity.directory(home)
    if not account.is_root():
        return Cluster(in_home, Account())
    try:
        made_by = (in_home / "data" / "PG_VERSION").stat()
    except OSError:
        name = hashlib.sha256(str(home).encode()).hexdigest()[:16]
        return Cluster(account.SYSTEM_DIRECTORY / name, account.current())
    return Cluster(in_home, Account(made_by.st_uid, made_by.st_gid))


def programs(cluster: Cluster) -> Binaries:
    """Return the programs that run this cluster."""
    return binaries.reachable_by(cluster.account)


def make(cluster: Cluster, password: str) -> None:
    """Make the cluster with initdb; a killed attempt leaves nothing that counts.

    Raises:
        DatabaseError: initdb failed; the message holds its last line.
    """
    _make_directory(cluster)
    unfinished = cluster.directory / "data.new"
    password_file = cluster.directory / "password.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    password_file.unlink(missing_ok=True)
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(password + "\n")
        cluster.account.take(password_file)
        command = [programs(cluster).program("initdb"), "-D", unfinished.name]
        command += ["-U", identity.ADMINISTRATOR, "-A", "scram-sha-256"]
        command += [f"--pwfile={password_file.name}", "-E", "UTF8"]
        # PostgreSQL's own C.UTF-8 sorts the same on every machine and after every upgrade.
        command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        begin = log_size(cluster)
        code = cluster.account.run(command, directory=cluster.directory, output=cluster.log)
    finally:
        password_file.unlink(missing_ok=True)
    if code != 0:
        raise DatabaseError(
            f"the embedded PostgreSQL could not be made in {cluster.directory}: "
            f"{last_complaint(cluster, begin)} (all of it in {cluster.log})"
        )
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write(f"\ninclude = '{_CONFIGURATION}'\n")
    unfinished.rename(cluster.data)


def configure(cluster: Cluster, port: int) -> None:
    """Write the settings of the next start: address, port, and what this machine can bear."""
    values = {
        "listen_addresses": identity.HOST,
        "port": str(port),
        "unix_socket_directories": "",
        "password_encryption": "scram-sha-256",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
        **tuning.settings(tuning.machine_memory(), tuning.machine_processors()),
        **tuning.shared_memory_settings(),
    }
    text = "# Written at every start; settings of your own belong in postgresql.conf, below.\n"
    text += "".join(f"{name} = '{value}'\n" for name, value in values.items())
    path = cluster.data / _CONFIGURATION
    path.write_text(text, encoding="utf-8")
    cluster.account.take(path)


def set_aside(cluster: Cluster) -> Path:
    """Move the data of a cluster whose home is gone out of the way and return where it is now."""
    processes.end(cluster.data)
    aside = cluster.directory / f"data-without-home-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
    cluster.data.rename(aside)
    return aside


def log_size(cluster: Cluster) -> int:
    """Return the size of the log, beginning a new one when it has grown large."""
    try:
        size = cluster.log.stat().st_size
    except OSError:
        return 0
    if size < _LOG_BYTES:
        return size
    cluster.log.replace(cluster.log.with_suffix(".log.1"))
    return 0


def complaints(cluster: Cluster, begin: int) -> str:
    """Return what the log says from byte `begin` on."""
    try:
        with cluster.log.open("rb") as file:
            file.seek(begin)
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def last_complaint(cluster: Cluster, begin: int) -> str:
    """Return the line of the log, from byte `begin` on, that tells best what went wrong."""
    lines = [line.strip() for line in complaints(cluster, begin).splitlines() if line.strip()]
    for word in ("unrecognized", "invalid value", "PANIC:", "FATAL:", "ERROR:", "error:"):
        for line in reversed(lines):
            if word in line:
                return line.split(":  ", 1)[-1]
    return lines[-1] if lines else "it said nothing"


def _make_directory(cluster: Cluster) -> None:
    if cluster.account.is_switched and cluster.directory.parent == account.SYSTEM_DIRECTORY:
        account.SYSTEM_DIRECTORY.mkdir(mode=0o755, parents=True, exist_ok=True)
        cluster.directory.mkdir(mode=0o700, exist_ok=True)
        cluster.account.take(cluster.directory)
    else:
        cluster.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
