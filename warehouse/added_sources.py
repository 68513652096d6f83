"""Sources beyond the four that ship: found by their folders, which say how they are reached."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parent.parent / "ingestion" / "sources"
SHIPPED = ("twelve_data", "fmp", "fred", "coingecko")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


@dataclass(frozen=True)
class AddedSource:
    """What the table [address] of a source's plans.toml says.

    Attributes:
        base_url: where it is asked unless `<NAME>_BASE_URL` says otherwise.
        needs_key: whether it answers nobody without a key.
    """

    name: str
    base_url: str
    needs_key: bool


def find(directory: Path = SOURCES) -> list[AddedSource]:
    """Return the added sources, in alphabetical order.

    Raises:
        ValueError: a folder's name is no identifier, or its plans.toml has no address.
    """
    return [
        _read(file)
        for file in sorted(directory.glob("*/plans.toml"))
        if file.parent.name not in SHIPPED
    ]


def _read(file: Path) -> AddedSource:
    name = file.parent.name
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{file.parent}: a source is named in lower case, digits and _")
    address = tomllib.loads(file.read_text(encoding="utf-8")).get("address", {})
    if "base_url" not in address:
        raise ValueError(f"{file}: it needs the table [address] with base_url")
    return AddedSource(name, str(address["base_url"]), bool(address.get("needs_key", True)))
