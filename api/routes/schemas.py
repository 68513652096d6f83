"""What is answered beside rows: problems, tokens, health."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from api import problems
from api.problems import Problem

PROBLEM_JSON = "application/problem+json"


class WrongParameter(BaseModel):
    """What is wrong with one parameter."""

    model_config = ConfigDict(extra="forbid")

    parameter: str = Field(description="Its name.", examples=["limit"])
    message: str = Field(description="What is wrong.", examples=["must be 1 or more"])


class ProblemDetails(BaseModel):
    """Problem details after RFC 9457."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="The kind of problem, the same for ever.")
    title: str = Field(description="The kind of problem in words.")
    status: int = Field(description="The HTTP status.")
    detail: str = Field(description="What happened here, and what to do.")
    instance: str = Field(description="The request, as it stands in the log.")
    errors: list[WrongParameter] = Field(
        default_factory=list, description="The parameters in question."
    )


class Token(BaseModel):
    """A token, as OAuth2 tells it."""

    access_token: str = Field(description="The JWT: send it as `Authorization: Bearer ...`.")
    token_type: str = Field(description="bearer.", examples=["bearer"])
    expires_in: int = Field(description="Seconds until it expires.", examples=[3600])
    scope: str = Field(description="What it reaches.", examples=["market macro"])


class Health(BaseModel):
    """The process lives."""

    status: str = Field(description="alive.", examples=["alive"])


class Readiness(BaseModel):
    """The database answers, and what it holds is fresh."""

    status: str = Field(description="ready.", examples=["ready"])
    sessions_late: dict[str, int] = Field(
        description="By source, the finished sessions since its last fetch.",
        examples=[{"fmp": 0}],
    )


_ANSWERED: tuple[type[Problem], ...] = (
    problems.Unauthorized,
    problems.Forbidden,
    problems.NotFound,
    problems.NotAcceptable,
    problems.BadParameter,
    problems.TooManyRequests,
    problems.Unavailable,
)
_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}


def described(problem: type[Problem]) -> dict[str, Any]:
    """Return how a problem stands in the specification."""
    wrong = problems.ParameterError("limit", "Input should be greater than or equal to 1")
    shown = Problem(
        "one sentence: what happened, and what to do",
        (wrong,) if problem is problems.BadParameter else (),
    )
    shown.status, shown.kind, shown.title = problem.status, problem.kind, problem.title
    example = shown.document("0f8fad5bd9cb469fa16570867728950e")
    answer: dict[str, Any] = {
        "description": (problem.__doc__ or "").partition("\n")[0],
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": "#/components/schemas/ProblemDetails"},
                "example": example,
            }
        },
    }
    if problem in (problems.TooManyRequests, problems.Unavailable):
        answer["headers"] = _RETRY_AFTER
    return answer


PROBLEMS: Mapping[int | str, dict[str, Any]] = {
    problem.status: described(problem) for problem in _ANSWERED
}
"""What any route over a mart may answer instead of rows."""
