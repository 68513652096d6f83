"""Starting, stopping and asking after the embedded server."""

import contextlib
import logging
import os
import secrets
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from warehouse.embedded import account, identity, ports, processes
from warehouse.embedded import cluster as clusters
from warehouse.embedded.cluster import Cluster
from warehouse.embedded.identity import Identity
from warehouse.errors import DatabaseError
from warehouse.file_lock import locked
from warehouse.settings import Settings

_log = logging.getLogger(__name__)

_START_SECONDS = 300  # crash recovery of a large cluster takes its time
_LAUNCH_SECONDS = 10  # until a server claims its data directory
_POLL_SECONDS = 0.05
_PORT_SETTING = "MARKETFLOW_POSTGRES_PORT"


@dataclass(frozen=True)
class Status:
    """How the embedded server is.

    Attributes:
        is_running: whether a login works and reaches this home's data.
        port: the port that it keeps; before the first start, the one that it would like.
        data_directory: where its data is or would be.
        version: of the running server, such as `18.4`; None when it is not running.
    """

    is_running: bool
    port: int
    data_directory: Path
    version: str | None


def status(settings: Settings) -> Status:
    """Return how the embedded server of these settings is. Starts and changes nothing."""
    cluster = clusters.locate(settings.home)
    kept = identity.read(settings.home)
    if kept is None:
        return Status(False, settings.embedded_port, cluster.data, None)
    version = _version_if_ours(cluster, kept)
    return Status(version is not None, kept.port, cluster.data, version)


def start(settings: Settings) -> None:
    """Start the embedded server and wait until a login works; nothing happens if one does.

    The first start makes the cluster, its password and its port: the one of the settings or,
    when that is the default and taken, the next free one.

    Raises:
        DatabaseError: it cannot be started; the message says why and what to do.
        SettingsError: MARKETFLOW_HOME cannot be written.
    """
    directory = identity.make_directory(settings.home)
    account.ensure()
    cluster = clusters.locate(settings.home)
    kept = identity.read(settings.home)
    if kept is not None and _version_if_ours(cluster, kept) is not None:
        return
    with locked(directory / "lock"), _said_in_one_sentence(cluster):
        kept = _ensure_cluster(settings, cluster)
        if _version_if_ours(cluster, kept) is None:
            _start(settings, cluster, kept)


def stop(settings: Settings) -> None:
    """Stop the embedded server and wait until it is gone; nothing happens if it is not there.

    Clients are disconnected and what they had not committed is rolled back.

    Raises:
        DatabaseError: it does not end.
    """
    directory = identity.directory(settings.home)
    if identity.read(settings.home) is None:
        return
    cluster = clusters.locate(settings.home)
    with locked(directory / "lock"), _said_in_one_sentence(cluster):
        _stop(cluster)


@contextlib.contextmanager
def _said_in_one_sentence(cluster: Cluster) -> Iterator[None]:
    """Turn what the file system or a program that hangs can do into the one clear line."""
    try:
        yield
    except OSError as error:
        raise DatabaseError(
            "the embedded PostgreSQL cannot use "
            f"{error.filename or cluster.directory}: {error.strerror}; make room or mend its rights"
        ) from None
    except subprocess.TimeoutExpired as error:
        raise DatabaseError(
            f"{Path(error.cmd[0]).name} of the embedded PostgreSQL did not end in "
            f"{error.timeout:.0f} seconds; what it said is in {cluster.log}"
        ) from None


def _ensure_cluster(settings: Settings, cluster: Cluster) -> Identity:
    """Make what is missing of identity and cluster, and return the identity."""
    kept = identity.read(settings.home)
    if kept is None:
        if cluster.exists:
            aside = clusters.set_aside(cluster)
            _log.warning(
                "MARKETFLOW_HOME no longer holds the password of the cluster that was here: "
                "beginning anew, the old data lies in %s",
                aside,
            )
        kept = Identity(_first_port(settings), secrets.token_urlsafe(24))
        identity.write(settings.home, kept)
    if not cluster.exists:
        clusters.make(cluster, kept.password)
    return kept


def _first_port(settings: Settings) -> int:
    wanted = settings.embedded_port
    if ports.is_free(wanted):
        return wanted
    if _names_port(settings):
        raise _port_is_taken(wanted)
    found = ports.next_free(wanted)
    if found is None:
        raise _port_is_taken(wanted)
    return found


def _start(settings: Settings, cluster: Cluster, kept: Identity) -> None:
    _clear_the_way(cluster, kept)
    if _version_if_ours(cluster, kept) is not None:
        return
    if _names_port(settings) and settings.embedded_port != kept.port:
        kept = Identity(settings.embedded_port, kept.password)
        identity.write(settings.home, kept)
    if not ports.is_free(kept.port):
        raise _port_is_taken(kept.port)
    begin = clusters.log_size(cluster)
    _launch(cluster, kept)
    if _wait_for_login(cluster, kept, log_from=begin):
        return
    if "pre-existing shared memory block" in clusters.complaints(cluster, begin):
        processes.end(cluster.data)
        begin = clusters.log_size(cluster)
        _launch(cluster, kept)
        if _wait_for_login(cluster, kept, log_from=begin):
            return
    if not ports.is_free(kept.port) and not processes.of_cluster(cluster.data):
        raise _port_is_taken(kept.port)
    raise DatabaseError(
        f"the embedded PostgreSQL did not start on port {kept.port}: "
        f"{clusters.last_complaint(cluster, begin)} (all of it in {cluster.log})"
    )


