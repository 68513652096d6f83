"""Twelve Data: bodies to rows. One symbol comes bare, several in an object keyed by symbol."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ingestion.errors import ShapeError
from ingestion.landing import Sidecar
from ingestion.parsing import (
    ParseContext,
    Parsed,
    Surprise,
    read_json,
    tabulate,
    together,
    where,
)
from ingestion.shapes import Resource
from ingestion.sources.twelve_data import tables
from ingestion.values import as_text

_META = frozenset(
    {
        "symbol",
        "interval",
        "currency",
        "currency_base",
        "currency_quote",
        "exchange_timezone",
        "exchange",
        "mic_code",
        "type",
    }
)
# An answer about one symbol has one of these; an object keyed by symbol has none.
_BARE_KEYS = frozenset({"values", "meta", "datetime", "data"})
_NO_MARKET = "none"
_INTERVAL = re.compile(r"(\d+)(min|h)")


def parse(resource_name: str, body: bytes, sidecar: Sidecar, context: ParseContext) -> Parsed:
    """Return the rows of a landed body. What failed for a symbol of a batch has no rows.

    Raises:
        ShapeError: the body is no JSON object of this endpoint.
    """
    document = read_json(body, sidecar)
    resource, parse_symbol = _PARSERS[resource_name]
    parts = []
    strangers = []
    for symbol, answer in _answers(document, sidecar).items():
        if symbol not in sidecar.symbols:
            strangers.append(Surprise(symbol, "unknown_key", as_text(answer)[:200]))
        elif isinstance(answer, dict) and answer.get("status") != "error":
            parts.append(parse_symbol(symbol, answer, sidecar, context))
        elif not isinstance(answer, dict):
            strangers.append(Surprise(symbol, "wrong_type", as_text(answer)[:200]))
    return together(resource, parts).also(strangers)


def _answers(document: Any, sidecar: Sidecar) -> Mapping[str, Any]:
    """Return the answers by the symbol that was asked for."""
    if not isinstance(document, dict):
        raise ShapeError(where(sidecar), "the body is no object")
    if document.get("status") == "error":
        raise ShapeError(where(sidecar), f"the body says: {as_text(document.get('message'))}")
    if not document.keys() & _BARE_KEYS:
        return document
    if len(sidecar.symbols) == 1:
        return {sidecar.symbols[0]: document}
    meta = document.get("meta")
    named = (meta if isinstance(meta, dict) else document).get("symbol")
    if named not in sidecar.symbols:
        raise ShapeError(where(sidecar), "the body is that of one symbol, and names none of these")
    return {str(named): document}


def _time_series_daily(
    symbol: str, answer: Mapping[str, Any], sidecar: Sidecar, context: ParseContext
) -> Parsed:
    meta, rows = _meta_and_rows(answer, sidecar)
    last_day = context.last_final_day(symbol, sidecar.fetched_at).isoformat()
    return tabulate(
        tables.TIME_SERIES_DAILY,
        rows,
        given={
            "symbol": symbol,
            **_described(meta),
            "exchange_timezone": _optional(meta.get("exchange_timezone")),
            "adjust": sidecar.params.get("adjust"),
        },
        is_final=lambda table: pc.less_equal(table["datetime"], pa.scalar(last_day)),
    ).also(_strange_meta(meta))


def _time_series_intraday(
    symbol: str, answer: Mapping[str, Any], sidecar: Sidecar, _: ParseContext
) -> Parsed:
    meta, rows = _meta_and_rows(answer, sidecar)
    interval = sidecar.params.get("interval", "")
    match = _INTERVAL.fullmatch(interval)
    if match is None:
        raise ShapeError(where(sidecar), f"it was asked for at the interval {interval!r}")
    if sidecar.params.get("timezone") != "UTC":
        raise ShapeError(where(sidecar), "its bars were not asked for in UTC")
    length = timedelta(minutes=int(match[1]) * (60 if match[2] == "h" else 1))
    last_start = f"{sidecar.fetched_at.astimezone(UTC) - length:%Y-%m-%d %H:%M:%S}"
    return tabulate(
        tables.TIME_SERIES_INTRADAY,
        rows,
        given={"symbol": symbol, "interval": interval, **_described(meta)},
        is_final=lambda table: pc.less_equal(table["datetime"], pa.scalar(last_start)),
    ).also(_strange_meta(meta))


def _quotes(symbol: str, answer: Mapping[str, Any], _: Sidecar, __: ParseContext) -> Parsed:
    quoted_at = answer.get("last_quote_at") or answer.get("timestamp")
    return tabulate(tables.QUOTES, [{**answer, "quoted_at": quoted_at}], given={"symbol": symbol})


def _instruments(
    symbol: str, answer: Mapping[str, Any], sidecar: Sidecar, _: ParseContext
) -> Parsed:
    listed = answer.get("data")
    if not isinstance(listed, list):
        raise ShapeError(where(sidecar), "the body has no list `data`")
    rows, strangers = [], []
    for row in listed:
        if not isinstance(row, dict):
            rows.append(row)
        elif row.get("symbol") == symbol.partition(":")[0]:
            market = row.get("mic_code") or row.get("exchange") or _NO_MARKET
            rows.append({**row, "market": market})
        else:
            strangers.append(as_text(row.get("symbol"))[:200])
    kind = sidecar.url.partition("?")[0].rsplit("/", 1)[-1]
    parsed = tabulate(tables.INSTRUMENTS, rows, given={"symbol": symbol, "kind": kind})
    if not strangers:
        return parsed
    surprise = Surprise("symbol", "bad_value", strangers[0], len(strangers))
    return parsed.also([surprise], left_out=len(strangers))


def _meta_and_rows(
    answer: Mapping[str, Any], sidecar: Sidecar
) -> tuple[Mapping[str, Any], list[Any]]:
    meta, rows = answer.get("meta"), answer.get("values")
    if not isinstance(rows, list):
        raise ShapeError(where(sidecar), "the body has no list `values`")
    return meta if isinstance(meta, dict) else {}, rows


def _described(meta: Mapping[str, Any]) -> dict[str, str | None]:
    """Return what the envelope says of an instrument; pairs are quoted in their second half."""
    return {
        "currency": _optional(meta.get("currency", meta.get("currency_quote"))),
        "exchange": _optional(meta.get("exchange")),
        "mic_code": _optional(meta.get("mic_code")),
        "instrument_type": _optional(meta.get("type")),
    }


def _optional(value: Any) -> str | None:
    return None if value is None else as_text(value).replace("\x00", "")


def _strange_meta(meta: Mapping[str, Any]) -> list[Surprise]:
    return [
        Surprise(f"meta.{name}", "unknown_key", as_text(value)[:200])
        for name, value in meta.items()
        if name not in _META
    ]


_SymbolParser = Callable[[str, Mapping[str, Any], Sidecar, ParseContext], Parsed]

_PARSERS: dict[str, tuple[Resource, _SymbolParser]] = {
    "time_series_daily": (tables.TIME_SERIES_DAILY, _time_series_daily),
    "time_series_intraday": (tables.TIME_SERIES_INTRADAY, _time_series_intraday),
    "quotes": (tables.QUOTES, _quotes),
    "instruments": (tables.INSTRUMENTS, _instruments),
}
