"""The raw tables of Financial Modeling Prep, which sends its numbers as JSON numbers."""

from ingestion.shapes import Resource, context, final, key, number, price, value

# `vwap` is no volume-weighted price, and `change` counts from the open of the same day.
EOD_PRICES = Resource(
    "fmp",
    "eod_prices",
    (
        key("symbol"),
        key("date", "date", "date"),
        key("price_basis"),
        price("open"),
        price("high"),
        price("low"),
        price("close"),
        number("volume"),
        final(),
    ),
    ignored=frozenset({"symbol", "change", "changePercent", "vwap"}),
)

# The stamp is the opening of the bar on New York's wall clock. What trades around the clock has one
# hour of autumn twice, so the offset belongs to the key.
INTRADAY_PRICES = Resource(
    "fmp",
    "intraday_prices",
    (
        key("symbol"),
        key("interval"),
        key("date", "date", "instant"),
        key("utc_offset", "utc_offset"),
        price("open"),
        price("low"),
        price("high"),
        price("close"),
        number("volume"),
        final(),
    ),
    ignored=frozenset({"symbol"}),
    zone="America/New_York",
)

# `change` counts from the close before, unlike that of an end-of-day row.
QUOTES = Resource(
    "fmp",
    "quotes",
    (
        key("symbol"),
        key("timestamp", "timestamp", "number"),
        value("name"),
        price("price"),
        number("change_percentage", "changePercentage"),
        number("change"),
        number("volume"),
        number("day_low", "dayLow"),
        number("day_high", "dayHigh"),
        number("year_high", "yearHigh"),
        number("year_low", "yearLow"),
        number("market_cap", "marketCap"),
        number("price_avg_50", "priceAvg50"),
        number("price_avg_200", "priceAvg200"),
        value("exchange"),
        number("open"),
        number("previous_close", "previousClose"),
    ),
    ignored=frozenset({"symbol"}),
)

PROFILES = Resource(
    "fmp",
    "profiles",
    (
        key("symbol"),
        value("company_name", "companyName"),
        value("currency"),
        value("cik"),
        value("isin"),
        value("cusip"),
        value("exchange"),
        value("exchange_full_name", "exchangeFullName"),
        value("industry"),
        value("sector"),
        value("country"),
        value("website"),
        value("description"),
        value("ceo"),
        value("full_time_employees", "fullTimeEmployees"),
        value("ipo_date", "ipoDate"),
        value("is_etf", "isEtf", "flag"),
        value("is_actively_trading", "isActivelyTrading", "flag"),
        value("is_adr", "isAdr", "flag"),
        value("is_fund", "isFund", "flag"),
        context("price", "price", "number"),
        context("market_cap", "marketCap", "number"),
        context("beta", "beta", "number"),
        context("last_dividend", "lastDividend", "number"),
        context("range", "range"),
        context("change", "change", "number"),
        context("change_percentage", "changePercentage", "number"),
        context("volume", "volume", "number"),
        context("average_volume", "averageVolume", "number"),
        context("phone", "phone"),
        context("address", "address"),
        context("city", "city"),
        context("state", "state"),
        context("zip", "zip"),
        context("image", "image"),
        context("default_image", "defaultImage", "flag"),
    ),
    ignored=frozenset({"symbol"}),
)

SPLITS = Resource(
    "fmp",
    "splits",
    (
        key("symbol"),
        key("date", "date", "date"),
        value("numerator", form="number", is_required=True),
        value("denominator", form="number", is_required=True),
        value("split_type", "splitType", is_optional=True),
    ),
    ignored=frozenset({"symbol"}),
)

# A date that is not known is sent as an empty string.
DIVIDENDS = Resource(
    "fmp",
    "dividends",
    (
        key("symbol"),
        key("date", "date", "date"),
        value("record_date", "recordDate"),
        value("payment_date", "paymentDate"),
        value("declaration_date", "declarationDate"),
        number("adj_dividend", "adjDividend"),
        value("dividend", form="number", is_required=True),
        number("yield"),
        value("frequency"),
    ),
    ignored=frozenset({"symbol"}),
)

TREASURY_RATES = Resource(
    "fmp",
    "treasury_rates",
    (
        key("date", "date", "date"),
        number("month1"),
        number("month2"),
        number("month3"),
        number("month6"),
        number("year1"),
        number("year2"),
        number("year3"),
        number("year5"),
        number("year7"),
        number("year10"),
        number("year20"),
        number("year30"),
    ),
)

SP500_CONSTITUENTS = Resource(
    "fmp",
    "sp500_constituents",
    (
        key("symbol", "symbol"),
        key("snapshot_date"),
        value("name"),
        value("sector"),
        value("sub_sector", "subSector"),
        value("head_quarter", "headQuarter"),
        value("date_first_added", "dateFirstAdded"),
        value("cik"),
        value("founded"),
    ),
)

# A change may add a company, remove one, or both: what it does not do is called none in the key.
SP500_CONSTITUENT_CHANGES = Resource(
    "fmp",
    "sp500_constituent_changes",
    (
        key("date_added", "dateAdded"),
        key("symbol", "symbol"),
        key("removed_ticker", "removedTicker"),
        value("date"),
        value("added_security", "addedSecurity"),
        value("removed_security", "removedSecurity"),
        value("reason"),
    ),
)

RESOURCES = (
    EOD_PRICES,
    QUOTES,
    INTRADAY_PRICES,
    PROFILES,
    SPLITS,
    DIVIDENDS,
    TREASURY_RATES,
    SP500_CONSTITUENTS,
    SP500_CONSTITUENT_CHANGES,
)
