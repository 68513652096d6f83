"""What Prometheus sees: requests by route and status, and how long they took."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
    multiprocess,
)

CONTENT_TYPE = CONTENT_TYPE_LATEST

_REQUESTS = Counter(
    "marketflow_api_requests", "Requests that were answered.", ["method", "route", "status"]
)
_SECONDS = Histogram(
    "marketflow_api_request_seconds",
    "From the head of a request to the end of its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
_KEPT = Counter("marketflow_api_kept_answers", "Answers that came from what is kept.", ["route"])


def record(method: str, route: str, status: int, seconds: float, *, is_kept: bool) -> None:
    """Count an answer.

    Args:
        method: one of a few.
        route: the pattern, never the path: its number must not grow with what callers make up.
        status: of the answer.
        seconds: until its end.
        is_kept: whether it came from what is kept.
    """
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)
    if is_kept:
        _KEPT.labels(route).inc()


def exposition() -> bytes:
    """Return all counters, those of the other workers included."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    everybody = CollectorRegistry()
    multiprocess.MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
    return generate_latest(everybody)
