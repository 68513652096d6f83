"""What every route needs, made once per process."""

from dataclasses import dataclass

from fastapi import Request

from api.queries.pool import Pool
from api.services.answers import Answers
from api.services.limits import Limiter
from api.services.shared_store import SharedStore
from api.services.tokens import Keys, Users, load_keys
from warehouse.settings import Settings


@dataclass(frozen=True)
class Context:
    """The services behind the routes."""

    settings: Settings
    keys: Keys
    users: Users
    pool: Pool
    store: SharedStore
    limiter: Limiter
    answers: Answers

    def close(self) -> None:
        """Let go of every connection."""
        self.pool.close()
        self.store.close()


def build(settings: Settings) -> Context:
    """Return the services for these settings. Nothing is connected to yet.

    Raises:
        SettingsError: a key is too short, or a user is written wrongly.
    """
    pool, store = Pool(settings), SharedStore(settings)
    users = settings.api_users
    return Context(
        settings,
        load_keys(settings),
        Users(None if users is None else users.get_secret_value()),
        pool,
        store,
        Limiter(store),
        Answers(settings, pool, store),
    )


def of(request: Request) -> Context:
    """Return the services of the application that a request came to."""
    context: Context = request.app.state.context
    return context
