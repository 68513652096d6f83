"""`marketflow api` and `marketflow token`: the REST API, and who may ask it."""

from typing import Annotated

import typer

from marketflow import session
from marketflow.screen import note, say
from warehouse.embedded import ports
from warehouse.errors import MarketFlowError, UsageError

_SECONDS_A_DAY = 86_400
_SHORTEST_PASSWORD = 12


def api() -> None:
    """Serve the marts as a read-only REST API, until Ctrl-C."""
    # FastAPI takes a second to load.
    from api import server  # noqa: PLC0415
    from api.services import tokens  # noqa: PLC0415

    settings = session.begin()
    tokens.load_keys(settings)
    if not ports.is_free(settings.api_port):
        raise MarketFlowError(
            f"port {settings.api_port} of 127.0.0.1 is taken by "
            f"{ports.holder(settings.api_port)}: end that, or "
            "set MARKETFLOW_API_PORT to a free port"
        )
    note(f"http://{settings.api_host}:{settings.api_port}/docs; Ctrl-C stops it.")
    server.serve(settings)


def token(
    subject: Annotated[str, typer.Option(help="Who will use it: a name for the log.")] = "local",
    scopes: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Some of market, macro, crypto, ops; all if left out."),
    ] = None,
    days: Annotated[float, typer.Option(min=0.001, max=3650, help="How long it holds.")] = 30,
    user: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Instead of a token: ask for a password and print NAME's entry for "
            "MARKETFLOW_API_USERS.",
        ),
    ] = None,
) -> None:
    """Print a token for the API, or the entry of a user who gets tokens for a password."""
    from api.queries.endpoints import SCOPES  # noqa: PLC0415 - FastAPI takes a second to load
    from api.services import tokens  # noqa: PLC0415

    settings = session.begin()
    if user is not None:
        _print_user(user)
        return
    chosen = [*map(str, SCOPES)] if scopes is None else [one.strip() for one in scopes.split(",")]
    unknown = [one for one in chosen if one not in SCOPES]
    if unknown:
        raise UsageError(f"there is no scope {unknown[0]!r}: choose of {', '.join(SCOPES)}")
    say(tokens.load_keys(settings).issue(subject, chosen, int(days * _SECONDS_A_DAY)))


def _print_user(name: str) -> None:
    from api.services import tokens  # noqa: PLC0415

    if not name or any(character in name for character in ":,"):
        raise UsageError("a user's name holds no colon and no comma")
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(password) < _SHORTEST_PASSWORD:
        raise UsageError(f"a password has {_SHORTEST_PASSWORD} characters or more")
    say(tokens.user_entry(name, password))
