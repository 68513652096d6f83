"""The parameters and the schema of an endpoint, from its description and the mart's contract."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, create_model

from api.problems import BadParameter, ParameterError
from api.queries.catalog import Column
from api.queries.endpoints import Endpoint, Lookup
from api.queries.reading import Condition, Question

DEFAULT_LIMIT = 100

_NAME = r"[A-Za-z0-9^./:=_\-]{1,40}"
NAME_PATTERN = f"^{_NAME}$"
_NAMES_PATTERN = f"^{_NAME}(,{_NAME}){{0,49}}$"
_TEXT_PATTERN = r"^[^\x00-\x1f\x7f]{1,100}$"

_TYPES: Mapping[str, Any] = {
    "text": str,
    "double precision": float,
    "integer": int,
    "bigint": int,
    "boolean": bool,
    "date": date,
    "timestamptz": datetime,
    "text[]": list[str],
    "jsonb": Any,
}
_EXAMPLES: Mapping[str, Any] = {
    "symbol": "AAPL",
    "instrument_id": "equity:AAPL",
    "name": "Apple Inc.",
    "series_id": "UNRATE",
    "asset_class": "equity",
    "currency": "USD",
    "calendar": "XNYS",
    "sector": "Technology",
    "provider": "fmp",
    "tenor": "10y",
    "source": "fmp",
    "job": "ingest",
}
_EXAMPLES_BY_TYPE: Mapping[str, Any] = {
    "text": "text",
    "double precision": 213.49,
    "integer": 1,
    "bigint": 1,
    "boolean": True,
    "date": "2025-03-14",
    "timestamptz": "2025-03-14T20:00:00Z",
    "text[]": ["AAPL"],
    "jsonb": {},
}


def _written_like(example: str, pattern: str) -> BeforeValidator:
    """Return what keeps pydantic from reading a number, say, as an instant of 1970."""

    def check(text: Any) -> Any:
        if isinstance(text, str) and not re.match(pattern, text):
            raise ValueError(f"write it like {example}")
        return text

    return BeforeValidator(check)


DATE = Annotated[date, _written_like("2025-03-14", r"\d{4}-\d\d-\d\d\Z")]
INSTANT = Annotated[
    AwareDatetime,
    _written_like("2025-03-14T20:00:00Z", r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d"),
]
_BOOLEAN = Annotated[bool, _written_like("true or false", r"(true|false)\Z")]
_COUNT = Annotated[int, _written_like("100", r"-?\d{1,9}\Z")]


class Parameters(BaseModel):
    """What every endpoint takes. An unknown parameter is refused by its name."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def model(endpoint: Endpoint, max_rows: int) -> type[Parameters]:
    """Return the query parameters of an endpoint."""
    fields = dict(_fields(endpoint, max_rows))
    made: type[Parameters] = create_model(
        _camel(endpoint.word) + "Parameters", __base__=Parameters, **fields
    )
    return made


def row_model(endpoint: Endpoint) -> type[BaseModel]:
    """Return the schema of a row: each column with its type and meaning."""
    fields: dict[str, Any] = {}
    for column in endpoint.columns.values():
        kind = _TYPES[column.data_type]
        # A double may be NaN, which no JSON can say.
        may_be_null = column.is_nullable or kind is float
        # No column is required: `fields` may leave it out.
        fields[column.name] = (
            kind | None if may_be_null and kind is not Any else kind,
            Field(None, description=column.description, examples=[example(column)]),
        )
    made: type[BaseModel] = create_model(
        _camel(endpoint.word) + "Row",
        __config__=ConfigDict(
            extra="forbid",
            title=endpoint.word,
            json_schema_extra=_without_defaults,
        ),
        __doc__=endpoint.table.description,
        **fields,
    )
    return made


def page_model(endpoint: Endpoint, row: type[BaseModel]) -> type[BaseModel]:
    """Return the schema of a page of rows."""
    made: type[BaseModel] = create_model(
        _camel(endpoint.word) + "Page",
        data=(list[row], Field(description="The rows, in order.")),  # type: ignore[valid-type]
        next_cursor=(
            str | None,
            Field(description="Where the next page begins; null on the last one."),
        ),
    )
    return made


def question(endpoint: Endpoint, given: Parameters) -> tuple[Question, dict[str, str]]:
    """Return what is asked, and what is asked for by name.

    Raises:
        BadParameter: values that contradict each other.
    """
    values = given.model_dump(exclude_none=True)
    conditions = [
        Condition((name,), "=", _typed(endpoint.columns[name], values[name]))
        for name in endpoint.filters
        if name in values
    ]
    if endpoint.time:
        conditions += _period(endpoint, values)
    if "search" in values:
        conditions.append(Condition(endpoint.search, "contains", values["search"]))
    named = {
        lookup.parameter: values[lookup.parameter]
        for lookup in endpoint.lookups
        if lookup.parameter in values
    }
    asked = Question(
        endpoint,
        _columns(endpoint, values),
        tuple(conditions),
        values["order"] == "desc",
        values["limit"],
        as_of=values.get("as_of"),
    )
    return asked, named


def example(column: Column) -> Any:
    """Return what a value of a column may look like."""
    if column.choices:
        return column.choices[0]
    return _EXAMPLES.get(column.name, _EXAMPLES_BY_TYPE[column.data_type])


