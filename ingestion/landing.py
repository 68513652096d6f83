"""The landing: every response body as it came, beside it what was asked.

<landing>/source=<s>/endpoint=<resource>/ticker=<t>/date=<UTC day>/<request_id>-<sha256>.json.gz
and then the same name with .meta.json, the sidecar: a body without one was never landed.
"""

import gzip
import hashlib
import json
import os
import secrets
from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import quote

import fsspec

from ingestion.errors import LandingError, OriginMismatch

Origin = Literal["sandbox", "live"]
BodyOutcome = Literal["ok", "empty", "error"]

_STAMP = "_origin.json"
_BODY_SUFFIX = ".json.gz"
_SIDECAR_SUFFIX = ".meta.json"
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Sidecar:
    """What is known of a landed body.

    Attributes:
        request_id: sorts as the requests were made.
        symbols: in the provider's spelling; empty where the endpoint knows none.
        params: the query, without any key.
        url: without any key.
        outcome: whether the body holds rows, properly none, or no data.
        error_class: the name of the error, where the outcome is one.
        fetched_at: when it came, by MARKETFLOW_NOW where that is set; UTC.
        requested_at: when it was asked for, by the real clock; UTC.
        sha256: of the body; also its response_id.
        bytes: length of the body.
        is_redacted: whether the body echoed a key, which was taken out.
        is_synthetic: whether the provider called it synthetic.
        path: where the body lies below the landing.
    """

    request_id: str
    run_id: str
    source: str
    resource: str
    symbols: tuple[str, ...]
    params: Mapping[str, str]
    url: str
    method: str
    status: int
    outcome: BodyOutcome
    error_class: str | None
    fetched_at: datetime
    requested_at: datetime
    sha256: str
    bytes: int
    is_redacted: bool
    is_synthetic: bool
    content_type: str
    path: str = field(default="", compare=False)

    @property
    def response_id(self) -> str:
        """The sha256 of the body."""
        return self.sha256

    def to_json(self) -> str:
        """Return the text of the sidecar file."""
        values = asdict(self)
        del values["path"]
        for name in ("fetched_at", "requested_at"):
            values[name] = values[name].astimezone(UTC).isoformat()
        return json.dumps(values, indent=1, ensure_ascii=False)

    @staticmethod
    def from_json(text: str, path: str) -> "Sidecar":
        """Read the text of the sidecar file of the body at `path`."""
        values: dict[str, Any] = json.loads(text)
        for name in ("fetched_at", "requested_at"):
            values[name] = datetime.fromisoformat(values[name])
        values["symbols"] = tuple(values["symbols"])
        return Sidecar(**values, path=path)


