"""Connections to the warehouse as one of its roles, and the one sentence when there is none."""

import re
from dataclasses import replace
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from warehouse import address, roles
from warehouse.address import Address
from warehouse.errors import DatabaseError
from warehouse.redaction import redact
from warehouse.roles import Role
from warehouse.settings import Settings

__all__ = ["Role", "administrator_dsn", "connect", "connect_as_administrator", "dsn", "sentence"]

Connection = psycopg.Connection[tuple[Any, ...]]

_CONNECT_SECONDS = 10
_UNKNOWN_HOST = re.compile(
    r"could not translate host|failed to resolve host|name or service not known|"
    r"nodename nor servname|getaddrinfo|temporary failure in name resolution",
    re.IGNORECASE,
)


def dsn(settings: Settings, role: Role = "reader") -> str:
    """Return the URL of the warehouse for a role, password included. Starts nothing.

    It stays the same for ever: across restarts, and on every machine with the same settings.

    Raises:
        SettingsError: the settings of a server of one's own are incomplete.
        DatabaseError: the embedded server was never started.
    """
    return roles.address(role, address.of_administrator(settings)).url


def administrator_dsn(settings: Settings, database: str | None = None) -> str:
    """Return the URL of the login that sets the warehouse up, for another database if named.

    Raises:
        SettingsError, DatabaseError: as `dsn`.
    """
    administrator = address.of_administrator(settings)
    return replace(administrator, database=database or administrator.database).url


def connect(settings: Settings, role: Role = "reader", autocommit: bool = False) -> Connection:
    """Connect to the warehouse as a role. Starts nothing.

    Raises:
        DatabaseError: it cannot be reached or refuses the login; one sentence with the remedy.
        SettingsError: the settings of a server of one's own are incomplete.
    """
    administrator = address.of_administrator(settings)
    return _connect(settings, roles.address(role, administrator), autocommit=autocommit)


def connect_as_administrator(
    settings: Settings, database: str | None = None, *, autocommit: bool = False
) -> Connection:
    """Connect with the login that sets the warehouse up, to another database if named.

    Raises:
        DatabaseError, SettingsError: as `connect`.
    """
    administrator = address.of_administrator(settings)
    wanted = replace(administrator, database=database or administrator.database)
    return _connect(settings, wanted, autocommit=autocommit)


def sentence(error: BaseException, settings: Settings) -> str:
    """Return the first line of a database's complaint, without secrets, for use in a message."""
    administrator = address.of_administrator(settings)
    passwords = [roles.password(role, administrator) for role in roles.ROLES]
    lines = [line for line in str(error).splitlines() if line.strip()]
    first = lines[0].strip() if lines else type(error).__name__
    return redact(first, [*settings.secrets(), administrator.password, *passwords])


def _connect(settings: Settings, target: Address, *, autocommit: bool) -> Connection:
    options = {
        "connect_timeout": str(_CONNECT_SECONDS),
        "application_name": "marketflow",
        # The server of the wheel knows no TLS; a PGSSLMODE of the user's must not ask for it.
        **({"sslmode": "disable"} if settings.is_embedded else {}),
        **target.options,
    }
    conninfo = make_conninfo(
        host=target.host,
        port=target.port,
        dbname=target.database,
        user=target.user,
        password=target.password,
        **options,
    )
    try:
        return psycopg.connect(conninfo, autocommit=autocommit)
    except psycopg.Error as error:
        raise DatabaseError(_explain(error, settings, target)) from None


def _explain(error: psycopg.Error, settings: Settings, target: Address) -> str:
    """Return the one sentence for a failed connection: where, why, what to do."""
    complaint = str(error)
    reason = _reason(error, settings)
    is_role = target.user in {roles.name(role) for role in roles.ROLES}
    where = "MARKETFLOW_DATABASE_URL" if settings.database_url else "the POSTGRES_* settings"
    explanations = [
        (
            re.compile(r"password authentication failed|role .* does not exist"),
            "the login is refused; run `marketflow db setup`"
            if is_role
            else f"the user or its password is wrong; correct it in {where}",
        ),
        (
            re.compile(r"database .* does not exist"),
            "there is no such database; run `marketflow db setup`"
            if settings.is_embedded
            else f"there is no such database; create it, or correct its name in {where}",
        ),
        (_UNKNOWN_HOST, f"there is no host of that name; correct it in {where}"),
        (
            re.compile(r"permission denied for database|pg_hba\.conf"),
            f"the server does not admit it ({reason}); ask who administers the server",
        ),
        (
            re.compile(r"SSL|certificate|ssl(mode|rootcert|cert|key)", re.IGNORECASE),
            f"no encrypted connection ({reason}); correct sslmode or sslrootcert in {where}",
        ),
        (
            re.compile(r"refused", re.IGNORECASE),
            "it is not running; run `marketflow db start`"
            if settings.is_embedded
            else f"nothing listens there; start the server, or correct {where}",
        ),
        (
            re.compile(r"timeout|timed out", re.IGNORECASE),
            f"it does not answer; check the network, or correct {where}",
        ),
    ]
    otherwise = "run `marketflow doctor`" if settings.is_embedded else f"check {where}"
    known = (text for pattern, text in explanations if pattern.search(complaint))
    return f"cannot connect to PostgreSQL at {target}: {next(known, f'{reason}; {otherwise}')}"


def _reason(error: psycopg.Error, settings: Settings) -> str:
    """Return what libpq says after its preamble `connection to server at ... failed:`."""
    text = sentence(error, settings).rsplit("failed: ", 1)[-1]
    return text.removeprefix("connection is bad: ").removeprefix("FATAL:").strip()
