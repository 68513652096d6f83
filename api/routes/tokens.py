"""The OAuth2 password flow: a token for a user's password."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm

from api import problems
from api.problems import BadParameter, ParameterError, Unauthorized
from api.queries.endpoints import SCOPES
from api.routes import context, security
from api.routes.schemas import Token, described
from api.services import tokens

ATTEMPTS_A_MINUTE = 10

router = APIRouter(tags=["tokens"])


def count_attempt(request: Request) -> None:
    """Count an attempt by its address, far more strictly than a question."""
    security.count_address(request)
    limiter = context.of(request).limiter
    limiter.admit(f"password:{security.address(request)}", ATTEMPTS_A_MINUTE, "this address")


@router.post(
    security.TOKEN_PATH,
    operation_id="create_token",
    summary="A token for a user's password (OAuth2 password flow)",
    response_model=Token,
    responses={
        problem.status: described(problem)
        for problem in (
            problems.Unauthorized,
            problems.BadParameter,
            problems.TooLarge,
            problems.TooManyRequests,
        )
    },
    dependencies=[Depends(count_attempt)],
)
def create_token(
    request: Request,
    response: Response,
    form: Annotated[OAuth2PasswordRequestForm, Depends()],
) -> Token:
    """Give a token that lasts an hour. Without `scope` it reaches everything."""
    here = context.of(request)
    unknown = [scope for scope in form.scopes if scope not in SCOPES]
    if unknown:
        raise BadParameter(ParameterError("scope", f"may be some of {', '.join(SCOPES)}"))
    if not here.users.admit(form.username, form.password):
        raise Unauthorized("the user or the password is wrong")
    scopes = form.scopes or list(SCOPES)
    seconds = tokens.PASSWORD_TOKEN_SECONDS
    response.headers["Cache-Control"] = "no-store"
    return Token(
        access_token=here.keys.issue(form.username, scopes, seconds),
        token_type="bearer",  # noqa: S106 - the kind of token, as OAuth2 names it
        expires_in=seconds,
        scope=" ".join(scopes),
    )
