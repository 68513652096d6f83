"""The routes that tell where a number comes from: one handler, one description each."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response, Security
from pydantic import BaseModel, ConfigDict, Field, create_model

from api.problems import NotFound
from api.queries import explanations
from api.queries.explanations import EXPLANATIONS, KNOWN_AT, Explanation
from api.routes import context, marts, parameters, security
from api.routes.schemas import PROBLEMS
from api.services import answers, formats

router = APIRouter(prefix="/v1/explain")


class Explained(BaseModel):
    """A row, and what it was made of, as its function of ops documents it."""

    model_config = ConfigDict(extra="allow")

    row: dict[str, Any] = Field(
        description="The row as the mart has it.",
        examples=[{"symbol": "AAPL", "session_date": "2025-03-14", "close_price": 213.49}],
    )


def _model(explanation: Explanation) -> type[parameters.Parameters]:
    columns = explanation.table.columns
    fields: dict[str, Any] = {
        name: parameters.exactly(columns[name])
        for name in explanation.arguments
        if name != KNOWN_AT
    }
    if KNOWN_AT in explanation.arguments:
        fields[KNOWN_AT] = (
            parameters.INSTANT | None,
            Field(
                None,
                description="The instant whose vintage is meant; left out: now.",
                examples=["2025-03-14T20:00:00Z"],
            ),
        )
    made: type[parameters.Parameters] = create_model(
        f"Explain{explanation.word.title().replace('_', '')}Parameters",
        __base__=parameters.Parameters,
        **fields,
    )
    return made


def _handler(
    explanation: Explanation, model: type[parameters.Parameters]
) -> Callable[..., Response]:
    def handle(request: Request, given: Annotated[Any, Query()]) -> Response:
        wish = marts.wish(request, served=(formats.JSON,))
        here = context.of(request)
        values = given.model_dump()
        if KNOWN_AT in values:
            values[KNOWN_AT] = values[KNOWN_AT] or here.settings.now()
        found = explanations.explain(
            here.pool, explanation, [values[name] for name in explanation.arguments]
        )
        if found is None:
            raise NotFound("there is no such row to explain")
        return marts.respond(request, answers.of_document(found, wish))

    # FastAPI reads the parameters off the annotation.
    handle.__annotations__["given"] = Annotated[model, Query()]
    return handle


for _one in EXPLANATIONS:
    router.add_api_route(
        f"/{_one.word}",
        _handler(_one, _model(_one)),
        methods=["GET"],
        operation_id=f"explain_{_one.word}",
        summary=_one.summary,
        tags=[_one.tag],
        response_class=Response,
        responses={
            **PROBLEMS,
            200: {
                "model": Explained,
                "description": "The row and what it was made of.",
                "headers": marts.HEADERS,
                "content": {formats.JSON: {"example": {"row": {"symbol": "AAPL"}}}},
            },
            304: {"description": "The caller has this very answer (If-None-Match)."},
        },
        dependencies=[Security(security.caller, scopes=[_one.scope])],
    )
