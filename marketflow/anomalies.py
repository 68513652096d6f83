"""The anomalies of the warehouse that nobody has accepted, told line by line."""

from dataclasses import dataclass
from datetime import date

from psycopg.rows import class_row

from marketflow.screen import complain, note
from warehouse import database
from warehouse.settings import Settings

_MOST_LINES = 20

_CRITICAL = """
select provider, symbol, session_date, anomaly, open_price, high_price, low_price, close_price
from ops.fct_anomalies
where severity = 'critical' and not is_accepted and provider = coalesce(%(source)s, provider)
order by session_date desc, symbol, provider
"""

_WARNINGS = """
select anomaly, count(*), max(session_date)
from ops.fct_anomalies
where severity = 'warning' and not is_accepted and provider = coalesce(%(source)s, provider)
group by anomaly
order by anomaly
"""


@dataclass(frozen=True)
class Critical:
    """An impossible bar. Prices are as the provider sent them."""

    provider: str
    symbol: str
    session_date: date
    anomaly: str
    open_price: float | None
    high_price: float | None
    low_price: float | None
    close_price: float | None

    def __str__(self) -> str:
        prices = (self.open_price, self.high_price, self.low_price, self.close_price)
        shown = ", ".join("none" if price is None else f"{price:g}" for price in prices)
        return (
            f"{self.provider} {self.symbol} {self.session_date}: {self.anomaly}"
            f" (open, high, low, close: {shown}); held out of the marts"
        )


def tell(settings: Settings, source: str | None = None) -> bool:
    """Tell the open anomalies of the last build, and return whether none is critical.

    A critical one is a line of its own; warnings are a line for each kind. A warehouse that was
    never built has none.

    Args:
        settings: whose warehouse it is.
        source: only the bars of this source.
    """
    with database.connect(settings, "transformer") as connection:
        [(built,)] = connection.execute("select to_regclass('ops.fct_anomalies')").fetchall()
        if built is None:
            return True
        chosen = {"source": source}
        with connection.cursor(row_factory=class_row(Critical)) as cursor:
            critical = cursor.execute(_CRITICAL, chosen).fetchall()
        warnings = connection.execute(_WARNINGS, chosen).fetchall()
    for one in critical[:_MOST_LINES]:
        complain(str(one))
    if len(critical) > _MOST_LINES:
        complain(f"and {len(critical) - _MOST_LINES} more: see ops.fct_anomalies")
    for anomaly, count, newest in warnings:
        note(f"warning: {count} x {anomaly}, newest of {newest}: see ops.fct_anomalies")
    return not critical
