"""The routes over the marts: one handler, as many routes as there are descriptions."""

from collections.abc import Callable, Mapping, Sequence
from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, Security
from pydantic import BaseModel

from api.problems import NotAcceptable
from api.queries.endpoints import ENDPOINTS, Endpoint
from api.queries.reading import Question
from api.routes import context, parameters, security
from api.routes.schemas import PROBLEMS
from api.services import formats
from api.services.answers import Answer, Wish

_INSTRUMENTS = next(one for one in ENDPOINTS if one.word == "instruments")
_OTHER_FORMATS: Mapping[str, Any] = {
    formats.CSV: {"schema": {"type": "string"}, "example": "symbol,price\r\nAAPL,213.49\r\n"},
    formats.PARQUET: {"schema": {"type": "string", "format": "binary"}},
    formats.ARROW: {"schema": {"type": "string", "format": "binary"}},
}
HEADERS: Mapping[str, Any] = {
    "ETag": {
        "description": "Stands for this very answer: send it back in If-None-Match.",
        "schema": {"type": "string"},
    },
    "Cache-Status": {
        "description": "Whether it was kept: `marketflow; hit`, or `fwd=miss` (RFC 9211).",
        "schema": {"type": "string"},
    },
    "Link": {
        "description": 'The next page, as `<...>; rel="next"`; absent on the last.',
        "schema": {"type": "string"},
    },
    "Last-Modified": {
        "description": "When the mart was built; absent where nobody knows.",
        "schema": {"type": "string"},
    },
}


def router(max_rows: int) -> APIRouter:
    """Return the routes.

    Args:
        max_rows: the most rows of a page.
    """
    made = APIRouter(prefix="/v1")
    for endpoint in ENDPOINTS:
        _add(made, endpoint, max_rows)
    _add_one_instrument(made)
    return made


def _add(made: APIRouter, endpoint: Endpoint, max_rows: int) -> None:
    row = parameters.row_model(endpoint)
    page = parameters.page_model(endpoint, row)
    example = {
        "data": [{name: parameters.example(one) for name, one in endpoint.columns.items()}],
        "next_cursor": "nYx0m1V2Zk9hQ3RlZ1ZpZXdbIkFBUEwiXQ",
    }
    made.add_api_route(
        f"/{endpoint.word}",
        _handler(endpoint, parameters.model(endpoint, max_rows)),
        methods=["GET"],
        operation_id=f"list_{endpoint.word}",
        summary=endpoint.summary,
        description=endpoint.table.description,
        tags=[endpoint.tag],
        response_class=Response,
        responses={
            **PROBLEMS,
            200: {
                "model": page,
                "description": "A page of rows.",
                "headers": HEADERS,
                "content": {formats.JSON: {"example": example}, **_OTHER_FORMATS},
                "links": _next_page(endpoint),
            },
            304: {"description": "The caller has this very answer (If-None-Match)."},
        },
        dependencies=[Security(security.caller, scopes=[endpoint.scope])],
    )


def _handler(endpoint: Endpoint, model: type[parameters.Parameters]) -> Callable[..., Response]:
    def handle(request: Request, given: Annotated[Any, Query()]) -> Response:
        question, named = parameters.question(endpoint, given)
        answer = context.of(request).answers.answer(
            question,
            named,
            wish(request),
            given.cursor,
        )
        return respond(request, answer)

    # FastAPI reads the parameters off the annotation.
    handle.__annotations__["given"] = Annotated[model, Query()]
    return handle


