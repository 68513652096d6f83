"""The raw tables of CoinGecko, which sends its numbers as JSON numbers and nulls."""

from ingestion.shapes import Resource, context, final, key, number, price, value

# Every coin that there is. An id names one coin; a symbol may name many.
COINS = Resource(
    "coingecko",
    "coins",
    (key("id", "id"), value("symbol"), value("name")),
    ignored=frozenset({"platforms"}),
)

COIN_MARKETS = Resource(
    "coingecko",
    "coin_markets",
    (
        key("id", "id"),
        key("vs_currency"),
        key("last_updated", "last_updated"),
        value("symbol"),
        value("name"),
        number("current_price"),
        number("market_cap"),
        number("market_cap_rank"),
        number("fully_diluted_valuation"),
        number("total_volume"),
        number("high_24h"),
        number("low_24h"),
        number("price_change_24h"),
        number("price_change_percentage_24h"),
        number("market_cap_change_24h"),
        number("market_cap_change_percentage_24h"),
        number("circulating_supply"),
        number("total_supply"),
        number("max_supply"),
        number("ath"),
        number("ath_change_percentage"),
        value("ath_date"),
        number("atl"),
        number("atl_change_percentage"),
        value("atl_date"),
        context("image", "image"),
        context("roi", "roi", "nested"),
    ),
    has_others=True,
    ignored=frozenset(
        {
            "market_cap_rank_with_rehypothecated",
            "sparkline_in_7d",
            "price_change_percentage_1h_in_currency",
            "price_change_percentage_24h_in_currency",
            "price_change_percentage_7d_in_currency",
            "price_change_percentage_14d_in_currency",
            "price_change_percentage_30d_in_currency",
            "price_change_percentage_200d_in_currency",
            "price_change_percentage_1y_in_currency",
        }
    ),
)

# The stamp is the start of a day, that is the close of the day before; the last point is "now".
MARKET_CHART = Resource(
    "coingecko",
    "market_chart",
    (
        key("coin_id"),
        key("vs_currency"),
        key("interval"),
        key("timestamp_ms", "timestamp_ms", "number"),
        number("price"),
        number("market_cap"),
        number("total_volume"),
    ),
)

# The stamp is the close of the candle.
OHLC = Resource(
    "coingecko",
    "ohlc",
    (
        key("coin_id"),
        key("vs_currency"),
        key("days"),
        key("timestamp_ms", "timestamp_ms", "number"),
        price("open"),
        price("high"),
        price("low"),
        price("close"),
        final(),
    ),
)

# The whole market at one instant, in seconds since 1970; amounts by currency, shares by coin.
GLOBAL = Resource(
    "coingecko",
    "global",
    (
        key("updated_at", "updated_at", "number"),
        number("active_cryptocurrencies"),
        number("markets"),
        value("total_market_cap", form="nested"),
        value("total_volume", form="nested"),
        value("market_cap_percentage", form="nested"),
        number("market_cap_change_percentage_24h_usd"),
        number("volume_change_percentage_24h_usd", is_optional=True),
        context("upcoming_icos", "upcoming_icos", "number"),
        context("ongoing_icos", "ongoing_icos", "number"),
        context("ended_icos", "ended_icos", "number"),
    ),
)

RESOURCES = (COIN_MARKETS, MARKET_CHART, OHLC, COINS, GLOBAL)
