"""What can be asked: one description per endpoint, over one mart each.

The path is the name of the mart without its prefix, so that one word means one thing. Everything
else (parameters, types, SQL, schema) follows from the description and the mart's contract.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from api.queries import catalog
from api.queries.catalog import Column, Mart

Scope = Literal["market", "macro", "crypto", "ops"]

SCOPES: Mapping[Scope, str] = {
    "market": "instruments, prices, indicators and what is computed from them",
    "macro": "economic series, their vintages and the yield curve",
    "crypto": "coins: snapshots and candles",
    "ops": "freshness, runs, checks and the metrics of this API",
}


@dataclass(frozen=True)
class Lookup:
    """A parameter by which people name a thing, and the id that a mart knows it by.

    Attributes:
        parameter: what is asked for.
        mart: where things and ids stand.
        name: the column with the name; the id itself is understood too.
        id: the column with the id, named alike in every mart.
        what: one such thing, in words.
    """

    parameter: str
    mart: str
    name: str
    id: str
    what: str

    @property
    def relation(self) -> str:
        """The mart with its schema."""
        return catalog.marts()[self.mart].relation


LOOKUPS = (
    Lookup("symbol", "dim_instruments", "symbol", "instrument_id", "instrument"),
    Lookup("series_id", "dim_macro_series", "series_id", "series_id", "economic series"),
)


@dataclass(frozen=True)
class Endpoint:
    """A question that can be asked, again and again with other values.

    Attributes:
        mart: the one that answers.
        scope: what a token needs.
        tag: the chapter of the documentation.
        summary: what it answers, in half a line.
        filters: columns that can be asked for by their value, beside the lookups.
        time: the column of `start` and `end`; empty for none.
        order: the columns that put the rows in a total order; empty for the key.
        is_newest_first: whether `order` defaults to descending.
        search: columns in which `search` looks for a text.
        field_sets: for a parameter, the columns that each of its values stands for.
        requires: columns of which rows without a value are left out.
        function: a function of marts that is read in the mart's place, as of the day or instant
            that `as_of` names; empty for the mart itself.
        as_of_type: what `as_of` is: date or timestamptz.
        reads: the relations that the function reads; empty where it is the mart alone.
        shown: the columns that are served; empty for all of the mart's.
        name: the last part of the path; empty for the mart's name without its prefix.
    """

    mart: str
    scope: Scope
    tag: str
    summary: str
    filters: tuple[str, ...] = ()
    time: str = ""
    order: tuple[str, ...] = ()
    is_newest_first: bool = False
    search: tuple[str, ...] = ()
    field_sets: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    function: str = ""
    as_of_type: str = "date"
    reads: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    name: str = ""

    @cached_property
    def table(self) -> Mart:
        """The mart's contract."""
        return catalog.marts()[self.mart]

    @cached_property
    def word(self) -> str:
        """The last part of its path."""
        return self.name or self.mart.partition("_")[2]

    @property
    def path(self) -> str:
        """Where it is asked."""
        return f"/v1/{self.word}"

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        """What can be returned, in order."""
        columns = self.table.columns
        return {name: columns[name] for name in self.shown} if self.shown else columns

    @cached_property
    def sort(self) -> tuple[str, ...]:
        """The columns that put its rows in a total order."""
        return self.order or self.table.key

    @cached_property
    def lookups(self) -> tuple[Lookup, ...]:
        """The names by which its rows can be asked for."""
        return tuple(one for one in LOOKUPS if {one.id, one.name} <= self.columns.keys())

    @property
    def source(self) -> str:
        """What is asked, as a message names it."""
        return f"marts.{self.function}" if self.function else self.table.relation

    @cached_property
    def relations(self) -> tuple[str, ...]:
        """Every table that an answer depends on, its own first."""
        own = self.reads or (self.table.relation,)
        return tuple(dict.fromkeys([*own, *(one.relation for one in self.lookups)]))


def _bars(kind: str, *others: str) -> tuple[str, ...]:
    names = (f"{kind}{part}_price" for part in ("open", "high", "low", "close"))
    return ("instrument_id", "symbol", "session_date", *names, f"{kind}volume", *others)


_ADJUSTMENT = {
    "adjustment": {
        "none": _bars("", "volume_unit"),
        "split": _bars("split_adjusted_", "volume_unit"),
        "total_return": ("instrument_id", "symbol", "session_date", "total_return_close_price"),
    }
}