def exactly(column: Column) -> Any:
    """Return the field of a parameter that must be given: one value of a column."""
    if column.data_type == "date":
        return DATE, Field(description=column.description, examples=[example(column)])
    return str, Field(
        pattern=NAME_PATTERN, description=column.description, examples=[example(column)]
    )


def _fields(endpoint: Endpoint, max_rows: int) -> Iterator[tuple[str, Any]]:
    if endpoint.function:
        yield "as_of", _as_of_field(endpoint)
    for lookup in endpoint.lookups:
        yield lookup.parameter, _lookup_field(lookup)
    for name in endpoint.filters:
        if name not in {lookup.parameter for lookup in endpoint.lookups}:
            yield name, _filter_field(endpoint.columns[name])
    if endpoint.time:
        column = endpoint.columns[endpoint.time]
        is_date = column.data_type == "date"
        kind = DATE if is_date else INSTANT
        shown = "2025-03-14" if is_date else "2025-03-14T20:00:00Z"
        until = "included" if is_date else "excluded"
        yield "start", _optional(kind, f"First {endpoint.time}, included.", shown)
        yield "end", _optional(kind, f"Last {endpoint.time}, {until}.", shown)
    if endpoint.search:
        yield (
            "search",
            _optional(
                str,
                f"A text within {' or '.join(endpoint.search)}, in any case of letters.",
                "app",
                pattern=_TEXT_PATTERN,
            ),
        )
    for name, sets in endpoint.field_sets.items():
        yield (
            name,
            _optional(
                Literal[tuple(sets)],
                "The columns of one basis of prices; left out: all of them.",
                next(iter(sets)),
            ),
        )
    listed = "|".join(endpoint.columns)
    first = list(endpoint.columns)[:2]
    yield (
        "fields",
        _optional(
            str,
            "The columns to return, separated by commas; left out: all of them.",
            ",".join(first),
            pattern=f"^({listed})(,({listed})){{0,{len(endpoint.columns) - 1}}}$",
        ),
    )
    default = "desc" if endpoint.is_newest_first else "asc"
    yield (
        "order",
        (
            Literal["asc", "desc"],
            Field(default, description=f"The direction of {', '.join(endpoint.sort)}."),
        ),
    )
    yield (
        "limit",
        (
            _COUNT,
            Field(
                min(DEFAULT_LIMIT, max_rows),
                ge=1,
                le=max_rows,
                description="The most rows of a page.",
            ),
        ),
    )
    yield (
        "cursor",
        (
            str | None,
            Field(None, description="`next_cursor` of the page before; all else stays the same."),
        ),
    )


def _lookup_field(lookup: Lookup) -> Any:
    return _optional(
        str,
        f"One {lookup.what} or up to 50, separated by commas: its {lookup.name}"
        + (f", or its {lookup.id}." if lookup.id != lookup.name else "."),
        _EXAMPLES[lookup.parameter],
        pattern=_NAMES_PATTERN,
    )


def _as_of_field(endpoint: Endpoint) -> Any:
    is_date = endpoint.as_of_type == "date"
    shown = "2025-03-14" if is_date else "2025-03-14T20:00:00Z"
    described = "The day at whose end" if is_date else "The instant at which"
    kind = DATE if is_date else INSTANT
    return kind, Field(description=f"{described} it was known.", examples=[shown])


def _filter_field(column: Column) -> Any:
    described = f"Only rows with this {column.name}. {column.description}"
    if column.choices:
        texts = tuple(str(choice) for choice in column.choices)
        return _optional(Literal[texts], described, texts[0])
    if column.data_type == "boolean":
        return _optional(_BOOLEAN, described, True)
    if column.data_type == "text":
        return _optional(str, described, example(column), pattern=_TEXT_PATTERN)
    kind = DATE if column.data_type == "date" else _COUNT
    return _optional(kind, described, example(column))


def _optional(kind: Any, description: str, shown: Any, **rules: Any) -> Any:
    return kind | None, Field(None, description=description, examples=[shown], **rules)


def _period(endpoint: Endpoint, values: Mapping[str, Any]) -> Iterator[Condition]:
    start, end = values.get("start"), values.get("end")
    if start is not None and end is not None and start > end:
        raise BadParameter(ParameterError("end", "lies before start"))
    if start is not None:
        yield Condition((endpoint.time,), ">=", start)
    if end is not None:
        is_date = endpoint.columns[endpoint.time].data_type == "date"
        yield Condition((endpoint.time,), "<=" if is_date else "<", end)


def _columns(endpoint: Endpoint, values: Mapping[str, Any]) -> tuple[str, ...]:
    chosen = [name for name in endpoint.field_sets if name in values]
    if chosen and "fields" in values:
        raise BadParameter(ParameterError("fields", f"cannot stand beside {chosen[0]}"))
    if chosen:
        return endpoint.field_sets[chosen[0]][values[chosen[0]]]
    if "fields" in values:
        return tuple(dict.fromkeys(values["fields"].split(",")))
    return tuple(endpoint.columns)


def _typed(column: Column, value: Any) -> Any:
    is_number = column.data_type in ("integer", "bigint")
    return int(value) if is_number else value


def _without_defaults(schema: dict[str, Any]) -> None:
    for described in schema["properties"].values():
        described.pop("default", None)
        described.pop("title", None)


def _camel(word: str) -> str:
    return re.sub(r"(?:^|_)([a-z])", lambda found: found.group(1).upper(), word)
