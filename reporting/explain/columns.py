"""What the columns of the explained marts are made of: formulas, windows and model paths."""

from dataclasses import dataclass

_CLOSE = ("split_adjusted_close_price",)
_RANGE = ("split_adjusted_high_price", "split_adjusted_low_price", "split_adjusted_close_price")


@dataclass(frozen=True)
class Window:
    """The bars that an indicator is made of.

    Attributes:
        columns: of the bars and of the indicators beside them.
        rows: how many bars, the last one included.
        seed_rows: how many the first value is made of, where later ones go on from the value of
            the bar before; the first value then stands at bar number `first_bar`.
        first_bar: bar number of the first value.
    """

    columns: tuple[str, ...]
    rows: int
    first_bar: int
    seed_rows: int | None = None

    def length(self, bar_number: int) -> int:
        """Return how many bars count at a bar, the last one included."""
        if self.seed_rows is not None and bar_number == self.first_bar:
            return self.seed_rows
        return min(self.rows, bar_number)


def _last(rows: int, *columns: str) -> Window:
    return Window(columns or _CLOSE, rows, rows)


def _recursive(column: str, seed_rows: int, first_bar: int, *columns: str) -> Window:
    return Window((*(columns or _CLOSE), column), 2, first_bar, seed_rows)


WINDOWS: dict[str, Window] = {
    **{f"sma_{rows}": _last(rows) for rows in (20, 50, 200)},
    "ema_12": _recursive("ema_12", 12, 12),
    "ema_26": _recursive("ema_26", 26, 26),
    "macd_line": Window(("ema_12", "ema_26"), 1, 26),
    "macd_signal": _recursive("macd_signal", 9, 34, "macd_line"),
    "macd_histogram": Window(("macd_line", "macd_signal"), 1, 34),
    "rsi_14": Window(("average_gain_14", "average_loss_14"), 1, 15),
    "average_gain_14": _recursive("average_gain_14", 15, 15),
    "average_loss_14": _recursive("average_loss_14", 15, 15),
    **{f"bollinger_{band}_20": _last(20) for band in ("middle", "upper", "lower", "position")},
    "atr_14": _recursive("atr_14", 15, 15, *_RANGE),
    "vwap_20": _last(20, *_RANGE, "split_adjusted_volume"),
    "volatility_20": _last(21),
    "return_1d": _last(2),
    "high_252": _last(252, "split_adjusted_high_price"),
    "low_252": _last(252, "split_adjusted_low_price"),
}

