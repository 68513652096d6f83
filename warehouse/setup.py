"""Setting the warehouse up: database, schemas, roles, privileges, log tables, profiles.yml.

Everything of it may be done again, and by several processes at once, without harm. Nothing of
anybody else in the database is touched.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier, Literal

from warehouse import (
    added_sources,
    address,
    database,
    embedded,
    profiles,
    role_setup,
    roles,
    sandbox_landing,
)
from warehouse.address import Address
from warehouse.errors import DatabaseError
from warehouse.profiles import Profiles
from warehouse.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]

_ADDED_SCHEMAS = tuple(f"raw_{one.name}" for one in added_sources.find())
RAW_SCHEMAS = (
    *(f"raw_{name}" for name in added_sources.SHIPPED),
    "raw_marketflow",
    *_ADDED_SCHEMAS,
)
MODEL_SCHEMAS = ("staging", "intermediate", "marts", "ops", "analyst")
SCHEMAS = RAW_SCHEMAS + MODEL_SCHEMAS

_log = logging.getLogger(__name__)

_SQL = Path(__file__).parent / "sql"
_LOCK = 0x6D61726B65746677  # "marketfw": one set-up at a time in a database
_LOCK_SECONDS = 60
_OLDEST_SERVER = 150000
_ATTEMPTS = 5

# Two set-ups in two databases of one server meet in its list of roles.
_MEETINGS = (
    psycopg.errors.UniqueViolation,
    psycopg.errors.DuplicateObject,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.InternalError_,
)


@dataclass(frozen=True)
class SetUp:
    """What a set-up did that a person may want to know.

    Attributes:
        profiles: what became of profiles.yml.
    """

    profiles: Profiles


def set_up(settings: Settings) -> SetUp:
    """Make whatever is missing of the warehouse, starting the embedded server if need be.

    Raises:
        DatabaseError: the database cannot be reached or may not be set up by this user, or a
            schema of one of our names belongs to somebody else; then nothing was changed.
        SettingsError: the settings of a server of one's own are incomplete.
    """
    if settings.is_embedded:
        embedded.start(settings)
        _retrying(settings, _make_database)
    _retrying(settings, _set_up_database)
    return SetUp(profiles.write(settings))


def ensure_ready(settings: Settings) -> None:
    """Start the embedded server if it is down, and set up what is not, or not in today's form.

    Raises:
        DatabaseError, SettingsError: as `set_up`.
    """
    if settings.is_embedded:
        embedded.start(settings)
    if _is_set_up(settings):
        profiles.write(settings)
    else:
        set_up(settings)


def reset(settings: Settings) -> None:
    """Drop every schema of our roles, and the landing if it holds sandbox data.

    The roles stay (they hold nothing, and other databases of the server may use them), and so
    does a live landing, from which raw can be rebuilt without one API call.

    Raises:
        DatabaseError, SettingsError: as `set_up`.
    """
    if settings.is_embedded:
        embedded.start(settings)
        _retrying(settings, _make_database)
    try:
        with database.connect_as_administrator(settings) as connection:
            _drop_schemas(connection)
    except psycopg.Error as error:
        raise _failure(error, settings, "resetting") from None
    sandbox_landing.remove(settings)


def _drop_schemas(connection: Connection) -> None:
    connection.execute(f"set local lock_timeout = '{_LOCK_SECONDS}s'")
    names = [roles.name(role) for role in roles.ROLES]
    schemas = connection.execute(
        "select nspname from pg_catalog.pg_namespace"
        " where pg_catalog.pg_get_userbyid(nspowner) = any(%s) and nspname !~ '^pg_' order by 1",
        [names],
    ).fetchall()
    if schemas:
        connection.execute(SQL("set local role {}").format(Identifier(roles.name("owner"))))
    for (schema,) in schemas:
        connection.execute(SQL("drop schema {} cascade").format(Identifier(schema)))


def _retrying(settings: Settings, step: Callable[[Settings, Address], None]) -> None:
    administrator = address.of_administrator(settings)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            step(settings, administrator)
        except _MEETINGS as error:
            if attempt == _ATTEMPTS:
                raise _failure(error, settings, "setting up") from None
            _log.debug("another set-up was met, trying again")
        except psycopg.errors.InsufficientPrivilege as error:
            raise _not_allowed(error, settings, administrator) from None
        except psycopg.Error as error:
            raise _failure(error, settings, "setting up") from None
        else:
            return


def _make_database(settings: Settings, administrator: Address) -> None:
    """Make the database of the embedded server, owned by our owner."""
    with database.connect_as_administrator(settings, "postgres", autocommit=True) as connection:
        found = connection.execute(
            "select true from pg_catalog.pg_database where datname = %s", [administrator.database]
        )
        if found.fetchone() is not None:
            return
        with connection.transaction():
            _lock(connection)
            role_setup.make_roles(connection, administrator)
        connection.execute(
            SQL("create database {} owner {}").format(
                Identifier(administrator.database), Identifier(roles.name("owner"))
            )
        )


def _set_up_database(settings: Settings, administrator: Address) -> None:
    with database.connect_as_administrator(settings) as connection:
        _lock(connection)
        _refuse_what_cannot_work(connection, administrator)
        role_setup.make_roles(connection, administrator)
        _open_database(connection, administrator.database)
        role_setup.configure_roles(connection, administrator.database)
        _run(connection, "schemas.sql")
        for schema in _ADDED_SCHEMAS:
            _run_for(connection, "added_schema.sql", schema)
        connection.execute(SQL("set local role {}").format(Identifier(roles.name("owner"))))
        _run(connection, "log_tables.sql")
        _run(connection, "privileges.sql")
        for schema in _ADDED_SCHEMAS:
            _run_for(connection, "added_privileges.sql", schema)
        connection.execute(SQL("comment on schema raw_marketflow is {}").format(Literal(_stamp())))
    for role in roles.ROLES:
        database.connect(settings, role).close()


def _lock(connection: Connection) -> None:
    connection.execute(f"set local lock_timeout = '{_LOCK_SECONDS}s'")
    connection.execute("select pg_catalog.pg_advisory_xact_lock(%s)", [_LOCK])


def _refuse_what_cannot_work(connection: Connection, administrator: Address) -> None:
    if connection.info.server_version < _OLDEST_SERVER:
        raise DatabaseError(
            f"{administrator} is PostgreSQL {connection.info.server_version // 10000}: "
            "MarketFlow needs 15 or later"
        )
    foreign = connection.execute(
        "select nspname, pg_catalog.pg_get_userbyid(nspowner) from pg_catalog.pg_namespace"
        " where nspname = any(%s) and pg_catalog.pg_get_userbyid(nspowner) != all(%s) order by 1",
        [list(SCHEMAS), [roles.name(role) for role in roles.ROLES]],
    ).fetchall()
    if foreign:
        listed = ", ".join(f"{schema} (of {owner})" for schema, owner in foreign)
        raise DatabaseError(
            f"{administrator} already holds schemas that belong to somebody else: {listed}. "
            "Nothing was changed; name a database without them in MARKETFLOW_DATABASE_URL"
        )
    rights = connection.execute(
        "select rolsuper or rolcreaterole, pg_catalog.has_database_privilege("
        " current_user, pg_catalog.current_database(), 'create with grant option')"
        " from pg_catalog.pg_roles where rolname = current_user"
    ).fetchone()
    may_make_roles, may_open_database = rights or (False, False)
    if not may_make_roles or not may_open_database:
        raise DatabaseError(
            f"{administrator} may not set MarketFlow up: the user needs CREATEROLE and must own "
            f"the database; as its superuser, run: alter role {administrator.user} createrole; "
            f"alter database {administrator.database} owner to {administrator.user}"
        )


def _open_database(connection: Connection, name: str) -> None:
    """Let the roles connect, the owner make schemas, and all who write use temporary tables."""
    ours = connection.execute(
        "select pg_catalog.pg_get_userbyid(datdba) = %s from pg_catalog.pg_database"
        " where datname = pg_catalog.current_database()",
        [roles.name("owner")],
    ).fetchone()
    database_name = Identifier(name)
    if ours is not None and ours[0]:
        # Only where the database is ours alone: elsewhere others may rely on it.
        connection.execute(SQL("revoke temporary on database {} from public").format(database_name))
    connection.execute(
        SQL(
            "grant connect on database {} to marketflow_owner, marketflow_loader,"
            " marketflow_transformer, marketflow_reader"
        ).format(database_name)
    )
    connection.execute(
        SQL(
            "grant temporary on database {} to marketflow_owner, marketflow_loader,"
            " marketflow_transformer"
        ).format(database_name)
    )
    connection.execute(SQL("grant create on database {} to marketflow_owner").format(database_name))


def _run(connection: Connection, file: str) -> None:
    connection.execute(_statements(file).encode())


def _run_for(connection: Connection, file: str, schema: str) -> None:
    """Run statements in which {schema} stands for the raw schema of an added source."""
    connection.execute(SQL(_statements(file)).format(schema=Identifier(schema)))


def _statements(file: str) -> str:
    return (_SQL / file).read_text(encoding="utf-8")


def _stamp() -> str:
    """Return the comment that says in which form the database was set up."""
    files = "".join(_statements(path.name) for path in sorted(_SQL.glob("*.sql")))
    code = Path(role_setup.__file__).read_text(encoding="utf-8")
    content = files + code + "".join(_ADDED_SCHEMAS)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"What MarketFlow writes about itself (set-up {digest})"


def _is_set_up(settings: Settings) -> bool:
    try:
        with database.connect(settings, "loader") as connection:
            row = connection.execute(
                "select pg_catalog.obj_description(pg_catalog.to_regnamespace('raw_marketflow'))"
            ).fetchone()
    except DatabaseError:
        return False
    return row is not None and row[0] == _stamp()


def _not_allowed(error: psycopg.Error, settings: Settings, administrator: Address) -> DatabaseError:
    return DatabaseError(
        f"{administrator} may not set MarketFlow up ({database.sentence(error, settings)}): "
        "if another administrator of this server set MarketFlow up before, use that login"
    )


def _failure(error: psycopg.Error, settings: Settings, doing: str) -> DatabaseError:
    administrator = address.of_administrator(settings)
    return DatabaseError(f"{doing} {administrator} failed: {database.sentence(error, settings)}")
