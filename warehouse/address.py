"""Where the database is, and as whom it is administered: parsed from the settings."""

import re
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

import psycopg
from psycopg.conninfo import conninfo_to_dict

from warehouse.embedded import identity
from warehouse.errors import DatabaseError, SettingsError
from warehouse.settings import Settings

_SCHEME = re.compile(r"^postgres(?:ql)?(?:\+psycopg2?)?://")


@dataclass(frozen=True)
class Address:
    """A database and a login to it.

    Attributes:
        options: what the URL's query says besides, such as sslmode and sslrootcert.
    """

    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    options: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return it for messages, without the password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}, database {self.database}, user {self.user}"

    @property
    def url(self) -> str:
        """The URL that any SQL client takes, password and options included."""
        if self.host.startswith("/"):
            host = quote(self.host, safe="")
        else:
            host = f"[{self.host}]" if ":" in self.host else self.host
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        query = f"?{urlencode(self.options, quote_via=quote)}" if self.options else ""
        database = quote(self.database, safe="")
        return f"postgresql://{login}@{host}:{self.port}/{database}{query}"


def of_administrator(settings: Settings) -> Address:
    """Return the address of the warehouse with the login that sets it up.

    That is the embedded server's own administrator, or the user of MARKETFLOW_DATABASE_URL or
    of POSTGRES_USER.

    Raises:
        SettingsError: the URL or the POSTGRES_* settings are incomplete.
        DatabaseError: the embedded server was never started.
    """
    if settings.database_url is not None:
        return _from_url(settings.database_url.get_secret_value())
    if settings.postgres_host is not None:
        return _from_parts(settings)
    kept = identity.read(settings.home)
    if kept is None:
        raise DatabaseError(
            f"the embedded PostgreSQL of {settings.home} was never started: "
            "run `marketflow db start`"
        )
    return Address(
        identity.HOST, kept.port, identity.DATABASE, identity.ADMINISTRATOR, kept.password
    )


def _from_url(url: str) -> Address:
    if not _SCHEME.match(url):
        raise SettingsError(
            "MARKETFLOW_DATABASE_URL is no PostgreSQL URL: write it like "
            "postgresql://user:password@host:5432/database?sslmode=verify-full"
        )
    try:
        parts = conninfo_to_dict(_SCHEME.sub("postgresql://", url))
    except psycopg.ProgrammingError:
        # The parser's own message may quote a piece of the password.
        raise SettingsError(
            "MARKETFLOW_DATABASE_URL cannot be understood: write it like "
            "postgresql://user:password@host:5432/database, and a special character in the "
            "password in its percent form (@ is %40, / is %2F, % is %25)"
        ) from None
    named = {name: str(value) for name, value in parts.items() if value is not None}
    for key, word in (("user", "user"), ("password", "password"), ("dbname", "database")):
        if not named.get(key):
            raise SettingsError(
                f"MARKETFLOW_DATABASE_URL names no {word}: write it like "
                "postgresql://user:password@host:5432/database"
            )
    host, port = named.pop("host", "localhost"), named.pop("port", "5432")
    if "," in host or not port.isdecimal():
        raise SettingsError("MARKETFLOW_DATABASE_URL must name one host and one port")
    return Address(
        host=host,
        port=int(port),
        database=named.pop("dbname"),
        user=named.pop("user"),
        password=named.pop("password"),
        options=named,
    )


def _from_parts(settings: Settings) -> Address:
    wanted = {
        "POSTGRES_USER": settings.postgres_user,
        "POSTGRES_PASSWORD": settings.postgres_password,
        "POSTGRES_DB": settings.postgres_db,
    }
    missing = [name for name, value in wanted.items() if value is None]
    if missing:
        raise SettingsError(f"POSTGRES_HOST is set, but {' and '.join(missing)} is not: set it too")
    password = settings.postgres_password
    return Address(
        host=settings.postgres_host or "",
        port=settings.postgres_port,
        database=settings.postgres_db or "",
        user=settings.postgres_user or "",
        password=password.get_secret_value() if password else "",
    )