def _clear_the_way(cluster: Cluster, kept: Identity) -> None:
    """Wait for a server that is on its way up or down; end orphans; drop a stale pid file."""
    if processes.postmaster(cluster.data) is not None:
        if _wait_for_login(cluster, kept):
            return
        # It ended meanwhile, or it lives and does not answer, which fast shutdown settles.
        _stop(cluster)
    if processes.of_cluster(cluster.data) and not processes.end(cluster.data):
        raise DatabaseError(
            "processes of an earlier PostgreSQL will not end: "
            f"{processes.of_cluster(cluster.data)}; end them and try again"
        )
    # Nobody runs on this data directory, whatever its pid file says: it may be empty after a
    # full disk, or name a process that has had the number since.
    if os.name == "posix":
        cluster.pid_file.unlink(missing_ok=True)


def _launch(cluster: Cluster, kept: Identity) -> None:
    clusters.configure(cluster, kept.port)
    # Relative names, because pg_ctl hands them to a shell.
    command = [clusters.programs(cluster).program("pg_ctl"), "start", "-W", "-s"]
    command += ["-D", cluster.data.name, "-l", cluster.log.name]
    cluster.account.run(command, directory=cluster.directory, output=cluster.log)


def _stop(cluster: Cluster) -> None:
    if cluster.exists and cluster.pid_file.exists():
        command = [clusters.programs(cluster).program("pg_ctl"), "stop", "-s", "-m", "fast"]
        command += ["-D", cluster.data.name, "-t", "60"]
        output = cluster.directory / "pg_ctl.log"
        cluster.account.run(command, directory=cluster.directory, output=output)
        output.unlink(missing_ok=True)
    if not processes.end(cluster.data):
        raise DatabaseError(
            "the embedded PostgreSQL does not end: its processes are "
            f"{processes.of_cluster(cluster.data)}"
        )


def _wait_for_login(cluster: Cluster, kept: Identity, *, log_from: int | None = None) -> bool:
    """Wait until a login works; False when the server ends, or time is up.

    `log_from` is where the log begins to speak of a server that was launched just now.
    """
    begin = time.monotonic()
    while time.monotonic() < begin + _START_SECONDS:
        if _version_if_ours(cluster, kept) is not None:
            return True
        claimed = processes.claimed_by(cluster.data)
        is_launching = (
            log_from is not None
            and time.monotonic() < begin + _LAUNCH_SECONDS
            and "FATAL:" not in clusters.complaints(cluster, log_from)
        )
        if claimed is None and not is_launching:
            return False
        if claimed is not None and not _is_alive(claimed):
            return False
        time.sleep(_POLL_SECONDS)
    return False


def _is_alive(process: int) -> bool:
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _version_if_ours(cluster: Cluster, kept: Identity) -> str | None:
    """Log in and return the server's version, or None unless it runs on this cluster's data.

    Only a login proves a server: pg_ctl errs after a kill, and a port may be somebody else's.

    Raises:
        DatabaseError: the server is this cluster's, but the kept password does not open it.
    """
    if processes.can_see() and processes.postmaster(cluster.data) is None:
        return None  # whoever has the port, perhaps a listener that never answers
    try:
        with psycopg.connect(
            host=identity.HOST,
            port=kept.port,
            user=identity.ADMINISTRATOR,
            password=kept.password,
            dbname="postgres",
            connect_timeout=10,
            sslmode="disable",
            gssencmode="disable",
            options="",
        ) as connection:
            row = connection.execute(
                "select current_setting('data_directory'), current_setting('server_version')"
            ).fetchone()
    except psycopg.Error as error:
        if "password authentication failed" in str(error) and _listens(cluster, kept.port):
            raise DatabaseError(
                f"the embedded PostgreSQL runs on port {kept.port}, but the password kept in "
                f"MARKETFLOW_HOME does not open it: give {identity.ADMINISTRATOR} that one back"
            ) from None
        return None
    if row is None or not _is_same_directory(Path(row[0]), cluster.data):
        return None
    return str(row[1]).split(" ", maxsplit=1)[0]


def _listens(cluster: Cluster, port: int) -> bool:
    """Whether the pid file says that this cluster's living server has the port."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        lines = cluster.pid_file.read_text(encoding="utf-8").splitlines()
        return int(lines[3]) == port and int(lines[0]) in processes.of_cluster(cluster.data)
    return False


def _is_same_directory(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _names_port(settings: Settings) -> bool:
    return "embedded_port" in settings.model_fields_set


def _port_is_taken(port: int) -> DatabaseError:
    return DatabaseError(
        f"port {port} of 127.0.0.1, on which the embedded PostgreSQL listens, is taken by "
        f"{ports.holder(port)}: end that, or set {_PORT_SETTING} to a free port"
    )
