"""`marketflow db ...`: the embedded PostgreSQL, and the warehouse in whichever server it is."""

import os
import subprocess
import sys
from enum import StrEnum
from typing import Annotated

import typer

from marketflow import session
from marketflow.screen import note, say
from warehouse import address, database, embedded, roles, setup
from warehouse.embedded import binaries
from warehouse.errors import MarketFlowError, UsageError
from warehouse.settings import Settings

app = typer.Typer(help="The embedded PostgreSQL, and the warehouse in it.", no_args_is_help=True)


class ShownRole(StrEnum):
    """Whose URL can be printed."""

    READER = "reader"
    OWNER = "owner"


@app.command()
def start() -> None:
    """Start the embedded PostgreSQL; nothing happens if it runs."""
    settings = _embedded_settings()
    embedded.start(settings)
    say(_running(settings))


@app.command()
def stop() -> None:
    """Stop the embedded PostgreSQL; nothing happens if it does not run."""
    embedded.stop(_embedded_settings())
    say("PostgreSQL is stopped: `marketflow db start` starts it again.")


@app.command()
def status() -> None:
    """Say whether PostgreSQL runs and where; exit 1 when it does not."""
    settings = session.begin()
    if not settings.is_embedded:
        with database.connect_as_administrator(settings) as connection:
            version = connection.info.parameter_status("server_version")
        say(f"PostgreSQL {version} answers at {address.of_administrator(settings)}.")
        return
    found = embedded.status(settings)
    if not found.is_running:
        raise MarketFlowError(
            f"PostgreSQL of {settings.home} is not running: `marketflow db start` starts it"
        )
    say(_running(settings))
    say(f"Its data is in {found.data_directory}.")


@app.command("setup")
def set_up() -> None:
    """Make schemas, roles, log and raw tables and profiles.yml; also on a server of one's own."""
    from ingestion import reference  # noqa: PLC0415 - calendars take a second

    settings = session.begin()
    done = setup.set_up(settings)
    reference.sync(settings)
    say(f"The warehouse is set up at {address.of_administrator(settings)}.")
    if done.profiles.outcome == "kept":
        note(f"{done.profiles.path} was edited by a person and is left as it is.")
    else:
        say(f"dbt reaches it through {done.profiles.path}.")


@app.command()
def url(
    role: Annotated[ShownRole, typer.Option(help="Who connects with it.")] = ShownRole.READER,
) -> None:
    """Print the URL that any SQL client takes; it stays the same for ever."""
    typer.echo(database.dsn(session.begin(), role.value))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(context: typer.Context) -> None:
    """Open psql as the reader; arguments after `--` are psql's own."""
    settings = session.begin()
    database.connect(settings, "reader").close()
    program = binaries.in_wheel().program("psql")
    login = roles.address("reader", address.of_administrator(settings))
    # In the environment, because every user of the machine can read an argument list.
    environment = {
        **os.environ,
        "PGHOST": login.host,
        "PGPORT": str(login.port),
        "PGUSER": login.user,
        "PGPASSWORD": login.password,
        "PGDATABASE": login.database,
        **{f"PG{name.upper()}": value for name, value in login.options.items()},
    }
    command = [program, *context.args]
    if os.name == "posix":
        sys.stdout.flush()
        os.execve(program, command, environment)  # noqa: S606 - it replaces this process
    raise typer.Exit(subprocess.run(command, env=environment, check=False).returncode)


@app.command()
def reset() -> None:
    """Drop what is ours in the database, and sandbox data in the landing; live bodies stay."""
    settings = session.begin()
    if sys.stdin.isatty():
        typer.confirm(f"Drop every MarketFlow schema at {_place(settings)}?", abort=True, err=True)
    setup.reset(settings)
    say("The warehouse is empty: `marketflow db setup` makes it again.")


def _embedded_settings() -> Settings:
    settings = session.begin()
    if not settings.is_embedded:
        raise UsageError(
            "the settings name a PostgreSQL of your own (MARKETFLOW_DATABASE_URL or "
            "POSTGRES_HOST): start and stop it where it runs"
        )
    return settings


def _place(settings: Settings) -> str:
    return f"{settings.home}" if settings.is_embedded else str(address.of_administrator(settings))


def _running(settings: Settings) -> str:
    found = embedded.status(settings)
    return f"PostgreSQL {found.version} is running on 127.0.0.1:{found.port}."
