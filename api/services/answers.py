"""Questions answered: from what is kept where the data are the same, else from the database."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.problems import NotFound
from api.queries import reading, versions
from api.queries.endpoints import Endpoint, Lookup
from api.queries.pool import Pool
from api.queries.reading import Condition, Question
from api.queries.versions import Version
from api.services import cursors, formats
from api.services.shared_store import SharedStore
from warehouse import database
from warehouse.settings import Settings

_LEAST_GZIPPED_BYTES = 1024
_GZIP_LEVEL = 4
_NO_CURSOR = b"-"


@dataclass(frozen=True)
class Wish:
    """How an answer is wanted.

    Attributes:
        media: one of formats.MEDIA.
        is_gzipped: whether it may be compressed.
        known: the tags of the answers that the caller has.
        is_single: whether one object is wanted rather than a page.
    """

    media: str = formats.JSON
    is_gzipped: bool = False
    known: frozenset[str] = frozenset()
    is_single: bool = False


@dataclass(frozen=True)
class Answer:
    """What is sent.

    Attributes:
        tag: stands for exactly this body.
        body: None where the caller has it.
        is_kept: whether it came from what is kept.
    """

    tag: str
    media: str
    body: bytes | None = None
    is_gzipped: bool = False
    next_cursor: str | None = None
    built_at: datetime | None = None
    is_kept: bool = False


class Answers:
    """The service behind every route over a mart.

    Args:
        settings: which database.
        pool: its connections.
        store: what is kept.
    """

    def __init__(self, settings: Settings, pool: Pool, store: SharedStore) -> None:
        self._settings = settings
        self._pool = pool
        self._store = store
        self._ids: dict[str, tuple[str, dict[str, str]]] = {}

    def answer(
        self,
        question: Question,
        named: Mapping[str, str],
        wish: Wish,
        cursor: str | None = None,
    ) -> Answer:
        """Answer a question.

        Args:
            question: without what is named and without a place to begin.
            named: names by the parameter of their lookup, separated by commas.
            wish: how the answer is wanted.
            cursor: where the page begins.

        Raises:
            Problem: it cannot be answered.
        """
        current = versions.current(self._pool, question.endpoint.relations)
        question = replace(
            question,
            conditions=(*question.conditions, *self._named(question.endpoint, named, current)),
        )
        if cursor is not None:
            question = replace(question, after=cursors.open_(self._key(), question, cursor))
        version = versions.together(current)
        tag = _tag(version, question, wish) if version.text else ""
        if tag and tag in wish.known:
            return Answer(tag, wish.media, built_at=version.built_at)
        kept = self._store.get(tag) if tag else None
        if kept is not None:
            return _unpacked(kept, tag, wish.media, version)
        body, next_cursor = self._written(question, wish)
        body, is_gzipped = _squeezed(body, wish)
        # A build that came in between brought other rows than the tag stands for.
        if tag and versions.current(self._pool, question.endpoint.relations) == current:
            self._store.keep(tag, _packed(body, next_cursor, is_gzipped=is_gzipped))
        else:
            tag = _hashed(body)
        return Answer(
            tag,
            wish.media,
            None if tag in wish.known else body,
            is_gzipped,
            next_cursor,
            version.built_at,
        )

    def _written(self, question: Question, wish: Wish) -> tuple[bytes, str | None]:
        columns = [question.endpoint.columns[name] for name in question.columns]
        rows = reading.rows(self._pool, question if wish.is_single else question.one_more())
        if wish.is_single:
            if not rows:
                raise NotFound("there is no such row")
            if wish.media == formats.JSON:
                return formats.write_json(formats.as_object(columns, rows[0])), None
            return formats.write(wish.media, columns, rows, None), None
        next_cursor = None
        if len(rows) > question.limit:
            rows = rows[: question.limit]
            places = [question.read_columns.index(name) for name in question.endpoint.sort]
            last = [rows[-1][place] for place in places]
            next_cursor = cursors.issue(self._key(), question, last)
        return formats.write(wish.media, columns, rows, next_cursor), next_cursor

    def _named(
        self, endpoint: Endpoint, named: Mapping[str, str], current: Mapping[str, Version]
    ) -> list[Condition]:
        """Return the conditions of what is asked for by name.

        Raises:
            NotFound: there is nothing of a name.
        """
        conditions = []
        for lookup in endpoint.lookups:
            if lookup.parameter not in named:
                continue
            known = self._known(lookup, current[lookup.relation])
            names = [name.strip() for name in named[lookup.parameter].split(",")]
            unknown = [name for name in names if name not in known]
            if unknown:
                raise NotFound(f"there is no {lookup.what} {unknown[0]!r}")
            ids = sorted({known[name] for name in names})
            is_one = len(ids) == 1
            conditions.append(
                Condition((lookup.id,), "=" if is_one else "any", ids[0] if is_one else ids)
            )
        return conditions

    def _known(self, lookup: Lookup, version: Version) -> dict[str, str]:
        """Return the ids by name, read anew when their mart was built anew."""
        kept_version, kept = self._ids.get(lookup.parameter, ("", {}))
        if not version.text or kept_version != version.text:
            kept = reading.ids(self._pool, lookup)
            self._ids[lookup.parameter] = version.text, kept
        return kept

    def _key(self) -> bytes:
        """Return the secret of cursors: the same on every machine of an installation."""
        return hashlib.sha256(b"cursor" + database.dsn(self._settings, "reader").encode()).digest()


def of_document(document: Mapping[str, Any], wish: Wish) -> Answer:
    """Return one document as JSON, tagged by what it says."""
    body, is_gzipped = _squeezed(formats.write_json(document), wish)
    tag = _hashed(body)
    return Answer(tag, formats.JSON, None if tag in wish.known else body, is_gzipped)


def _squeezed(body: bytes, wish: Wish) -> tuple[bytes, bool]:
    """Return a body compressed, and whether it is: not where it is short or nobody can read it."""
    if wish.is_gzipped and len(body) >= _LEAST_GZIPPED_BYTES:
        return gzip.compress(body, _GZIP_LEVEL, mtime=0), True
    return body, False


def _tag(version: Version, question: Question, wish: Wish) -> str:
    asked: tuple[Any, ...] = (
        version.text,
        question.endpoint.path,
        question.columns,
        question.conditions,
        question.is_descending,
        question.limit,
        question.after,
        question.as_of,
        wish.media,
        wish.is_gzipped,
        wish.is_single,
    )
    return _hashed(repr(asked).encode())


def _hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _packed(body: bytes, next_cursor: str | None, *, is_gzipped: bool) -> bytes:
    cursor = _NO_CURSOR if next_cursor is None else next_cursor.encode()
    return (b"1" if is_gzipped else b"0") + cursor + b"\n" + body


def _unpacked(kept: bytes, tag: str, media: str, version: Version) -> Answer:
    head, _, body = kept.partition(b"\n")
    cursor = None if head[1:] == _NO_CURSOR else head[1:].decode()
    return Answer(tag, media, body, head[:1] == b"1", cursor, version.built_at, is_kept=True)
