"""`marketflow config ...`: which settings hold, and where they come from."""

import typer
from pydantic import SecretStr

from marketflow import session
from marketflow.screen import table
from warehouse.redaction import MASK
from warehouse.settings import Settings, origins

app = typer.Typer(help="The settings that hold.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """Keep `show` a command of its own, however few there are."""


@app.command()
def show() -> None:
    """Print each setting, its value and where it came from; secrets are masked."""
    settings = session.begin()
    came_from = origins()
    rows = [
        [str(field.alias), _shown(settings, name), came_from[str(field.alias)]]
        for name, field in type(settings).model_fields.items()
    ]
    table(["setting", "value", "from"], rows)


def _shown(settings: Settings, name: str) -> str:
    value = getattr(settings, name)
    if value is None:
        return "unset"
    return MASK if isinstance(value, SecretStr) else str(value)
