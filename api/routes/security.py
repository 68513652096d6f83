"""Who asks, whether it may, and how often."""

from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

from api.problems import Forbidden
from api.queries.endpoints import SCOPES
from api.routes import context
from api.services import tokens
from api.services.tokens import Caller

TOKEN_PATH = "/v1/token"  # noqa: S105 - a path

_scheme = OAuth2PasswordBearer(
    tokenUrl=TOKEN_PATH,
    scopes={str(name): text for name, text in SCOPES.items()},
    description="A JWT: `marketflow token` prints one, and this flow gives one for a password.",
    auto_error=False,
)


def count_address(request: Request) -> None:
    """Count a request by the address from which it comes.

    Raises:
        TooManyRequests: it asked too often.
    """
    here = context.of(request)
    limit = here.settings.api_address_limit
    allowance = here.limiter.admit(f"address:{address(request)}", limit, "this address")
    request.state.limit_headers = allowance.headers


def caller(
    request: Request,
    needed: SecurityScopes,
    _: Annotated[str | None, Depends(_scheme)],
) -> Caller:
    """Return who asks.

    Raises:
        Unauthorized, Forbidden, TooManyRequests: it may not, or not so often.
    """
    count_address(request)
    here = context.of(request)
    token = tokens.bearer(request.headers)
    if token is None and not here.settings.api_anonymous:
        raise tokens.missing()
    found = tokens.ANONYMOUS if token is None else here.keys.verify(token)
    request.state.subject = found.subject
    if found.key is not None:
        limit = here.settings.api_token_limit
        allowance = here.limiter.admit(f"token:{found.key}", limit, "this token")
        request.state.limit_headers = allowance.headers
    for scope in needed.scopes:
        if scope not in found.scopes:
            raise Forbidden(scope)
    return found


def address(request: Request) -> str:
    """Return where a request comes from; X-Forwarded-For counts from trusted proxies alone."""
    return request.client.host if request.client is not None else "unknown"
