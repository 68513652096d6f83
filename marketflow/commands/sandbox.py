"""`marketflow sandbox`: the four providers on this machine, until Ctrl-C."""

from typing import Annotated

import typer

from marketflow import session
from marketflow.screen import note, say
from marketflow.supervisor import stopped_by_signals


def sandbox(
    fault: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="429, soft-429, 503, truncated, late-revision or split-landing: misbehave.",
        ),
    ] = None,
) -> None:
    """Serve a synthetic market in the wire formats of the four providers, until Ctrl-C."""
    # The market takes a second to load.
    from ingestion.sandbox import Sandbox, faults  # noqa: PLC0415
    from marketflow import synthetic  # noqa: PLC0415

    settings = session.begin()
    chosen = None if fault is None else faults.named(fault)
    server = Sandbox(settings, settings.sandbox_port, fault=chosen)
    for name, value in synthetic.environment_for(server.port).items():
        say(f"{name}={value}")
    note("Set these to use it. Ctrl-C stops it.")
    with stopped_by_signals(_interrupt):
        try:
            server.run()
        except KeyboardInterrupt:
            note("The sandbox is stopped.")


def _interrupt() -> None:
    raise KeyboardInterrupt
