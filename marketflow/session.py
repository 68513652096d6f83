"""What every command begins with: the settings, and a log that holds no secret."""

import logging

from marketflow.screen import err
from warehouse import logs
from warehouse.errors import SettingsError
from warehouse.redaction import redact
from warehouse.settings import Settings, load_settings


def begin() -> Settings:
    """Return the settings, with logging set up as they say.

    Raises:
        SettingsError: a setting is malformed.
    """
    settings = load_settings()
    logs.begin(settings, err.file)
    return settings


def unexpected(error: Exception) -> str:
    """Return the line for a failure that nobody foresaw: what it was, and where more stands."""
    files = [one for one in logging.getLogger().handlers if isinstance(one, logs.DailyFile)]
    secrets = load_settings().secrets() if files else []
    what = redact(f"{type(error).__name__}: {error}".splitlines()[0], secrets)
    where = f"the whole story is in {files[0].path}" if files else "there is no log file"
    return f"something unexpected failed ({what}); {where}"


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