ENDPOINTS = (
    Endpoint(
        "dim_instruments",
        "market",
        "instruments",
        "What is tracked: search by symbol or name, filter by class and sector",
        filters=("asset_class", "sector", "is_active", "is_sp500_member"),
        search=("symbol", "name"),
    ),
    Endpoint(
        "dim_instrument_history",
        "market",
        "instruments",
        "What an instrument was called and how it was classified at any time",
        time="valid_from",
    ),
    Endpoint(
        "bridge_index_memberships",
        "market",
        "instruments",
        "The members of an index on any day, those that have left it included",
        filters=("index_name",),
    ),
    Endpoint(
        "dim_sessions",
        "market",
        "instruments",
        "The sessions of each calendar",
        filters=("calendar",),
        time="session_date",
    ),
    Endpoint(
        "fct_latest_prices",
        "market",
        "prices",
        "The newest price of each instrument, with its change since the previous close",
        filters=("asset_class", "currency"),
    ),
    Endpoint(
        "fct_latest_prices",
        "market",
        "trends",
        "Instruments by their change since the previous close: the greatest first, or the least",
        filters=("asset_class",),
        order=("change_pct", "instrument_id"),
        is_newest_first=True,
        requires=("change_pct",),
        name="movers",
    ),
    Endpoint(
        "fct_daily_bars",
        "market",
        "prices",
        "Daily bars of finished sessions: as traded, split-adjusted and total return",
        filters=("provider",),
        time="session_date",
        field_sets=_ADJUSTMENT,
    ),
    Endpoint(
        "fct_daily_bars",
        "market",
        "prices",
        "Daily bars as they were known at an instant, adjusted with what was known then",
        filters=("provider",),
        time="session_date",
        field_sets=_ADJUSTMENT,
        function="daily_bars_as_of",
        as_of_type="timestamptz",
        reads=(
            "marts.fct_daily_bar_revisions",
            "intermediate.int_corporate_action_versions_unioned",
        ),
        shown=(
            "instrument_id",
            "symbol",
            "session_date",
            "provider",
            "volume_unit",
            "open_price",
            "high_price",
            "low_price",
            "close_price",
            "volume",
            "split_adjusted_open_price",
            "split_adjusted_high_price",
            "split_adjusted_low_price",
            "split_adjusted_close_price",
            "split_adjusted_volume",
            "total_return_close_price",
            "is_synthetic",
            "is_known_from_assumed",
            "known_from",
            "response_id",
        ),
        name="daily_bars_as_of",
    ),
    Endpoint(
        "fct_daily_bar_revisions",
        "market",
        "prices",
        "Every version of every daily bar, and why it changed",
        filters=("cause", "session_date"),
        time="known_from",
    ),
    Endpoint(
        "fct_intraday_bars",
        "market",
        "prices",
        "Bars within the day, the one that is still open included",
        filters=("bar_interval", "session_phase", "session_date", "is_complete"),
        time="bar_start_at",
    ),
    Endpoint(
        "fct_daily_aggregates",
        "market",
        "prices",
        "What the bars within a day add up to, and where that disagrees with the daily bar",
        filters=("is_complete", "agrees_with_daily_bar"),
        time="session_date",
    ),
    Endpoint(
        "fct_corporate_actions",
        "market",
        "prices",
        "Splits and cash dividends, announced ones included",
        filters=("action_type",),
        time="ex_date",
    ),
    Endpoint(
        "fct_corporate_action_versions",
        "market",
        "prices",
        "Every version of every split and dividend, and since when it was known",
        filters=("action_type", "ex_date"),
        time="known_from",
    ),
    Endpoint(
        "fct_daily_indicators",
        "market",
        "indicators",
        "Moving averages, MACD, RSI, Bollinger bands, ATR, VWAP, volatility and extremes",
        time="session_date",
    ),
    Endpoint(
        "fct_intraday_indicators",
        "market",
        "indicators",
        "The same on bars of 15 minutes, with the VWAP of the session so far",
        filters=("session_date", "is_complete"),
        time="bar_start_at",
    ),
    Endpoint(
        "fct_indicator_signals",
        "market",
        "trends",
        "What an indicator began to say on a day: crossings and breakouts",
        filters=("signal",),
        time="session_date",
    ),
    Endpoint(
        "obt_daily_market",
        "market",
        "trends",
        "Bars, indicators, classification and macro values side by side",
        filters=("asset_class", "sector"),
        time="session_date",
        field_sets=_ADJUSTMENT,
    ),
    Endpoint(
        "fct_market_breadth",
        "market",
        "trends",
        "How many members of an index rose and fell, day by day",
        filters=("index_name",),
        time="session_date",
    ),
    Endpoint(
        "fct_market_summary",
        "market",
        "trends",
        "What each asset class did in a session",
        filters=("asset_class",),
        time="session_date",
    ),
    Endpoint(
        "fct_sector_performance",
        "market",
        "trends",
        "What the sectors of an index did in a session",
        filters=("index_name", "sector"),
        time="session_date",
    ),
    Endpoint(
        "fct_return_statistics",
        "market",
        "indicators",
        "Mean, variance, volatility and drawdown of returns over moving windows",
        filters=("window_sessions",),
        time="session_date",
    ),
    Endpoint(
        "fct_return_correlations",
        "market",
        "indicators",
        "Correlations of the returns of two instruments over their common sessions",
        filters=("other_symbol", "window_sessions"),
        time="session_date",
    ),
    Endpoint(
        "obt_latest_market",
        "market",
        "trends",
        "Latest prices, the session so far and the newest indicators side by side",
        filters=("asset_class", "sector"),
    ),
    Endpoint(
        "dim_macro_series",
        "macro",
        "macro",
        "The economic series that are kept",
        filters=("frequency_code", "is_active"),
        search=("series_id", "title"),
    ),
    Endpoint(
        "fct_macro_latest",
        "macro",
        "macro",
        "Observations as they stand today",
        time="observation_date",
    ),
    Endpoint(
        "fct_macro_observations",
        "macro",
        "macro",
        "Every vintage of every observation",
        filters=("is_latest", "is_first_release"),
        time="observation_date",
    ),
    Endpoint(
        "fct_macro_observations",
        "macro",
        "macro",
        "Every observation as it was known at the end of a day",
        time="observation_date",
        order=("series_id", "observation_date"),
        function="macro_as_of",
        shown=(
            "series_id",
            "observation_date",
            "value",
            "vintage_number",
            "release_date",
            "known_from",
            "retrieved_from",
            "is_synthetic",
            "response_id",
        ),
        name="macro_as_of",
    ),
    Endpoint(
        "fct_macro_features",
        "macro",
        "macro",
        "Series day by day: change, year on year, z-score and index, and what was known then",
        filters=("is_carried_forward",),
        time="date",
    ),
    Endpoint(
        "fct_macro_statistics",
        "macro",
        "macro",
        "Mean and spread of each series over stretches of its history",
        filters=("window_name",),
    ),
    Endpoint(
        "fct_macro_correlations",
        "macro",
        "macro",
        "How a series goes with another one, and with the price of a watched instrument",
        filters=("other_id", "other_kind", "window_name"),
    ),
    Endpoint(
        "fct_macro_releases",
        "macro",
        "macro",
        "The calendar of economic releases, and what became of it",
        filters=("release_id", "status"),
        time="release_date",
    ),
    Endpoint(
        "fct_yield_curve",
        "macro",
        "macro",
        "Yields of US Treasuries by tenor, with the two spreads that people watch",
        filters=("tenor",),
        time="observation_date",
    ),
    Endpoint(
        "fct_yield_curve_fits",
        "macro",
        "macro",
        "Nelson and Siegel's curve through the yields of each day",
        time="observation_date",
    ),
    Endpoint(
        "fct_forecasts",
        "market",
        "forecasts",
        "Forecasts of prices and economic series, with their 95 % intervals",
        filters=("model", "horizon", "is_chosen"),
        time="origin_date",
    ),
    Endpoint(
        "fct_forecast_scores",
        "market",
        "forecasts",
        "How good forecasts were, once the truth was known",
        filters=("model", "horizon", "is_chosen", "is_covered"),
        time="target_date",
    ),
    Endpoint(
        "fct_crypto_snapshots",
        "crypto",
        "crypto",
        "The market of the coins at the instants when it was asked for",
        time="snapshot_at",
    ),
    Endpoint(
        "fct_crypto_candles",
        "crypto",
        "crypto",
        "Candles of the tracked coins, in dollars",
        filters=("candle_interval",),
        time="candle_close_at",
    ),
    Endpoint(
        "fct_data_quality",
        "ops",
        "operations",
        "How far each daily bar can be trusted, from 0 to 100, with the parts of the score",
        time="session_date",
    ),
    Endpoint(
        "fct_data_gaps",
        "ops",
        "operations",
        "Bars that are missing, each with its cause",
        filters=("cause", "bar_interval"),
        time="session_date",
    ),
    Endpoint(
        "fct_anomalies",
        "ops",
        "operations",
        "Suspicious daily bars of every provider",
        filters=("anomaly", "severity", "provider", "is_held_out"),
        time="session_date",
    ),
    Endpoint(
        "fct_price_reconciliation",
        "ops",
        "operations",
        "What two providers say about the same close",
        filters=("verdict", "provider", "other_provider"),
        time="session_date",
    ),
    Endpoint(
        "fct_freshness",
        "ops",
        "operations",
        "How far each source lags, in finished sessions of its calendar",
        filters=("source",),
    ),
    Endpoint(
        "fct_pipeline_runs",
        "ops",
        "operations",
        "The job log: every run, whoever started it",
        filters=("job", "status", "source"),
        time="started_at",
        order=("started_at", "run_id"),
        is_newest_first=True,
    ),
    Endpoint(
        "fct_api_calls",
        "ops",
        "operations",
        "What the providers were asked, with the cost and what came of it",
        filters=("run_id", "source", "resource", "outcome", "is_success"),
        time="requested_at",
        is_newest_first=True,
    ),
    Endpoint(
        "fct_check_results",
        "ops",
        "operations",
        "The quality log: the result of every test of every dbt run",
        filters=("status", "model", "severity", "is_latest", "run_id"),
        time="checked_at",
        order=("checked_at", "run_id", "check_name"),
        is_newest_first=True,
    ),
)