_EMA = (
    "previous + 2 / ({0} + 1) x (close - previous); the first is the mean of the first {0} closes"
)
_WILDER = "(13 x previous + {0}) / 14; the first is the mean of the first 14"
_INDICATORS = {
    **{f"sma_{rows}": f"mean of the last {rows} closes" for rows in (20, 50, 200)},
    "ema_12": _EMA.format(12),
    "ema_26": _EMA.format(26),
    "macd_line": "ema_12 - ema_26",
    "macd_signal": "previous + 2 / 10 x (macd_line - previous); the first is the mean of 9 lines",
    "macd_histogram": "macd_line - macd_signal",
    "rsi_14": "100 x average_gain_14 / (average_gain_14 + average_loss_14)",
    "average_gain_14": _WILDER.format("rise of the close, or 0"),
    "average_loss_14": _WILDER.format("fall of the close, or 0"),
    "bollinger_middle_20": "mean of the last 20 closes",
    "bollinger_upper_20": "mean + 2 population standard deviations of the last 20 closes",
    "bollinger_lower_20": "mean - 2 population standard deviations of the last 20 closes",
    "bollinger_position_20": "(close - lower band) / (upper band - lower band)",
    "atr_14": _WILDER.format("true range"),
    "vwap_20": "sum((high + low + close) / 3 x volume) / sum(volume) of the last 20 bars",
    "volatility_20": "sample standard deviation of the last 20 simple returns",
    "return_1d": "close / close of the bar before - 1",
    "high_252": "highest high of the last 252 bars",
    "low_252": "lowest low of the last 252 bars",
    "bar_number": "how many bars the instrument has up to this one",
}
_BARS = {
    **{
        f"split_adjusted_{price}_price": f"{price}_price / later_split_ratio"
        for price in ("open", "high", "low", "close")
    },
    "split_adjusted_volume": "volume x later_split_ratio",
    "total_return_close_price": "close_price / later_split_ratio x later_dividend_factor",
    "volume": "as delivered; a volume that comes split-adjusted is divided by later_split_ratio",
    "known_from": "when it was fetched; the close of the session where is_known_from_assumed",
}
_MACRO = {
    "vintage_number": "how many vintages with a value there are up to this one",
    "revision": "value - value of the vintage before",
    "known_from": "release_date at 00:00 in Chicago; without vintages, when it was fetched",
    "known_to": "known_from of the vintage after, or the end that FRED gives this one",
    "is_first_release": "whether vintage_number is 1",
    "is_latest": "whether nothing replaced it",
}
_YIELDS = {
    "change_1d_pct": "yield_pct - yield_pct of the row before",
    "spread_10y_2y_pct": "yield_pct of 10y - yield_pct of 2y",
    "spread_10y_3m_pct": "yield_pct of 10y - yield_pct of 3m",
    "difference_pct": "fmp_yield_pct - fred_yield_pct, rounded to four digits",
    "verdict": "agree at 0, within_tolerance up to 0.01, else conflict",
}

FORMULAS: dict[str, dict[str, str]] = {
    "fct_daily_bars": _BARS,
    "fct_daily_indicators": _INDICATORS,
    "fct_macro_observations": _MACRO,
    "fct_yield_curve": _YIELDS,
}
"""How a column is worked out, by mart; one that is not named is taken as it came."""

MARTS = tuple(FORMULAS)

_BAR_MODELS = (
    "int_daily_bars_adjusted",
    "int_daily_bars_selected",
    "int_daily_bars_aligned",
    "int_daily_bars_unioned",
    "int_daily_bar_versions_unioned",
)
_STAGED_BARS = {
    "twelve_data": ("stg_twelve_data__time_series_daily", "raw_twelve_data.time_series_daily"),
    "fmp": ("stg_fmp__eod_prices", "raw_fmp.eod_prices"),
    "coingecko": ("stg_coingecko__market_chart", "raw_coingecko.market_chart"),
}
_INDICATOR_MODELS = (
    "fct_daily_indicators",
    "int_daily_averages_smoothed",
    "int_daily_changes_measured",
    "int_daily_extremes_measured",
    "int_daily_bars_resumed",
)
_VINTAGES = ("int_macro_vintages_unioned",)
_STAGED_VINTAGES = {
    "api": ("int_macro_vintages_numbered", "stg_fred__observations", "raw_fred.observations"),
    "website": ("stg_fred__keyless_observations", "raw_fred.keyless_observations"),
}


def model_path(mart: str, came_by: str) -> tuple[str, ...]:
    """Return the models from a mart down to the raw table.

    Args:
        mart: one of MARTS.
        came_by: the provider of the row; for macro observations its `retrieved_from`.
    """
    if mart == "fct_macro_observations":
        way = _STAGED_VINTAGES["api" if came_by == "api" else "website"]
        return (mart, *_VINTAGES, *way)
    if mart == "fct_yield_curve":
        way = ("stg_fmp__treasury_rates", "raw_fmp.treasury_rates")
        if came_by == "fred":
            way = (*_VINTAGES, *_STAGED_VINTAGES["api"])
        return (mart, "int_treasury_yields_unioned", *way)
    top = _INDICATOR_MODELS if mart == "fct_daily_indicators" else (mart,)
    return (*top, *_BAR_MODELS, *_STAGED_BARS[came_by])
