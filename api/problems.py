"""Every failure that a caller of the API can meet, told as RFC 9457 problem details.

Problem
├── BadParameter            422   a parameter that cannot be; it is named
├── NotFound                404   no such thing
├── Unauthorized            401   no token, or one that does not hold
├── Forbidden               403   the token lacks the scope
├── NotAcceptable           406   no format of the Accept header is served
├── TooLarge                413   a body that is longer than any that is asked for
├── TooManyRequests         429   the rate limit; says when to come back
└── Unavailable             503   the database or a mart is not there now; says when to come back

None holds SQL, a secret or a trace.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ParameterError:
    """What is wrong with one parameter."""

    parameter: str
    message: str


class Problem(Exception):
    """A failure that is answered with its status.

    Args:
        detail: one sentence: what, and what to do.
        errors: the parameters in question.
        headers: what the answer carries besides.
    """

    status = 500
    kind = "internal-error"
    title = "Something failed here"

    def __init__(
        self,
        detail: str,
        errors: tuple[ParameterError, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})

    def document(self, request_id: str) -> dict[str, Any]:
        """Return the body of application/problem+json."""
        body: dict[str, Any] = {
            "type": f"urn:marketflow:problem:{self.kind}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": f"urn:marketflow:request:{request_id}",
        }
        if self.errors:
            body["errors"] = [asdict(error) for error in self.errors]
        return body


class BadParameter(Problem):
    """Parameters that cannot be.

    Args:
        errors: each with its name.
    """

    status = 422
    kind = "bad-parameter"
    title = "A parameter cannot be"

    def __init__(self, *errors: ParameterError) -> None:
        listed = "; ".join(f"{error.parameter}: {error.message}" for error in errors)
        super().__init__(listed, errors)


class NotFound(Problem):
    """There is no such thing."""

    status = 404
    kind = "not-found"
    title = "There is no such thing"


class Unauthorized(Problem):
    """There is no token, or it does not hold."""

    status = 401
    kind = "unauthorized"
    title = "A token is needed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="marketflow"'})


class Forbidden(Problem):
    """The token holds, and does not reach this far."""

    status = 403
    kind = "missing-scope"
    title = "The token lacks a scope"

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"this needs the scope {scope}, which the token lacks",
            headers={"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{scope}"'},
        )


class NotAcceptable(Problem):
    """No format that the caller takes is served."""

    status = 406
    kind = "not-acceptable"
    title = "No such format"


class TooLarge(Problem):
    """The body is longer than anything that is asked here."""

    status = 413
    kind = "too-large"
    title = "The body is too long"


class TooManyRequests(Problem):
    """The rate limit is reached."""

    status = 429
    kind = "too-many-requests"
    title = "Too many requests"

    def __init__(self, limit: int, whose: str, retry_after: int) -> None:
        super().__init__(
            f"{whose} may ask {limit} times a minute: come back in {retry_after} seconds",
            headers={"Retry-After": str(retry_after)},
        )


class Unavailable(Problem):
    """What the answer is made of is not there now."""

    status = 503
    kind = "unavailable"
    title = "Not available now"

    def __init__(self, detail: str, retry_after: int = 2) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class NotBuilt(Unavailable):
    """The database answers, but a mart is not built yet, or is older than this API."""

    kind = "not-built"
    title = "A mart is not built"

    def __init__(self, mart: str) -> None:
        super().__init__(
            f"{mart} is not built yet, or older than this API: `marketflow transform` builds it",
            retry_after=60,
        )
