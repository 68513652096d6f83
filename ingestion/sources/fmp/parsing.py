"""Financial Modeling Prep: bodies to rows. Every body is a JSON list of objects."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import urlsplit

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
from ingestion.sources.fmp import tables
from ingestion.sources.fmp.client import plain_symbol
from ingestion.sources.fmp.wall_clock import wall_clock, with_offsets
from ingestion.values import as_text

# The same names for opposite meanings: dividend-adjusted answers say adjOpen too.
_UNADJUSTED_FIELDS = {
    "open": "adjOpen",
    "high": "adjHigh",
    "low": "adjLow",
    "close": "adjClose",
}
_NOBODY = "none"
_CLASSES_WITH_SPLITS = frozenset({"equity", "etf"})
_INTERVAL = re.compile(r"(\d+)(min|hour)")


def parse(resource_name: str, body: bytes, sidecar: Sidecar, context: ParseContext) -> Parsed:
    """Return the rows of a landed body.

    Raises:
        ShapeError: the body is no JSON list.
    """
    rows = read_json(body, sidecar)
    if rows == {}:
        rows = []
    if not isinstance(rows, list):
        raise ShapeError(where(sidecar), "the body is no list")
    return _PARSERS[resource_name](rows, sidecar, context)


def _eod_prices(rows: list[Any], sidecar: Sidecar, context: ParseContext) -> Parsed:
    is_unadjusted = sidecar.url.partition("?")[0].endswith("/non-split-adjusted")

    def bars(symbol: str, own: Sequence[Any]) -> Parsed:
        asset_class = context.asset_class(symbol)
        is_without_splits = asset_class is not None and asset_class not in _CLASSES_WITH_SPLITS
        as_traded = is_unadjusted or is_without_splits
        last_day = context.last_final_day(symbol, sidecar.fetched_at).isoformat()
        return tabulate(
            tables.EOD_PRICES,
            own,
            given={
                "symbol": symbol,
                "price_basis": "as_traded" if as_traded else "split_adjusted",
            },
            fields=_UNADJUSTED_FIELDS if is_unadjusted else None,
            is_final=lambda table: pc.less_equal(table["date"], pa.scalar(last_day)),
        )

    return _per_symbol(tables.EOD_PRICES, rows, sidecar, bars)


def _intraday_prices(rows: list[Any], sidecar: Sidecar, _: ParseContext) -> Parsed:
    interval = urlsplit(sidecar.url).path.rsplit("/", 1)[-1]
    match = _INTERVAL.fullmatch(interval)
    if match is None:
        raise ShapeError(where(sidecar), f"its URL names no interval but {interval!r}")
    length = timedelta(minutes=int(match[1]) * (60 if match[2] == "hour" else 1))
    last_start = wall_clock(sidecar.fetched_at.astimezone(UTC) - length)

    def bars(symbol: str, own: Sequence[Any]) -> Parsed:
        return tabulate(
            tables.INTRADAY_PRICES,
            with_offsets(own, sidecar.fetched_at),
            given={"symbol": symbol, "interval": interval},
            is_final=lambda table: pc.less_equal(table["date"], pa.scalar(last_start)),
        )

    return _per_symbol(tables.INTRADAY_PRICES, rows, sidecar, bars)


def _treasury_rates(rows: list[Any], _: Sidecar, __: ParseContext) -> Parsed:
    return tabulate(tables.TREASURY_RATES, rows, given={})


def _sp500_constituents(rows: list[Any], sidecar: Sidecar, _: ParseContext) -> Parsed:
    day = sidecar.fetched_at.astimezone(UTC).date().isoformat()
    return tabulate(tables.SP500_CONSTITUENTS, rows, given={"snapshot_date": day})


def _sp500_constituent_changes(rows: list[Any], _: Sidecar, __: ParseContext) -> Parsed:
    records = [
        {**row, **{name: row.get(name) or _NOBODY for name in ("symbol", "removedTicker")}}
        if isinstance(row, dict)
        else row
        for row in rows
    ]
    return tabulate(tables.SP500_CONSTITUENT_CHANGES, records, given={})


def _quotes(rows: list[Any], sidecar: Sidecar, context: ParseContext) -> Parsed:
    if "symbols" not in sidecar.params and "symbol" not in sidecar.params:
        # The quotes of a whole class: those that nobody asked about are no surprise.
        wanted = {plain_symbol(symbol) for symbol in sidecar.symbols}
        rows = [
            row
            for row in rows
            if not isinstance(row, dict) or plain_symbol(as_text(row.get("symbol"))) in wanted
        ]
    return _plain(tables.QUOTES)(rows, sidecar, context)


def _plain(resource: Resource) -> Callable[[list[Any], Sidecar, ParseContext], Parsed]:
    def parse_rows(rows: list[Any], sidecar: Sidecar, _: ParseContext) -> Parsed:
        return _per_symbol(
            resource,
            rows,
            sidecar,
            lambda symbol, own: tabulate(resource, own, given={"symbol": symbol}),
        )

    return parse_rows


def _per_symbol(
    resource: Resource,
    rows: list[Any],
    sidecar: Sidecar,
    tabulated: Callable[[str, Sequence[Any]], Parsed],
) -> Parsed:
    """Return the rows of the symbols that were asked for; rows of any other are left out.

    A row without a symbol, as in intraday answers, belongs to the one that was asked for.
    """
    named = {row.get("symbol") for row in rows if isinstance(row, dict)}
    if len(sidecar.symbols) == 1 and named <= {None, sidecar.symbols[0]}:
        return tabulated(sidecar.symbols[0], rows)
    requested = {plain_symbol(symbol): symbol for symbol in sidecar.symbols}
    only = sidecar.symbols[0] if len(sidecar.symbols) == 1 else None
    groups: dict[str, list[Any]] = {}
    strangers: list[str] = []
    for row in rows:
        name = row.get("symbol") if isinstance(row, dict) else None
        symbol = only if name is None else requested.get(plain_symbol(as_text(name)))
        if symbol is None:
            strangers.append(as_text(row if name is None else name))
        else:
            groups.setdefault(symbol, []).append(row)
    parsed = together(resource, [tabulated(symbol, own) for symbol, own in groups.items()])
    if not strangers:
        return parsed
    surprise = Surprise("symbol", "bad_value", strangers[0][:200], len(strangers))
    return parsed.also([surprise], left_out=len(strangers))


_PARSERS: dict[str, Callable[[list[Any], Sidecar, ParseContext], Parsed]] = {
    "eod_prices": _eod_prices,
    "quotes": _quotes,
    "intraday_prices": _intraday_prices,
    "profiles": _plain(tables.PROFILES),
    "splits": _plain(tables.SPLITS),
    "dividends": _plain(tables.DIVIDENDS),
    "treasury_rates": _treasury_rates,
    "sp500_constituents": _sp500_constituents,
    "sp500_constituent_changes": _sp500_constituent_changes,
}