def _add_one_instrument(made: APIRouter) -> None:
    row: type[BaseModel] = parameters.row_model(_INSTRUMENTS)
    example = {name: parameters.example(one) for name, one in _INSTRUMENTS.columns.items()}

    @made.get(
        "/instruments/{symbol:path}",
        operation_id="get_instrument",
        summary="One instrument by its symbol or its id",
        description=_INSTRUMENTS.table.description,
        tags=[_INSTRUMENTS.tag],
        response_class=Response,
        responses={
            **PROBLEMS,
            200: {
                "model": row,
                "description": "The instrument.",
                "headers": HEADERS,
                "content": {formats.JSON: {"example": example}, **_OTHER_FORMATS},
            },
            304: {"description": "The caller has this very answer (If-None-Match)."},
        },
        dependencies=[Security(security.caller, scopes=[_INSTRUMENTS.scope])],
    )
    def get_instrument(
        request: Request,
        symbol: Annotated[
            str,
            Path(
                pattern=parameters.NAME_PATTERN,
                description="The symbol, such as BRK.B or BTC/USD, or the instrument_id.",
                examples=["AAPL"],
            ),
        ],
    ) -> Response:
        question = Question(_INSTRUMENTS, tuple(_INSTRUMENTS.columns), (), False, 1)
        answer = context.of(request).answers.answer(
            question, {"symbol": symbol}, wish(request, is_single=True)
        )
        return respond(request, answer)


def wish(
    request: Request, *, is_single: bool = False, served: Sequence[str] = formats.MEDIA
) -> Wish:
    """Return how the answer is wanted, from the request's headers.

    Args:
        request: whose headers.
        is_single: whether one object is wanted rather than a page.
        served: the formats that there are.

    Raises:
        NotAcceptable: no format that the caller takes is served.
    """
    known = request.headers.get("if-none-match", "")
    return Wish(
        _media(request.headers.get("accept", "*/*"), served),
        _accepts_gzip(request.headers.get("accept-encoding", "")),
        frozenset(tag.strip().removeprefix("W/").strip('"') for tag in known.split(",")),
        is_single,
    )


def respond(request: Request, answer: Answer) -> Response:
    """Return an answer with its headers."""
    request.state.is_kept = answer.is_kept
    headers = {
        "ETag": f'"{answer.tag}"',
        # Kept by the caller alone, and asked for again each time: a new load is seen at once.
        "Cache-Control": "private, no-cache",
        "Vary": "Accept, Accept-Encoding, Authorization",
        "Cache-Status": f"marketflow; {'hit' if answer.is_kept else 'fwd=miss'}",
    }
    if answer.built_at is not None:
        headers["Last-Modified"] = format_datetime(answer.built_at, usegmt=True)
    if answer.body is None:
        return Response(status_code=304, headers=headers)
    if answer.is_gzipped:
        headers["Content-Encoding"] = "gzip"
    if answer.next_cursor is not None:
        url = request.url.include_query_params(cursor=answer.next_cursor)
        headers["Link"] = f'<{url.path}?{url.query}>; rel="next"'
    is_csv = answer.media == formats.CSV
    # Starlette would add a charset to any text.
    headers["Content-Type"] = f"{answer.media}; charset=utf-8" if is_csv else answer.media
    return Response(answer.body, headers=headers)


def _media(accept: str, served: Sequence[str]) -> str:
    """Return the format that an Accept header likes best."""
    wanted: list[tuple[float, int, str]] = []
    for number, part in enumerate(accept.split(",")[:50]):
        name, *rules = (piece.strip().lower() for piece in part.split(";"))
        weight = next((rule[2:] for rule in rules if rule.startswith("q=")), "1")
        try:
            quality = float(weight)
        except ValueError:
            quality = 0.0
        if quality > 0:
            wanted.append((-quality, number, name))
    for _, _, name in sorted(wanted):
        for media in served:
            kind = media.partition("/")[0]
            if name in ("*/*", f"{kind}/*", media):
                return media
    raise NotAcceptable(f"Accept asks for none of {', '.join(served)}; leave it out for JSON")


def _accepts_gzip(accepted: str) -> bool:
    parts = (part.strip().lower().split(";") for part in accepted.split(","))
    return any(
        name.strip() == "gzip" and not any(rule.strip() in ("q=0", "q=0.0") for rule in rules)
        for name, *rules in parts
    )


def _next_page(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "next": {
            "operationId": f"list_{endpoint.word}",
            "parameters": {"cursor": "$response.body#/next_cursor"},
            "description": "The next page: all other parameters stay the same.",
        }
    }
