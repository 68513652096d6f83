"""Several instruments from one starting line. Pure: closes in, lines and figures out."""

import pandas as pd


def common_closes(closes: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return a column of closes per symbol, from the first session on which all have one.

    Args:
        closes: symbol, session_date and `column`, one row per bar.
        column: the price to take.

    Returns:
        session_date as the index; null where an instrument did not trade that day. Empty when
        there is no session that all share.
    """
    wide = closes.pivot(index="session_date", columns="symbol", values=column).sort_index()
    shared = wide.dropna().index
    return wide.loc[shared[0] :] if len(shared) else wide.head(0)


def rebased(closes: pd.DataFrame) -> pd.DataFrame:
    """Return the closes of `common_closes` with the first row made 100."""
    return 100 * closes / closes.iloc[0]


def normalised(closes: pd.DataFrame) -> pd.DataFrame:
    """Return each column's distance from its mean in its own sample standard deviations."""
    return (closes - closes.mean()) / closes.std()


def performance(closes: pd.DataFrame) -> pd.DataFrame:
    """Return what each column of `common_closes` did, one row per symbol.

    Returns:
        return_pct over the whole stretch; volatility_pct, the sample standard deviation of the
        returns from one of its sessions to the next (not annualised); drawdown_pct, the deepest
        fall from an earlier high, zero or below; session_count, its priced sessions.
    """
    rows = []
    for symbol in closes.columns:
        own = closes[symbol].dropna()
        rows.append(
            {
                "symbol": symbol,
                "return_pct": 100 * (own.iloc[-1] / own.iloc[0] - 1),
                "volatility_pct": 100 * own.pct_change().std(),
                "drawdown_pct": 100 * (own / own.cummax() - 1).min(),
                "session_count": len(own),
            }
        )
    return pd.DataFrame(rows)
