"""The files of a landing, on disk or on any object store that fsspec knows.

A file appears whole or not at all. What a store answers with becomes one sentence here.
"""

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import fsspec

from ingestion.errors import LandingError

# So many files are asked for at once, where the store is far away.
_READ_AT_ONCE = 64
_CONFLICTS = 5
# What S3 and those that speak like it call the failures that a person can mend.
_REMEDIES = {
    "NoSuchBucket": "make it, or name another one in MARKETFLOW_LANDING_URL",
    "NoCredentialsError": "set MARKETFLOW_S3_ACCESS_KEY_ID and MARKETFLOW_S3_SECRET_ACCESS_KEY, or "
    "log in with AWS's own tools",
    "EndpointConnectionError": "check MARKETFLOW_S3_ENDPOINT_URL and the network",
    "ConnectTimeoutError": "check MARKETFLOW_S3_ENDPOINT_URL and the network",
}
_DENIED = "check MARKETFLOW_S3_ACCESS_KEY_ID, its secret, and what they may do there"
_DISK = "free space or permissions, or set MARKETFLOW_HOME or MARKETFLOW_LANDING_URL"
_STORE = "try again, or set MARKETFLOW_LANDING_URL"


class LandingFiles:
    """Files by their path below the landing.

    Args:
        url: a path or an fsspec URL.
        options: what fsspec needs to know besides, such as keys.

    Raises:
        LandingError: there is no such kind of store.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self._url = url
        try:
            self._files, root = fsspec.core.url_to_fs(url, **options)
        except (ImportError, ValueError, OSError) as error:
            raise LandingError(
                f"MARKETFLOW_LANDING_URL names {url}, which cannot be opened: {error}"
            ) from None
        self._root = root.rstrip("/")
        self._is_local = "file" in self._files.protocol or "local" in self._files.protocol

    def find(self, folder: str) -> Iterator[str]:
        """Yield the paths of all files below a folder, which need not exist; "" means all."""
        top = f"{self._root}/{folder}".rstrip("/")
        try:
            found = self._files.find(top)
        except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
            if _is_absence(error):
                return
            raise self._failure(f"the landing {self._url} cannot be listed", error) from None
        for name in found:
            yield name.removeprefix(f"{self._root}/")

    def folders(self, folder: str) -> list[str]:
        """Return the names of the folders right below a folder, which need not exist."""
        try:
            entries = self._files.ls(f"{self._root}/{folder}".rstrip("/"), detail=True)
        except Exception as error:  # noqa: BLE001
            if _is_absence(error):
                return []
            raise self._failure(f"the landing {self._url} cannot be listed", error) from None
        return sorted(
            entry["name"].rstrip("/").rsplit("/", 1)[-1]
            for entry in entries
            if entry["type"] == "directory"
        )

    def read(self, path: str) -> bytes | None:
        """Return a file, or None where there is none."""
        try:
            return bytes(self._files.cat_file(f"{self._root}/{path}"))
        except Exception as error:  # noqa: BLE001
            if _is_absence(error):
                return None
            raise self._failure(f"{self._url}/{path} cannot be read", error) from None

    def read_many(self, paths: Sequence[str]) -> Iterator[bytes]:
        """Yield files in the order of their paths, some of them fetched at once."""
        for first in range(0, len(paths), _READ_AT_ONCE):
            some = paths[first : first + _READ_AT_ONCE]
            names = [f"{self._root}/{path}" for path in some]
            contents = self._files.cat_ranges(names, None, None, on_error="return")
            for path, content in zip(some, contents, strict=True):
                if isinstance(content, Exception):
                    raise self._failure(f"{self._url}/{path} cannot be read", content)
                yield bytes(content)

    def write(self, path: str, data: bytes, *, only_if_absent: bool = False) -> None:
        """Write a file; where only_if_absent, the first of several writers wins."""
        target = f"{self._root}/{path}"
        try:
            if self._is_local:
                _put_file(Path(target), data, only_if_absent=only_if_absent)
            elif only_if_absent:
                self._create(target, data)
            else:
                self._files.pipe_file(target, data)
        except Exception as error:  # noqa: BLE001
            raise self._failure(f"the landing {self._url} cannot be written", error) from None

    def _create(self, target: str, data: bytes) -> None:
        """Write an object unless there is one, which the store decides if it can."""
        for _ in range(_CONFLICTS):
            try:
                self._files.pipe_file(target, data, mode="create")
            except FileExistsError:
                return
            except (NotImplementedError, OSError) as error:
                match _code(error):
                    case "PreconditionFailed":
                        return
                    case "ConditionalRequestConflict":
                        continue
                    case "NotImplemented" | "NotImplementedError":
                        break
                raise
            else:
                return
        # A store without conditions, or one that could not make up its mind.
        if not self._files.exists(target):
            self._files.pipe_file(target, data)

    def _failure(self, what: str, error: Exception) -> LandingError:
        if self._is_local:
            remedy = _DISK
        elif isinstance(error, PermissionError):
            remedy = _DENIED
        else:
            remedy = _REMEDIES.get(_code(error), _STORE)
        return LandingError(f"{what} ({_why(error)}): {remedy}")


def _code(error: BaseException) -> str:
    """Return what S3 calls an error, or else the name of its class."""
    response = getattr(error.__cause__, "response", None)
    if isinstance(response, dict):
        return str(response.get("Error", {}).get("Code", ""))
    return type(error).__name__


def _is_absence(error: Exception) -> bool:
    is_missing = isinstance(error, FileNotFoundError | NotADirectoryError)
    return is_missing and _code(error) != "NoSuchBucket"


def _why(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()) or type(error).__name__


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
