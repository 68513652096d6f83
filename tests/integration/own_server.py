"""A PostgreSQL of one's own, run by hand on a free port, with TLS from a CA of its own."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from tests.warehouse import servers
from warehouse.embedded import account, binaries
from warehouse.embedded.account import Account

SUPERUSER = "somebody"
PASSWORD = "the superuser's own"
HOST = "localhost"


@dataclass(frozen=True)
class OwnServer:
    """A running server.

    Attributes:
        certificate: the file of the CA that signed the server's certificate for `localhost`.
        has_tls: whether it can encrypt, and then admits nobody who does not.
    """

    port: int
    certificate: Path
    has_tls: bool

    def url(self, database: str, *, user: str = SUPERUSER, password: str = PASSWORD) -> str:
        """Return the URL of a database, with the strictest TLS if it has any."""
        url = f"postgresql://{user}:{quote(password, safe='')}@{HOST}:{self.port}/{database}"
        if not self.has_tls:
            return url
        return f"{url}?sslmode=verify-full&sslrootcert={quote(str(self.certificate), safe='')}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """Connect as the superuser, committing at once."""
        return psycopg.connect(self.url(database), autocommit=True)


def of_debian(version: int) -> Path:
    """Return where Debian puts the programs of a major version."""
    return Path(f"/usr/lib/postgresql/{version}/bin")


def of_wheel() -> Path:
    """Return the programs of the wheel, where the system user can run them."""
    return binaries.reachable_by(account.current()).directory


@contextmanager
def running(programs: Path, *, has_tls: bool) -> Iterator[OwnServer]:
    """Run a server with these programs; it and its data are gone afterwards."""
    user = account.current()
    place = Path(tempfile.mkdtemp(prefix="marketflow-own-", dir="/var/tmp"))
    data, port = place / "data", servers.free_port()
    try:
        user.take(place)
        place.chmod(0o755)
        certificate = _make_certificates(place, user)
        password_file = place / "password"
        password_file.write_text(PASSWORD)
        user.take(password_file)
        initdb = [str(programs / "initdb"), "-D", "data", "-U", SUPERUSER, "-A", "scram-sha-256"]
        _run(user, place, [*initdb, "--pwfile=password", "-E", "UTF8", "--locale=C"])
        with (data / "postgresql.conf").open("a") as file:
            # Another zone than ours, as servers of one's own have.
            file.write(
                f"port = {port}\nlisten_addresses = 'localhost'\nunix_socket_directories = ''\n"
                "timezone = 'Asia/Tokyo'\nlog_statement = 'all'\nfsync = off\n"
            )
            if has_tls:
                file.write("ssl = on\nssl_cert_file = '../server.crt'\n")
                file.write("ssl_key_file = '../server.key'\n")
        kind = "hostssl" if has_tls else "host"
        (data / "pg_hba.conf").write_text(f"{kind} all all all scram-sha-256\n")
        _run(user, place, [str(programs / "pg_ctl"), "-D", "data", "-l", "log", "-w", "start"])
        yield OwnServer(port, certificate, has_tls)
    finally:
        if (data / "postmaster.pid").exists():
            stop = ["-D", "data", "-m", "immediate", "-w", "stop"]
            _run(user, place, [str(programs / "pg_ctl"), *stop])
        shutil.rmtree(place)


def log_of(server: OwnServer) -> str:
    """Return everything that the server logged: every statement."""
    return (server.certificate.parent / "log").read_text()


def make_authority(place: Path, name: str = "stranger") -> Path:
    """Make a CA under a name and return the file of its certificate."""
    _openssl(
        place,
        *["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
        *["-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"],
    )
    return place / f"{name}.pem"


def _make_certificates(place: Path, user: Account) -> Path:
    """Make a CA and a certificate of the server for `localhost`; return the CA's file."""
    authority = make_authority(place, "authority")
    _openssl(
        place,
        *["req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={HOST}"],
        *["-keyout", "server.key", "-out", "server.csr"],
    )
    _openssl(
        place,
        *["x509", "-req", "-in", "server.csr", "-CA", authority.name, "-CAkey", "authority.key"],
        *["-CAcreateserial", "-days", "2", "-out", "server.crt"],
    )
    for name in ("server.key", "server.crt"):
        (place / name).chmod(0o600)
        user.take(place / name)
    authority.chmod(0o644)
    return authority


def _openssl(place: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=place, check=True, capture_output=True)


def _run(user: Account, place: Path, command: list[str]) -> None:
    output = place / "output"
    code = user.run(command, directory=place, output=output)
    assert code == 0, output.read_text()
