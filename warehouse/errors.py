"""Every failure that a user can meet, with the exit code that it ends a command with.

MarketFlowError            1   something failed; the message says what, where and what to do
├── UsageError             2   wrong usage: an option or argument
├── SettingsError          2   a setting is missing or malformed
├── DatabaseError          1   the database cannot be reached, set up or written
└── (ingestion.errors)         what providers and loads can answer
"""


class MarketFlowError(Exception):
    """A failure told in one clear sentence: what, where, what to do.

    Args:
        message: the sentence. It never holds a secret.
    """

    exit_code = 1


class UsageError(MarketFlowError):
    """The command was called in a way that cannot work."""

    exit_code = 2


class SettingsError(MarketFlowError):
    """A setting is missing, malformed or contradicts another one."""

    exit_code = 2


class DatabaseError(MarketFlowError):
    """The database cannot be reached, set up, read or written."""
