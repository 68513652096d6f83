"""Whether the process lives, whether it can answer, and what it counts."""

from fastapi import APIRouter, Depends, Request, Response, Security

from api import problems
from api.problems import Unavailable
from api.queries import sources
from api.routes import context, security
from api.routes.schemas import PROBLEMS, Health, Readiness
from api.services import metrics

# One missed session may be on its way; more is stale, as the dashboard says too.
_MOST_SESSIONS_LATE = 1

router = APIRouter(tags=["operations"])


@router.get(
    "/health",
    operation_id="get_health",
    summary="Whether the process lives",
    response_model=Health,
)
async def get_health() -> Health:
    """Answer without asking anybody."""
    return Health(status="alive")


@router.get(
    "/ready",
    operation_id="get_readiness",
    summary="Whether the database answers and what it holds is fresh",
    response_model=Readiness,
    responses={
        problems.TooManyRequests.status: PROBLEMS[problems.TooManyRequests.status],
        problems.Unavailable.status: PROBLEMS[problems.Unavailable.status],
    },
    dependencies=[Depends(security.count_address)],
)
def get_readiness(request: Request) -> Readiness:
    """Ask the database how far each source lags; more than one session is not ready."""
    late = sources.sessions_late(context.of(request).pool)
    stale = sorted(source for source, count in late.items() if count > _MOST_SESSIONS_LATE)
    if stale:
        raise Unavailable(
            f"the data are stale: {', '.join(stale)} missed more than one session; "
            "`marketflow ingest` fetches what is new",
            retry_after=60,
        )
    return Readiness(status="ready", sessions_late=late)


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="Counters and durations for Prometheus",
    response_class=Response,
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        problems.Unauthorized.status: PROBLEMS[problems.Unauthorized.status],
        problems.Forbidden.status: PROBLEMS[problems.Forbidden.status],
        problems.TooManyRequests.status: PROBLEMS[problems.TooManyRequests.status],
    },
    dependencies=[Security(security.caller, scopes=["ops"])],
)
def get_metrics() -> Response:
    """Sum the counters of all workers of this machine."""
    return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)
