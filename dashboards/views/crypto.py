"""Crypto: the fifty largest coins, their share of the market, their prices and volumes."""

import pandas as pd
import streamlit as st

from dashboards import queries, shell
from dashboards.ranges import choose_days
from reporting.charts import bars_chart, lines_chart, share_chart

_SHOWN = 8
_COUNTS = {"Top 10": 10, "Top 25": 25, "Top 50": 50}


def render(view: shell.View) -> None:
    """Draw the page."""
    with view.controls:
        count = _COUNTS[
            str(
                st.pills(
                    "Coins",
                    list(_COUNTS),
                    default="Top 25",
                    required=True,
                    key="coins",
                    bind="query-params",
                )
            )
        ]
        is_logarithmic = st.toggle("Logarithmic bars", value=True, key="log", bind="query-params")
        days = choose_days()

    def body() -> None:
        shell.head(view, "Crypto")
        coins = view.read(queries.LATEST_COINS)
        if coins.empty:
            shell.nothing(
                "No coins are loaded yet: run `marketflow ingest coingecko` and then `marketflow "
                "transform`, or `make demo` for a synthetic market."
            )
            return
        _show_share(view, coins, days)
        _show_bars(coins.head(count), is_logarithmic=is_logarithmic)
        _show_table(view, coins.head(count))

    shell.refreshed(view, body)


def _show_share(view: shell.View, coins: pd.DataFrame, days: int) -> None:
    largest = coins.head(_SHOWN)
    left, right = st.columns(2)
    with left:
        st.subheader("Share of the market", anchor=False)
        shell.chart(
            share_chart(largest["symbol"], largest["dominance_pct"]),
            key="share",
            description=f"Share of the whole market of the {len(largest)} largest coins.",
            source="Per cent of the market value of all coins. Source: CoinGecko; "
            "fct_crypto_snapshots.",
        )
    with right:
        st.subheader("Dominance", anchor=False)
        history = view.read(
            queries.COIN_HISTORY,
            instrument_ids=sorted(largest["instrument_id"]),
            first_date=view.days_ago(days),
            last_date=view.days_ago(0),
        )
        wide = history.pivot(index="snapshot_date", columns="symbol", values="dominance_pct")
        shell.chart(
            lines_chart(wide[[name for name in largest["symbol"] if name in wide]], "%"),
            key="dominance",
            description="Share of the market of the largest coins, day by day.",
            source=f"Per cent of all coins, last snapshot of each UTC day; {len(wide)} so far. "
            "Source: CoinGecko; fct_crypto_snapshots.",
        )


def _show_bars(coins: pd.DataFrame, *, is_logarithmic: bool) -> None:
    axis = {"type": "log"} if is_logarithmic else {}
    for column, title, unit, ticks in (
        # A coin may cost a millionth, which is no micro-dollar.
        ("price", "Prices", "USD", {"tickformat": ",~f"}),
        ("volume_24h", "Volume of 24 hours", "USD", {"exponentformat": "B"}),
    ):
        st.subheader(title, anchor=False)
        shell.chart(
            bars_chart(coins["symbol"], coins[column], unit, height=300).update_yaxes(
                **axis, **ticks
            ),
            key=f"coins-{column}",
            description=f"{title} of {len(coins)} coins in USD.",
            source=f"{unit}{', logarithmic' if is_logarithmic else ''}. Source: CoinGecko; "
            "fct_crypto_snapshots.",
        )


def _show_table(view: shell.View, coins: pd.DataFrame) -> None:
    st.subheader("Coins", anchor=False)
    shell.table(
        view.in_zone(coins.drop(columns="instrument_id")),
        "coins_by_market_cap",
        "The largest coins by market value",
        f"USD, as of {view.moment(coins['snapshot_at'].max())}. Source: CoinGecko; "
        "fct_crypto_snapshots.",
        {
            "market_cap_rank": st.column_config.NumberColumn("Rank"),
            "price": st.column_config.NumberColumn("Price", format="%.6g"),
            "price_change_24h_pct": st.column_config.NumberColumn("24 h", format="%+.2f %%"),
            "market_cap": st.column_config.NumberColumn("Market cap", format="compact"),
            "total_market_cap": None,
            "volume_24h": st.column_config.NumberColumn("Volume 24 h", format="compact"),
            "circulating_supply": st.column_config.NumberColumn("Supply", format="compact"),
            "dominance_pct": st.column_config.NumberColumn("Share", format="%.2f %%"),
            "all_time_high_price": st.column_config.NumberColumn("Highest ever", format="%.6g"),
            "snapshot_at": st.column_config.DatetimeColumn("As of", format="D MMM HH:mm"),
        },
    )


shell.show(render)
