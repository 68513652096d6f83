"""`python -m ingestion.sandbox`: the local stand-in for the four providers."""

import argparse
import logging
import signal
import sys
from types import FrameType

from ingestion.sandbox.server import DEFAULT_SEED, Sandbox
from warehouse.errors import MarketFlowError
from warehouse.settings import load_settings


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m ingestion.sandbox", description="A synthetic market behind four APIs."
    )
    parser.add_argument("--port", type=int, help="default: MARKETFLOW_SANDBOX_PORT")
    parser.add_argument(
        "--now", help="an ISO instant or @file; default: MARKETFLOW_NOW or the clock"
    )
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED, help="of the market; default: 7")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        settings = load_settings()
        if given.now is not None:
            settings = settings.model_copy(update={"frozen_now": given.now})
        settings.now()
        port = settings.sandbox_port if given.port is None else given.port
        sandbox = Sandbox(settings, port, given.seed)
        signal.signal(signal.SIGTERM, _interrupt)
        for source, url in sandbox.base_urls.items():
            sys.stdout.write(f"{source.upper()}_BASE_URL={url}\n")
        sys.stdout.flush()
        sandbox.run()
    except MarketFlowError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
