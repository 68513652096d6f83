"""The URLs to which alerts go, as far as they are secrets: nothing of them may reach a log."""

import re
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml

_SHORTEST_TOKEN = 8


def secrets_of(path: Path) -> list[str]:
    """Return what has to be masked of the URLs in a file of alerts.

    That is each URL, its password, and each part of it that may be a token: a service is asked at
    an address of its own, in which they appear again. A file that cannot be read has none.
    """
    try:
        return list(_read(path, path.stat().st_mtime_ns))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return []


@lru_cache(maxsize=8)
def _read(path: Path, modified_at: int) -> tuple[str, ...]:  # noqa: ARG001 - read afresh
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    urls = values.get("urls") if isinstance(values, dict) else None
    return tuple(part for url in urls or [] if isinstance(url, str) for part in _parts(url))


def _parts(url: str) -> list[str]:
    try:
        password = urlsplit(url).password
    except ValueError:
        password = None
    # Names of hosts are no secrets, and have a dot.
    pieces = [unquote(piece) for piece in re.split(r"[/:@?&=]+", url)]
    tokens = [piece for piece in pieces if len(piece) >= _SHORTEST_TOKEN and "." not in piece]
    return [url, *([unquote(password)] if password else []), *tokens]
