"""Decoded JSON to text that raw can hold: one value, or a column of them. Pure.

Numbers keep the exact literal of the provider: they never pass through a float.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.shapes import Column, Form

SurpriseKind = Literal["unknown_key", "missing_key", "wrong_type", "bad_value"]

TEXT = pa.string()
_LONGEST_PLAIN_NUMBER = 100
# double precision, to which staging casts, ends at 1e308.
_LARGEST_EXPONENT = 300
_NUMERAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE]([+-]?\d+))?", re.ASCII)
# Python reads weeks and ordinal days too (2024-W01-1), which PostgreSQL does not.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(rf"{_DATE.pattern} [0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}")
_PLAIN_NUMERAL = r"^-?[0-9]+(\.[0-9]+)?$"


@dataclass(frozen=True)
class Constant:
    """A literal that is no JSON: NaN, Infinity or -Infinity."""

    name: str


# Number literals come out as bytes, which tells them from strings at no cost.
_DECODER = json.JSONDecoder(parse_float=str.encode, parse_int=str.encode, parse_constant=Constant)
_BLANKS = b" \t\r\n"
_NUMBERS = frozenset({bytes, int, float})
_EXPECTED_TYPES: Mapping[Form, frozenset[type]] = {
    "number": _NUMBERS,
    "numeral": frozenset({str}),
    "text": frozenset({str}),
    "date": frozenset({str}),
    "instant": frozenset({str}),
    "flag": frozenset({bool}),
}


def decode_json(body: bytes) -> Any:
    """Return JSON decoded, with numbers of which `as_text` gives the literal back.

    They are int and float, or else, in all of the body, their literals as bytes. NaN and the like
    are Constant.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is nested too deeply.
    """
    decoded = _decode_reversibly(body)
    if decoded is not None:
        return decoded
    return _DECODER.decode(body.decode(json.detect_encoding(body)).lstrip("\ufeff"))


def _decode_reversibly(body: bytes) -> Any:
    """Return JSON with its numbers as int and float; None where that would change a literal.

    If the values written again are the body, but for blanks, then each number was written as
    orjson writes it, and its literal can be had back from the number.
    """
    try:
        decoded = orjson.loads(body)
        again = orjson.dumps(decoded)
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None
    is_same = again.translate(None, _BLANKS) == body.translate(None, _BLANKS)
    return decoded if is_same else None


def is_number_literal(value: Any) -> bool:
    """Return whether a decoded JSON value is a number: its literal, or one that gives it back."""
    return type(value) in _NUMBERS


def as_text(value: Any) -> str:
    """Return a decoded JSON value as text; numbers by their literal, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, Constant):
        return value.name
    return _json_text(value)


def plain_column(column: Column, raw: Sequence[Any]) -> pa.Array | None:
    """Return a column that is as declared throughout; None if any value needs a closer look."""
    types = set(map(type, raw))
    if column.form == "nested" or not types <= _EXPECTED_TYPES[column.form] | {type(None)}:
        return None
    if column.form == "flag":
        return pa.array([None if flag is None else _flag(flag) for flag in raw], TEXT)
    try:
        array = pa.array(raw, TEXT) if types.isdisjoint({int, float}) else _literals(raw)
    except UnicodeEncodeError:  # half a surrogate pair
        return None
    return array if _is_valid(column, array) else None


def _literals(numbers: Sequence[float | None]) -> pa.Array:
    """Return numbers as they were written, without making a text of each in Python."""
    together = orjson.dumps(numbers)[1:-1].decode()
    literals = pc.split_pattern(pa.array([together], TEXT), ",").values
    return pc.if_else(pc.equal(literals, "null"), pa.scalar(None, TEXT), literals)


def _is_valid(column: Column, array: pa.Array) -> bool:
    """Return whether all values of a column can be kept without a look at each."""
    data = array.buffers()[2]
    if data is None:
        return True
    characters = data.to_pybytes()
    match column.form:
        case "number":
            has_exponent = b"e" in characters or b"E" in characters
            return _longest(array) <= _LONGEST_PLAIN_NUMBER and not has_exponent
        case "numeral":
            is_plain = _every(pc.match_substring_regex(array, _PLAIN_NUMERAL))
            return is_plain and _longest(array) <= _LONGEST_PLAIN_NUMBER
        case "date":
            return _casts(array, pa.date32())
        case "instant":
            return _every(pc.equal(pc.binary_length(array), 19)) and _casts(
                array, pa.timestamp("s")
            )
        case _:
            has_blank = not _every(pc.not_equal(array, ""))
            return not has_blank and b"\x00" not in characters


def _longest(array: pa.Array) -> int:
    return pc.max(pc.binary_length(array)).as_py() or 0


def _every(conditions: pa.Array) -> bool:
    """Return whether a condition holds for every value; nulls do not count."""
    return pc.all(conditions).as_py() is not False


def _casts(array: pa.Array, to: pa.DataType) -> bool:
    try:
        array.cast(to)
    except pa.ArrowInvalid:
        return False
    return True


def convert(column: Column, value: Any) -> tuple[str | None, SurpriseKind | None]:
    """Return a value as text, None if it cannot be kept, and what is strange about it.

    An empty string is no value: providers write it where others write null, and dlt's COPY
    cannot tell the two apart.
    """
    if value is None or value == "":
        return None, None
    if column.form == "nested":
        return clean(_json_text(value)), None
    is_compound = isinstance(value, list | dict) and column.form != "text"
    sent = as_text(value)
    text = clean(sent)
    if is_compound or isinstance(value, Constant) or not _reads(column, text):
        return None, "bad_value"
    if text != sent:
        return text, "bad_value"
    return text, None if type(value) in _EXPECTED_TYPES[column.form] else "wrong_type"


def _reads(column: Column, text: str) -> bool:
    if text in column.spellings:
        return True
    match column.form:
        case "number" | "numeral":
            return is_number(text.strip())
        case "date":
            return _DATE.fullmatch(text) is not None and _parses(date.fromisoformat, text)
        case "instant":
            return _INSTANT.fullmatch(text) is not None and _parses(datetime.fromisoformat, text)
        case "flag":
            return text in {"true", "false"}
        case _:
            return bool(text.strip()) or column.role != "key"


def is_number(text: str) -> bool:
    """Return whether a text is a number that staging can cast."""
    match = _NUMERAL.fullmatch(text)
    if match is None:
        return False
    exponent = match[3] or "0"
    return (
        len(exponent) <= 4
        and abs(int(exponent)) <= _LARGEST_EXPONENT
        and len(match[1].partition(".")[0]) <= _LARGEST_EXPONENT
    )


def _parses(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _flag(value: bool) -> str:
    return "true" if value else "false"


def clean(text: str) -> str:
    """Return text that PostgreSQL and UTF-8 can hold."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


def _json_text(value: Any) -> str:
    """Return a decoded JSON value as JSON, numbers by their literal."""
    match value:
        case dict():
            members = (f"{json.dumps(name)}:{_json_text(item)}" for name, item in value.items())
            return "{" + ",".join(members) + "}"
        case list():
            return "[" + ",".join(map(_json_text, value)) + "]"
        case bytes():
            return value.decode()
        case Constant():
            return value.name
        case int() | float():
            return orjson.dumps(value).decode()
        case _:
            return json.dumps(value)
