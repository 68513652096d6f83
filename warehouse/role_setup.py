"""The four roles made, with their passwords, memberships and settings in the database."""

from typing import Any

import psycopg
from psycopg import sql
from psycopg.sql import SQL, Identifier, Literal

from warehouse import roles
from warehouse.address import Address
from warehouse.roles import Role

Connection = psycopg.Connection[tuple[Any, ...]]

_POSTGRES_16 = 160000

# The same instant reads the same on every server, whatever its own zone.
_SETTINGS: dict[Role, dict[str, str]] = {
    "owner": {"timezone": "UTC"},
    "loader": {"timezone": "UTC"},
    "transformer": {"timezone": "UTC"},
    "reader": {
        "timezone": "UTC",
        "default_transaction_read_only": "on",
        "search_path": "marts, ops, analyst",
    },
}


def make_roles(connection: Connection, administrator: Address) -> None:
    """Make the missing roles, mend passwords that do not log in, and join owner to the others."""
    for role in roles.ROLES:
        name = Identifier(roles.name(role))
        if not _exists(connection, role):
            connection.execute(
                SQL("create role {} login nosuperuser nocreatedb nocreaterole password {}").format(
                    name, _scrambled(connection, role, administrator)
                )
            )
        elif not logs_in(role, administrator):
            connection.execute(
                SQL("alter role {} login password {}").format(
                    name, _scrambled(connection, role, administrator)
                )
            )
    owner = Identifier(roles.name("owner"))
    for role in ("loader", "transformer"):
        if not _is_member(connection, roles.name("owner"), roles.name(role)):
            connection.execute(SQL("grant {} to {}").format(Identifier(roles.name(role)), owner))
    _let_administrator_act(connection)


def configure_roles(connection: Connection, database: str) -> None:
    """Give the roles their settings in this database alone."""
    for role, values in _SETTINGS.items():
        for setting, value in values.items():
            connection.execute(
                SQL("alter role {} in database {} set {} to {}").format(
                    Identifier(roles.name(role)),
                    Identifier(database),
                    SQL(setting),
                    sql.SQL(", ").join(Literal(part.strip()) for part in value.split(",")),
                )
            )


def logs_in(role: Role, administrator: Address) -> bool:
    """Whether the role's derived password opens the administrator's database."""
    target = roles.address(role, administrator)
    try:
        psycopg.connect(target.url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        # The password is right when the server refuses only the database.
        return "permission denied for database" in str(error)
    return True


def _exists(connection: Connection, role: Role) -> bool:
    found = connection.execute(
        "select true from pg_catalog.pg_roles where rolname = %s", [roles.name(role)]
    )
    return found.fetchone() is not None


def _scrambled(connection: Connection, role: Role, administrator: Address) -> Literal:
    """Return the password's SCRAM verifier, so that no server log can hold the password."""
    verifier = connection.pgconn.encrypt_password(
        roles.password(role, administrator).encode(), roles.name(role).encode(), b"scram-sha-256"
    )
    return Literal(verifier.decode())


def _is_member(connection: Connection, member: str, role: str) -> bool:
    found = connection.execute(
        "select true from pg_catalog.pg_auth_members"
        " where roleid = %s::regrole and member = %s::regrole",
        [role, member],
    )
    return found.fetchone() is not None


def _let_administrator_act(connection: Connection) -> None:
    """Make an administrator who is no superuser a member, so that it may act for the roles."""
    for role in ("owner", "loader", "transformer", "reader"):
        name = roles.name(role)
        row = connection.execute(
            "select pg_catalog.pg_has_role(current_user, %s, 'usage')", [name]
        ).fetchone()
        if row is not None and row[0]:
            continue
        # PostgreSQL 16 gives the maker of a role its administration, but not its privileges.
        options = (
            " with inherit true, set true" if connection.info.server_version >= _POSTGRES_16 else ""
        )
        connection.execute(SQL("grant {} to current_user" + options).format(Identifier(name)))
