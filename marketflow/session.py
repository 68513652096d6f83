"""What every command begins with: the settings, and a log file that holds no secret."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

from marketflow.screen import err
from warehouse.errors import SettingsError
from warehouse.redaction import redact
from warehouse.settings import Settings, load_settings

_LOG_BYTES = 5_000_000
_NOISY = ("dlt", "urllib3", "requests", "sqlalchemy", "dagster", "exchange_calendars")


class _RedactingFormatter(logging.Formatter):
    def __init__(self, pattern: str, secrets: list[str]) -> None:
        super().__init__(pattern)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._secrets)


def begin() -> Settings:
    """Return the settings, with logging set up as they say.

    Raises:
        SettingsError: a setting is malformed.
    """
    settings = load_settings()
    root = logging.getLogger()
    root.setLevel(settings.log_level)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    secrets = settings.secrets()
    if not root.handlers:
        screen = logging.StreamHandler(err.file)
        screen.setLevel(logging.WARNING)
        screen.setFormatter(_RedactingFormatter("%(levelname)s %(message)s", secrets))
        root.addHandler(screen)
        file = _file_handler(settings)
        if file is not None:
            file.setFormatter(
                _RedactingFormatter("%(asctime)s %(levelname)s %(name)s %(message)s", secrets)
            )
            root.addHandler(file)
    return settings


def log_path(settings: Settings) -> Path:
    """Return the file that the command line logs to."""
    return settings.home / "logs" / "marketflow.log"


def unexpected(error: Exception) -> str:
    """Return the line for a failure that nobody foresaw: what it was, and where more stands."""
    files = [h for h in logging.getLogger().handlers if isinstance(h, RotatingFileHandler)]
    secrets = load_settings().secrets() if files else []
    what = redact(f"{type(error).__name__}: {error}".splitlines()[0], secrets)
    where = f"the whole story is in {files[0].baseFilename}" if files else "there is no log file"
    return f"something unexpected failed ({what}); {where}"


def _file_handler(settings: Settings) -> RotatingFileHandler | None:
    """Return a handler for the log file, or None when the home cannot be written.

    A command that needs the home says so itself; one that does not goes on.
    """
    path = log_path(settings)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=3, encoding="utf-8")
    except OSError:
        return None


def require_writable_home(settings: Settings) -> None:
    """Make the home, and see that a file can be written there.

    Raises:
        SettingsError: it cannot.
    """
    probe = settings.home / ".writable"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"MARKETFLOW_HOME is {settings.home}, which cannot be written ({error.strerror}): "
            "set it to a directory that you may write"
        ) from None
