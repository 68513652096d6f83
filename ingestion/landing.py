"""The landing: every response body as it came, beside it what was asked.

<landing>/source=<s>/endpoint=<resource>/ticker=<t>/date=<UTC day>/<request_id>-<sha256>.json.gz
and then the same name with .meta.json, the sidecar: a body without one was never landed. A body
that a person brought as a file, instead of a provider, ends in .csv.gz.
"""

import gzip
import hashlib
import json
import secrets
import zlib
from collections.abc import Collection, Container, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Literal, cast
from urllib.parse import quote

from ingestion.errors import LandingError, OriginMismatch
from ingestion.landing_files import LandingFiles

Origin = Literal["sandbox", "live"]
BodyOutcome = Literal["ok", "empty", "error"]

_STAMP = "_origin.json"
_BODY_SUFFIX = ".json.gz"
_FILE_SUFFIX = ".csv.gz"
_SIDECAR_SUFFIX = ".meta.json"
_BATCH = "_batch"
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Sidecar:
    """What is known of a landed body.

    Attributes:
        request_id: sorts as the requests were made.
        symbols: in the provider's spelling; empty where the endpoint knows none.
        params: the query, without any key.
        url: without any key; of a file the name by which it was brought.
        method: GET, or FILE where a person brought it and no provider was asked.
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

    @property
    def is_file(self) -> bool:
        """Whether it was brought as a file, and is CSV in our own columns."""
        return self.method == "FILE"

    def to_json(self) -> str:
        """Return the text of the sidecar file."""
        values = asdict(self)
        del values["path"]
        for name in ("fetched_at", "requested_at"):
            values[name] = values[name].astimezone(UTC).isoformat()
        return json.dumps(values, indent=1, ensure_ascii=False)

    @staticmethod
    def from_json(text: str, path: str) -> "Sidecar":
        """Read the text of the sidecar file at `path`."""
        values: dict[str, Any] = json.loads(text)
        for name in ("fetched_at", "requested_at"):
            values[name] = datetime.fromisoformat(values[name])
        values["symbols"] = tuple(values["symbols"])
        sidecar = Sidecar(**values)
        return replace(sidecar, path=path.removesuffix(_SIDECAR_SUFFIX) + _suffix(sidecar))


class Landing:
    """A landing on disk or on any object store that fsspec knows.

    Args:
        url: a path or an fsspec URL.
        options: what fsspec needs to know besides, as `Settings.landing_options`.
    """

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        self.url = url
        self._files = LandingFiles(url, options or {})
        self._origin: Origin | None = None

    def write(self, sidecar: Sidecar, body: bytes) -> Sidecar:
        """Land a body, then its sidecar, and return the sidecar with its path.

        Raises:
            LandingError: it cannot be written.
            OriginMismatch: synthetic data meets live data here, or the reverse.
        """
        if sidecar.outcome != "error":
            self.require_origin("sandbox" if sidecar.is_synthetic else "live")
        path = body_path(sidecar)
        self._files.write(path, gzip.compress(body, compresslevel=5, mtime=0))
        self._files.write(
            path.removesuffix(_suffix(sidecar)) + _SIDECAR_SUFFIX, sidecar.to_json().encode()
        )
        return replace(sidecar, path=path)

    def list_committed(
        self,
        source: str | None = None,
        *,
        known: Container[str] = frozenset(),
        resource: str | None = None,
        symbols: Collection[str] | None = None,
        day: date | None = None,
        sha256: str = "",
    ) -> Iterator[Sidecar]:
        """Yield the sidecars of all landed bodies, in the order of their requests.

        Args:
            source: only those of this provider.
            known: request ids to leave out, without reading them.
            resource: only those for this raw table.
            symbols: only those that were asked for one of these, in the provider's spelling.
            day: only those of this UTC day.
            sha256: only those of this body.

        Raises:
            LandingError: the landing or a sidecar cannot be read.
        """
        found = sorted(
            (path.rsplit("/", 1)[-1].partition("-")[0], path)
            for folder in self._folders(source, resource, symbols)
            for path in self._files.find(folder)
            if path.startswith("source=")
            and path.endswith(_SIDECAR_SUFFIX)
            and (day is None or f"/date={day:%Y-%m-%d}/" in path)
            and sha256 in path
        )
        paths = [path for request_id, path in found if request_id not in known]
        for path, text in zip(paths, self._files.read_many(paths), strict=True):
            sidecar = Sidecar.from_json(text.decode(), path)
            if symbols is None or not set(symbols).isdisjoint(sidecar.symbols):
                yield sidecar

    def _folders(
        self, source: str | None, resource: str | None, symbols: Collection[str] | None
    ) -> list[str]:
        """Return the deepest folders that hold all that is asked for."""
        if resource is None and symbols is None:
            return ["" if source is None else f"source={source}"]
        sources = self._files.folders("") if source is None else [f"source={source}"]
        endpoints = [
            f"{top}/{name}"
            for top in sources
            for name in (self._files.folders(top) if resource is None else [f"endpoint={resource}"])
        ]
        if symbols is None:
            return endpoints
        tickers = sorted({_ticker((symbol,)) for symbol in symbols} | {_BATCH})
        return [f"{endpoint}/ticker={ticker}" for endpoint in endpoints for ticker in tickers]

    def read_body(self, sidecar: Sidecar) -> bytes:
        """Return a landed body.

        Raises:
            LandingError: it is missing, or not what was landed.
        """
        packed = self._files.read(sidecar.path)
        if packed is None:
            raise LandingError(
                f"{self.url}/{sidecar.path} is missing: remove its sidecar, and extract that "
                "window again"
            )
        try:
            body = gzip.decompress(packed)
        except (EOFError, gzip.BadGzipFile, zlib.error):
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
            self._files.write(_STAMP, json.dumps(stamp).encode(), only_if_absent=True)
            found = self.origin()
        if found != origin:
            raise OriginMismatch(
                f"the landing {self.url} holds {found} data and this provider sends {origin} "
                "data: `marketflow db reset` begins anew, or set MARKETFLOW_HOME and "
                "MARKETFLOW_DATABASE_URL to another installation"
            )

    def _stamp(self) -> dict[str, Any] | None:
        text = self._files.read(_STAMP)
        if text is None:
            return None
        stamp: dict[str, Any] = json.loads(text)
        return stamp


def body_path(sidecar: Sidecar) -> str:
    """Return where a body lies below its landing."""
    return (
        f"source={sidecar.source}/endpoint={sidecar.resource}/ticker={_ticker(sidecar.symbols)}"
        f"/date={sidecar.fetched_at.astimezone(UTC):%Y-%m-%d}"
        f"/{sidecar.request_id}-{sidecar.sha256}{_suffix(sidecar)}"
    )


def _ticker(symbols: tuple[str, ...]) -> str:
    if not symbols:
        return "_all"
    if len(symbols) > 1:
        return _BATCH
    name = quote(symbols[0], safe="")
    # A name of dots alone would climb out of its directory.
    name = name.replace(".", "%2E") if not name.strip(".") else name
    return name[:_LONGEST_NAME]


def _suffix(sidecar: Sidecar) -> str:
    return _FILE_SUFFIX if sidecar.is_file else _BODY_SUFFIX
