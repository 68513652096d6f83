"""Cursors: where the next page begins, sealed, so that nobody can make one up."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from api.problems import BadParameter, ParameterError
from api.queries.catalog import Column
from api.queries.reading import Question

_SEAL_BYTES = 16

_READ: Mapping[str, Any] = {
    "date": date.fromisoformat,
    "timestamptz": datetime.fromisoformat,
}


def issue(key: bytes, question: Question, last: Sequence[Any]) -> str:
    """Return the cursor of the page after a row.

    Args:
        key: the secret of the seal.
        question: what was asked.
        last: the values of the order's columns in the last row of the page.
    """
    values = [value.isoformat() if isinstance(value, date) else value for value in last]
    body = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_seal(key, question, body) + body).decode().rstrip("=")


def open_(key: bytes, question: Question, cursor: str) -> tuple[Any, ...]:
    """Return the values after which a page begins.

    Raises:
        BadParameter: it was not issued for this question.
    """
    sealed = _decoded(cursor)
    seal, body = sealed[:_SEAL_BYTES], sealed[_SEAL_BYTES:]
    if not hmac.compare_digest(seal, _seal(key, question, body)):
        raise BadParameter(
            ParameterError(
                "cursor", "was not issued for this question: begin again without a cursor"
            )
        )
    values = json.loads(body)
    columns = [question.endpoint.columns[name] for name in question.endpoint.sort]
    return tuple(_typed(column, value) for column, value in zip(columns, values, strict=True))


def _decoded(cursor: str) -> bytes:
    """Return the bytes of a cursor, and of what is none nothing."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError:
        return b""


def _seal(key: bytes, question: Question, body: bytes) -> bytes:
    """Return a keyed hash of a cursor's body and of what a page has in common with the next."""
    asked = repr(
        (question.endpoint.path, question.is_descending, question.conditions, question.as_of)
    )
    return hmac.new(key, asked.encode() + b"\0" + body, hashlib.sha256).digest()[:_SEAL_BYTES]


def _typed(column: Column, value: Any) -> Any:
    return _READ.get(column.data_type, lambda same: same)(value)