class Landing:
    """A landing on disk or on any object store that fsspec knows.

    Args:
        url: a path or an fsspec URL.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._files, root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError, OSError) as error:
            raise LandingError(
                f"MARKETFLOW_LANDING_URL names {url}, which cannot be opened: {error}"
            ) from None
        self._root = root.rstrip("/")
        self._origin: Origin | None = None
        self._is_local = "file" in self._files.protocol or "local" in self._files.protocol

    def write(self, sidecar: Sidecar, body: bytes) -> Sidecar:
        """Land a body, then its sidecar, and return the sidecar with its path.

        Raises:
            LandingError: it cannot be written.
            OriginMismatch: synthetic data meets live data here, or the reverse.
        """
        if sidecar.outcome != "error":
            self.require_origin("sandbox" if sidecar.is_synthetic else "live")
        path = body_path(sidecar)
        self._put(path, gzip.compress(body, compresslevel=5, mtime=0))
        self._put(_sidecar_path(path), sidecar.to_json().encode())
        return replace(sidecar, path=path)

    def list_committed(
        self, source: str | None = None, *, known: Container[str] = frozenset()
    ) -> Iterator[Sidecar]:
        """Yield the sidecars of all landed bodies, in the order of their requests.

        Args:
            source: only those of this provider.
            known: request ids to leave out, without reading them.

        Raises:
            LandingError: a sidecar cannot be read.
        """
        top = self._root if source is None else f"{self._root}/source={source}"
        names = self._files.find(top) if self._files.exists(top) else []
        found = sorted(
            (name.rsplit("/", 1)[-1].partition("-")[0], name)
            for name in names
            if name.endswith(_SIDECAR_SUFFIX) and "/source=" in f"/{name}"
        )
        for request_id, name in found:
            if request_id not in known:
                path = name.removeprefix(f"{self._root}/")
                yield Sidecar.from_json(
                    self._get(path).decode(), path.removesuffix(_SIDECAR_SUFFIX) + _BODY_SUFFIX
                )

    def read_body(self, sidecar: Sidecar) -> bytes:
        """Return a landed body.

        Raises:
            LandingError: it is missing, or not what was landed.
        """
        try:
            body = gzip.decompress(self._get(sidecar.path))
        except (EOFError, gzip.BadGzipFile):
            body = b""
        if hashlib.sha256(body).hexdigest() != sidecar.sha256:
            raise LandingError(
                f"{self.url}/{sidecar.path} is damaged: remove it and its sidecar, "
                "and extract that window again"
            )
        return body

    def origin(self) -> Origin | None:
        """Return what kind of data lies here; None before the first body."""
        stamp = self._stamp()
        return None if stamp is None else cast("Origin", stamp["origin"])

    def identity(self) -> str | None:
        """Return what tells this landing from all others; None before the first body."""
        stamp = self._stamp()
        return None if stamp is None else str(stamp.get("landing_id", ""))

    def require_origin(self, origin: Origin) -> None:
        """Stamp the landing with the kind of its data, or hold it to its stamp.

        Raises:
            OriginMismatch: it holds the other kind.
            LandingError: it cannot be written.
        """
        self._origin = found = self._origin or self.origin()
        if found is None:
            stamp = {"origin": origin, "landing_id": secrets.token_hex(8)}
            self._put(_STAMP, json.dumps(stamp).encode(), only_if_absent=True)
            found = self.origin()
        if found != origin:
            raise OriginMismatch(
                f"the landing {self.url} holds {found} data and this provider sends {origin} "
                "data: `marketflow db reset` begins anew, or set MARKETFLOW_HOME and "
                "MARKETFLOW_DATABASE_URL to another installation"
            )

    def _stamp(self) -> dict[str, Any] | None:
        if not self._files.exists(f"{self._root}/{_STAMP}"):
            return None
        stamp: dict[str, Any] = json.loads(self._get(_STAMP))
        return stamp

    def _get(self, path: str) -> bytes:
        try:
            return bytes(self._files.cat_file(f"{self._root}/{path}"))
        except (OSError, ValueError) as error:
            raise LandingError(f"{self.url}/{path} cannot be read: {_why(error)}") from None

    def _put(self, path: str, data: bytes, *, only_if_absent: bool = False) -> None:
        target = f"{self._root}/{path}"
        try:
            if self._is_local:
                _put_file(Path(target), data, only_if_absent=only_if_absent)
            else:
                # An object appears whole or not at all.
                self._files.pipe_file(target, data)
        except OSError as error:
            raise LandingError(
                f"the landing {self.url} cannot be written ({_why(error)}): free space or "
                "permissions, or set MARKETFLOW_HOME or MARKETFLOW_LANDING_URL"
            ) from None


def body_path(sidecar: Sidecar) -> str:
    """Return where a body lies below its landing."""
    return (
        f"source={sidecar.source}/endpoint={sidecar.resource}/ticker={_ticker(sidecar.symbols)}"
        f"/date={sidecar.fetched_at.astimezone(UTC):%Y-%m-%d}"
        f"/{sidecar.request_id}-{sidecar.sha256}{_BODY_SUFFIX}"
    )


def _ticker(symbols: tuple[str, ...]) -> str:
    if not symbols:
        return "_all"
    if len(symbols) > 1:
        return "_batch"
    name = quote(symbols[0], safe="")
    # A name of dots alone would climb out of its directory.
    name = name.replace(".", "%2E") if not name.strip(".") else name
    return name[:_LONGEST_NAME]


def _sidecar_path(path: str) -> str:
    return path.removesuffix(_BODY_SUFFIX) + _SIDECAR_SUFFIX


def _put_file(target: Path, data: bytes, *, only_if_absent: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if only_if_absent:
            _link(temporary, target)
        else:
            temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, target: Path) -> None:
    """Give a finished file its name, unless another process was faster."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        pass
    except OSError:  # a file system without links
        if not target.exists():
            temporary.replace(target)


def _why(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()) or type(error).__name__
