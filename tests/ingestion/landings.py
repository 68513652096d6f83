"""Bodies put into a landing by hand, as extract would, and what raw holds of them afterwards."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ingestion.calendars import Calendars
from ingestion.landing import BodyOutcome, Landing, Sidecar
from ingestion.parsing import ParseContext
from ingestion.request_ids import RequestIds
from ingestion.resources import resource
from ingestion.universe import Instrument, read_universe
from warehouse import database
from warehouse.settings import Settings

NOW = datetime(2024, 7, 3, 21, 30, tzinfo=UTC)
UNIVERSE = """\
symbol,name,asset_class,calendar,currency,twelve_data_symbol,fmp_symbol,coingecko_id,fred_series_id
AAPL,Apple Inc.,equity,XNYS,USD,AAPL,AAPL,,
BRK.B,Berkshire Hathaway,equity,XNYS,USD,BRK.B,BRK-B,,
^GSPC,S&P 500,index,XNYS,USD,SPX,^GSPC,,
EUR/USD,Euro,fx,24/5,USD,EUR/USD,EURUSD,,
BTC/USD,Bitcoin,crypto,24/7,USD,BTC/USD,BTCUSD,bitcoin,
GDP,Gross domestic product,macro,,,,,,GDP
"""

_IDS = RequestIds()


def write_universe(directory: Path) -> Path:
    """Write the universe of these tests and return where it is."""
    path = directory / "universe.csv"
    path.write_text(UNIVERSE, encoding="utf-8")
    return path


def instruments(directory: Path) -> list[Instrument]:
    """Return the instruments of the universe of these tests."""
    return read_universe(write_universe(directory))


def context(source: str, directory: Path) -> ParseContext:
    """Return what parsing knows of the universe of these tests."""
    return ParseContext(source, instruments(directory), Calendars.around(NOW))


def sidecar(
    source: str,
    resource_name: str,
    body: bytes,
    symbols: Sequence[str] = (),
    *,
    url: str = "",
    params: Mapping[str, str] | None = None,
    fetched_at: datetime = NOW,
    outcome: BodyOutcome = "ok",
    is_synthetic: bool = False,
) -> Sidecar:
    """Return a sidecar with a request id greater than all before it."""
    return Sidecar(
        request_id=_IDS.next(),
        run_id="run",
        source=source,
        resource=resource_name,
        symbols=tuple(symbols),
        params=params or {},
        url=url or f"http://provider/{resource_name}",
        method="GET",
        status=200,
        outcome=outcome,
        error_class="RateLimited" if outcome == "error" else None,
        fetched_at=fetched_at,
        requested_at=datetime.now(UTC),
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        is_redacted=False,
        is_synthetic=is_synthetic,
        content_type="application/json",
    )


def land(
    settings: Settings,
    source: str,
    resource_name: str,
    payload: Any,
    symbols: Sequence[str] = (),
    **details: Any,
) -> Sidecar:
    """Land a payload: bytes as they are, anything else as JSON."""
    body = payload if isinstance(payload, bytes) else json.dumps(payload, indent=1).encode()
    made = sidecar(source, resource_name, body, symbols, **details)
    return Landing(settings.landing_url).write(made, body)


def land_bars(
    settings: Settings,
    closes: Mapping[str, float],
    symbol: str = "AAPL",
    **details: Any,
) -> Sidecar:
    """Land daily bars of FMP as traded, newest first: a close by date."""
    rows = [
        {
            "symbol": symbol,
            "date": day,
            "adjOpen": close - 1,
            "adjHigh": close + 1,
            "adjLow": close - 2,
            "adjClose": close,
            "volume": 1000,
        }
        for day, close in sorted(closes.items(), reverse=True)
    ]
    url = "http://provider/stable/historical-price-eod/non-split-adjusted"
    return land(settings, "fmp", "eod_prices", rows, [symbol], url=url, **details)


def raw_rows(settings: Settings, source: str, name: str) -> list[dict[str, Any]]:
    """Return every row of a raw table, load ids aside, in the order of its versions."""
    declared = resource(source, name)
    columns = [*declared.column_names, "request_id", "response_id", "fetched_at", "row_hash"]
    listed = ", ".join(f'"{column}"' for column in columns)
    keys = ", ".join(f'"{column}"' for column in declared.natural_key)
    with database.connect(settings, "loader") as connection:
        rows = connection.execute(
            f"select {listed} from {declared.table} order by {keys}, fetched_at, request_id"
        ).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def closes(settings: Settings) -> list[tuple[str, str]]:
    """Return date and close of every version of a daily bar."""
    return [(row["date"], row["close"]) for row in raw_rows(settings, "fmp", "eod_prices")]
