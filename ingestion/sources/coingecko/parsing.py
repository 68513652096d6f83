"""CoinGecko: bodies to rows. Charts are parallel lists of pairs, candles lists of five."""

from collections.abc import Callable
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
    where,
)
from ingestion.sources.coingecko import tables
from ingestion.values import as_text, is_number_literal

_CHART_LISTS = {"prices": "price", "market_caps": "market_cap", "total_volumes": "total_volume"}
_CANDLE = ("timestamp_ms", "open", "high", "low", "close")


def parse(resource_name: str, body: bytes, sidecar: Sidecar, _: ParseContext) -> Parsed:
    """Return the rows of a landed body.

    Raises:
        ShapeError: the body is no JSON of this endpoint.
    """
    return _PARSERS[resource_name](read_json(body, sidecar), sidecar)


def _coins(document: Any, sidecar: Sidecar) -> Parsed:
    if not isinstance(document, list):
        raise ShapeError(where(sidecar), "the body is no list")
    return tabulate(tables.COINS, document, given={})


def _coin_markets(document: Any, sidecar: Sidecar) -> Parsed:
    if not isinstance(document, list):
        raise ShapeError(where(sidecar), "the body is no list")
    return tabulate(
        tables.COIN_MARKETS, document, given={"vs_currency": _asked(sidecar, "vs_currency")}
    )


def _market_chart(document: Any, sidecar: Sidecar) -> Parsed:
    """Join the three lists on their stamps: equal in every recording, promised nowhere."""
    if not isinstance(document, dict) or not isinstance(document.get("prices"), list):
        raise ShapeError(where(sidecar), "the body has no list `prices`")
    surprises = [
        Surprise(name, "unknown_key", as_text(value)[:200])
        for name, value in document.items()
        if name not in _CHART_LISTS
    ]
    points: dict[bytes, dict[str, Any]] = {}
    left_out = 0
    for name, column in _CHART_LISTS.items():
        pairs = document.get(name)
        if not isinstance(pairs, list):
            surprises.append(Surprise(name, "missing_key", ""))
            continue
        strange = [pair for pair in pairs if not _is_stamped(pair, length=2)]
        if strange:
            left_out += len(strange)
            example = as_text(strange[0])[:200]
            surprises.append(Surprise(name, "bad_value", example, len(strange)))
        for pair in pairs:
            if _is_stamped(pair, length=2):
                stamp = _whole(pair[0])
                point = dict.fromkeys(_CHART_LISTS.values(), None) | {"timestamp_ms": stamp}
                points.setdefault(stamp, point)[column] = pair[1]
    return tabulate(
        tables.MARKET_CHART,
        list(points.values()),
        given={
            "coin_id": _coin(sidecar),
            "vs_currency": _asked(sidecar, "vs_currency"),
            # An answer over a range of dates is daily without being asked to be.
            "interval": sidecar.params.get("interval", "daily"),
        },
    ).also(surprises, left_out=left_out)


def _ohlc(document: Any, sidecar: Sidecar) -> Parsed:
    if not isinstance(document, list):
        raise ShapeError(where(sidecar), "the body is no list")
    candles = [
        dict(zip(_CANDLE, (_whole(candle[0]), *candle[1:]), strict=True))
        if _is_stamped(candle, length=5)
        else candle
        for candle in document
    ]
    now = int(sidecar.fetched_at.timestamp() * 1000)
    return tabulate(
        tables.OHLC,
        candles,
        given={
            "coin_id": _coin(sidecar),
            "vs_currency": _asked(sidecar, "vs_currency"),
            "days": _asked(sidecar, "days"),
        },
        is_final=lambda table: pc.less_equal(
            table["timestamp_ms"].cast(pa.int64()), pa.scalar(now)
        ),
    )


def _global(document: Any, sidecar: Sidecar) -> Parsed:
    if not isinstance(document, dict) or not isinstance(document.get("data"), dict):
        raise ShapeError(where(sidecar), "the body has no object `data`")
    return tabulate(tables.GLOBAL, [document["data"]], given={})


def _is_stamped(item: Any, *, length: int) -> bool:
    return (
        isinstance(item, list)
        and len(item) == length
        and is_number_literal(item[0])
        and _whole(item[0]).isdigit()
        and len(as_text(item[0])) <= 18
    )


def _whole(number: Any) -> bytes:
    """Return milliseconds without the fraction that some lists write: 1620550800000.0."""
    return as_text(number).encode().partition(b".")[0]


def _coin(sidecar: Sidecar) -> str:
    if len(sidecar.symbols) != 1:
        raise ShapeError(where(sidecar), "it was not asked for by one coin")
    return sidecar.symbols[0]


def _asked(sidecar: Sidecar, name: str) -> str:
    try:
        return sidecar.params[name]
    except KeyError:
        raise ShapeError(where(sidecar), f"it was asked for without {name}") from None


_PARSERS: dict[str, Callable[[Any, Sidecar], Parsed]] = {
    "coins": _coins,
    "coin_markets": _coin_markets,
    "market_chart": _market_chart,
    "ohlc": _ohlc,
    "global": _global,
}
