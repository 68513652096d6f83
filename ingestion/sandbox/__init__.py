"""A local stand-in for the four providers: their wire formats over a synthetic market.

Start it with `python -m ingestion.sandbox`, or inside a process with `start(settings)`. Nothing in
here is used by the rest of `ingestion`, which sees base URLs only.
"""

from ingestion.sandbox.server import DEFAULT_SEED, READY_PATH, Sandbox, base_urls
from warehouse.settings import Settings

__all__ = ["DEFAULT_SEED", "READY_PATH", "Sandbox", "base_urls", "serve", "start"]


def start(settings: Settings, port: int | None = None, *, seed: int = DEFAULT_SEED) -> Sandbox:
    """Start the sandbox in a thread and return it; `stop()` ends it.

    Args:
        settings: whose `now()` is the providers' present.
        port: None takes the setting MARKETFLOW_SANDBOX_PORT, 0 any free port.
        seed: the same seed and clock give the same bytes.

    Raises:
        SettingsError: the port is taken.
    """
    sandbox = Sandbox(settings, settings.sandbox_port if port is None else port, seed)
    sandbox.start()
    return sandbox


def serve(settings: Settings, port: int | None = None, *, seed: int = DEFAULT_SEED) -> None:
    """Serve the sandbox in this thread until it is interrupted.

    Raises:
        SettingsError: the port is taken.
    """
    Sandbox(settings, settings.sandbox_port if port is None else port, seed).run()
