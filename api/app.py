"""The application, put together."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from api.problems import Problem
from api.routes import context, documentation, explanations, health, marts, tokens
from api.routes.gate import Gate, as_response, of_validation
from api.routes.schemas import ProblemDetails
from warehouse.settings import Settings

TITLE = "MarketFlow"
VERSION = "1"
_DESCRIPTION = """\
The marts of a MarketFlow warehouse, read-only.

- The path is the name of the mart without its prefix; columns mean what they mean there.
- Send `Authorization: Bearer ...` with a token of `marketflow token`.
- `next_cursor`, also as a `Link` header, is where the next page begins; rows that are added
  meanwhile neither move nor repeat others.
- `Accept` chooses JSON, CSV, Parquet or an Arrow stream. Instants are in UTC, the unknown is null.
- `ETag` changes with the build of the mart: `If-None-Match` costs nearly nothing.
- What fails is told as problem details (RFC 9457), the wrong parameter by its name.
"""
_TAGS = {
    "instruments": "What is tracked, and when its markets are open.",
    "prices": "Latest prices and bars.",
    "indicators": "What is computed from bars.",
    "trends": "What moves, and what begins to.",
    "forecasts": "What may come, and how good that was.",
    "macro": "Economic series, with every vintage, and the yield curve.",
    "crypto": "Coins.",
    "operations": "Health, freshness, runs and checks.",
    "tokens": "Who may ask.",
}


def build(settings: Settings) -> FastAPI:
    """Return the application for these settings. It connects to nothing yet.

    Raises:
        SettingsError: a key is too short, or a user is written wrongly.
    """
    made = context.build(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        made.close()

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=_DESCRIPTION,
        openapi_tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        openapi_url=documentation.OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.context = made
    app.include_router(health.router)
    app.include_router(tokens.router)
    app.include_router(marts.router(settings.api_max_rows))
    app.include_router(explanations.router)
    app.include_router(documentation.router)
    for kind in (Problem, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _on_failure)
    app.openapi = lambda: _specification(app)  # type: ignore[method-assign]
    if settings.api_cors_origins is not None:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[origin.strip() for origin in settings.api_cors_origins.split(",")],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Accept", "If-None-Match", "X-Request-ID"],
            expose_headers=["ETag", "Link", "Last-Modified", "Retry-After", "X-Request-ID"],
        )
    app.add_middleware(Gate)
    return app


def _specification(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            tags=app.openapi_tags,
            routes=app.routes,
        )
        schemas = made["components"]["schemas"]
        schemas["ProblemDetails"] = ProblemDetails.model_json_schema(
            ref_template="#/components/schemas/{model}"
        )
        schemas.update(schemas["ProblemDetails"].pop("$defs"))
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema


def _on_failure(request: Request, error: Exception) -> Response:
    """Answer with the problem that an exception is, or stands for."""
    match error:
        case Problem():
            problem = error
        case RequestValidationError():
            problem = of_validation(error.errors())
        case HTTPException():
            problem = _OfStatus(HTTPStatus(error.status_code), error.headers)
        case _:
            raise error
    return as_response(problem, request.state.request_id)


class _OfStatus(Problem):
    """What the framework itself refuses: a path or a method that there is not."""

    def __init__(self, status: HTTPStatus, headers: Mapping[str, str] | None) -> None:
        hint = f"{documentation.OPENAPI_PATH} lists what can be asked"
        super().__init__(f"{status.phrase}: {hint}", headers=headers)
        self.status = status.value
        self.kind = status.phrase.lower().replace(" ", "-")
        self.title = status.phrase
