"""What every request passes: its id, the size of its body, its line in the log, safe headers.

Whatever goes wrong inside comes out as a problem; the log gets the kind of failure and its place
in our code, never a value.
"""

import logging
import re
import time
import traceback
import uuid
from collections.abc import Iterable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import BadParameter, ParameterError, Problem, TooLarge
from api.routes.schemas import PROBLEM_JSON
from api.services import formats, metrics

_log = logging.getLogger("api.access")
_failures = logging.getLogger("api.failures")

MOST_BODY_BYTES = 16 * 1024

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}


class Gate:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through and see it out."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        await _Passage(self._app, scope, receive, send).pass_through()


class _Passage:
    """One request."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self._app, self._scope, self._receive, self._send = app, scope, receive, send
        self._headers = Headers(scope=scope)
        given = self._headers.get("x-request-id", "")
        is_good = _REQUEST_ID.fullmatch(given)
        self._state: dict[str, Any] = scope.setdefault("state", {})
        self._state["request_id"] = given if is_good else uuid.uuid4().hex
        self._began = time.perf_counter()
        self._status = 0
        self._sent_bytes = 0
        self._body: bytes | None = None

    async def pass_through(self) -> None:
        try:
            self._body = await self._whole_body()
            await self._app(self._scope, self._replay, self._guarded_send)
        except Problem as problem:
            await self._tell(problem)
        except ClientDisconnect:
            self._status = 499
        except Exception as error:  # noqa: BLE001 - nothing inside may be seen outside
            _failures.error("%s at %s", type(error).__name__, _place(error))
            await self._tell(Problem("this was not foreseen; the log has it by its request id"))
        finally:
            self._record()

    async def _whole_body(self) -> bytes:
        """Return the body, which is short, so that nobody inside waits for it.

        Raises:
            TooLarge: it is not short.
            ClientDisconnect: it ended before its end.
        """
        too_large = TooLarge(f"a body may have {MOST_BODY_BYTES} bytes")
        if int(self._headers.get("content-length", "0")) > MOST_BODY_BYTES:
            raise too_large
        body, is_more = b"", True
        while is_more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            body += message.get("body", b"")
            is_more = message.get("more_body", False)
            if len(body) > MOST_BODY_BYTES:
                raise too_large
        return body

    async def _replay(self) -> Message:
        body, self._body = self._body, None
        if body is None:
            return await self._receive()
        return {"type": "http.request", "body": body, "more_body": False}

    async def _guarded_send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _SAFE_HEADERS.items():
                headers.setdefault(name, value)
            for name, value in self._state.get("limit_headers", {}).items():
                headers.setdefault(name, value)
            headers["X-Request-ID"] = self._state["request_id"]
        elif message["type"] == "http.response.body":
            self._sent_bytes += len(message.get("body", b""))
        await self._send(message)

    async def _tell(self, problem: Problem) -> None:
        if self._status:
            # The head is out: all that is left is to end it.
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
            return
        answer = as_response(problem, self._state["request_id"])
        if isinstance(problem, TooLarge):
            answer.headers["Connection"] = "close"
        await answer(self._scope, self._receive, self._guarded_send)

    def _record(self) -> None:
        seconds = time.perf_counter() - self._began
        route = getattr(self._scope.get("route"), "path", "none")
        method = self._scope["method"]
        known = method if method in ("GET", "HEAD", "POST", "OPTIONS") else "other"
        is_kept = bool(self._state.get("is_kept"))
        metrics.record(known, route, self._status, seconds, is_kept=is_kept)
        client = self._scope.get("client")
        _log.info(
            "%s %s %d",
            known,
            route,
            self._status,
            extra={
                "fields": {
                    "request_id": self._state["request_id"],
                    "method": known,
                    "route": route,
                    "status": self._status,
                    "milliseconds": round(1000 * seconds, 2),
                    "bytes": self._sent_bytes,
                    "address": client[0] if client else None,
                    "subject": self._state.get("subject"),
                    "is_kept": is_kept,
                }
            },
        )


def as_response(problem: Problem, request_id: str) -> Response:
    """Return a problem as it is sent."""
    body = formats.write_json(problem.document(request_id))
    return Response(body, problem.status, problem.headers, media_type=PROBLEM_JSON)


def of_validation(errors: Iterable[Any]) -> Problem:
    """Return what pydantic found wrong as a problem that names each parameter."""
    return BadParameter(
        *(
            ParameterError(
                ".".join(str(part) for part in error["loc"][1:2]) or str(error["loc"][0]),
                error["msg"],
            )
            for error in errors
        )
    )


def _place(error: BaseException) -> str:
    """Return where an error was raised, without a line of code or a value."""
    frames = traceback.extract_tb(error.__traceback__)
    return " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames[-5:]))
