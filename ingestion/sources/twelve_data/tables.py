"""The raw tables of Twelve Data, which sends its numbers as strings.

Volume is absent, not null, for forex and many indexes.
"""

from ingestion.shapes import Column, Resource, context, final, key, price, value

_BAR: tuple[Column, ...] = (
    price("open", form="numeral"),
    price("high", form="numeral"),
    price("low", form="numeral"),
    price("close", form="numeral"),
    value("volume", form="numeral", is_optional=True),
    final(),
)

# The stamp of a bar is its opening.
TIME_SERIES_DAILY = Resource(
    "twelve_data",
    "time_series_daily",
    (
        key("symbol"),
        key("datetime", "datetime", "date"),
        *_BAR,
        context("currency"),
        context("exchange"),
        context("mic_code"),
        context("exchange_timezone"),
        context("instrument_type"),
        context("adjust"),
    ),
)

TIME_SERIES_INTRADAY = Resource(
    "twelve_data",
    "time_series_intraday",
    (
        key("symbol"),
        key("interval"),
        key("datetime", "datetime", "instant"),
        *_BAR,
        context("currency"),
        context("exchange"),
        context("mic_code"),
        context("instrument_type"),
    ),
)

QUOTES = Resource(
    "twelve_data",
    "quotes",
    (
        key("symbol"),
        key("quoted_at", "quoted_at", "number"),
        value("name"),
        value("exchange"),
        value("mic_code", is_optional=True),
        value("currency", is_optional=True),
        value("datetime"),
        value("open", form="numeral"),
        value("high", form="numeral"),
        value("low", form="numeral"),
        value("close", form="numeral", is_required=True),
        value("volume", form="numeral", is_optional=True),
        value("previous_close", form="numeral"),
        value("change", form="numeral"),
        value("percent_change", form="numeral"),
        value("average_volume", form="numeral", is_optional=True),
        value("is_market_open", form="flag"),
    ),
    ignored=frozenset(
        {
            "symbol",
            "timestamp",
            "last_quote_at",
            "fifty_two_week",
            "currency_base",
            "currency_quote",
            "rolling_1d_change",
            "rolling_7d_change",
            "rolling_period_change",
            "rolling_change",
            "extended_change",
            "extended_percent_change",
            "extended_price",
            "extended_timestamp",
        }
    ),
)

# Each list has fields of its own. What is not traded on an exchange has neither MIC nor exchange.
INSTRUMENTS = Resource(
    "twelve_data",
    "instruments",
    (
        key("symbol"),
        key("kind"),
        key("market", "market"),
        value("name", is_optional=True),
        value("exchange", is_optional=True),
        value("mic_code", is_optional=True),
        value("country", is_optional=True),
        value("currency", is_optional=True),
        value("instrument_type", "type", is_optional=True),
        value("figi_code", is_optional=True),
        value("cfi_code", is_optional=True),
        value("isin", is_optional=True),
        value("cusip", is_optional=True),
        value("currency_base", is_optional=True),
        value("currency_quote", is_optional=True),
        value("currency_group", is_optional=True),
        value("category", is_optional=True),
        value("description", is_optional=True),
        value("available_exchanges", form="nested", is_optional=True),
    ),
    ignored=frozenset({"symbol", "access"}),
)

RESOURCES = (TIME_SERIES_DAILY, TIME_SERIES_INTRADAY, QUOTES, INSTRUMENTS)
