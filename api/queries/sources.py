"""How far each source lags."""

from psycopg.sql import SQL

from api.queries.pool import Pool

_LATE = SQL("""
    select source, sessions_late
    from ops.fct_freshness
    where sessions_late is not null
    order by source
""")


def sessions_late(pool: Pool) -> dict[str, int]:
    """Return, by source that was ever loaded, the finished sessions since its last fetch.

    Raises:
        NotBuilt, Unavailable: as `Pool.read`.
    """
    return dict(pool.read(_LATE, [], "ops.fct_freshness"))
