"""Instrument: candles, volume, moving averages and RSI of one instrument on one time axis."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import forecasts, freshness, provenance, queries, shell, wording
from reporting.charts import InstrumentChart, instrument_chart
from reporting.charts.instrument import CANDLE_LIMIT, Panel

_RANGES = {"1M": 31, "3M": 92, "6M": 183, "1Y": 366, "3Y": 1097, "5Y": 1827, "Max": None}
_INTERVALS = {"15 min": "15min", "1 h": "1h", "Daily": "1day", "Weekly": "1week"}
_INTRADAY_BARS = {"15min": 520, "1h": 420}
_OVERLAYS = {
    "SMA 20": ("sma_20",),
    "SMA 50": ("sma_50",),
    "SMA 200": ("sma_200",),
    "EMA 12": ("ema_12",),
    "EMA 26": ("ema_26",),
    "Bollinger": ("bollinger_upper_20", "bollinger_lower_20"),
    "VWAP": ("vwap_20",),
}
_DEFAULT_OVERLAYS = ["SMA 20", "SMA 50", "SMA 200"]
_PANELS: dict[str, Panel] = {
    "Volume": "volume",
    "MACD": "macd",
    "RSI 14": "rsi_14",
    "Volatility": "volatility_20",
    "ATR": "atr_14",
    "Returns": "return_1d",
    "Drawdown": "drawdown",
}
_DEFAULT_PANELS = ["Volume", "RSI 14"]
_PANEL_COLUMNS = {"macd": ("macd_line", "macd_signal", "macd_histogram")}
_SIGNALS = {
    "Golden and death cross": ("golden_cross", "death_cross"),
    "MACD crossings": ("macd_cross_up", "macd_cross_down"),
    "RSI extremes": ("rsi_oversold", "rsi_overbought"),
    "Bollinger breakouts": ("bollinger_breakout_up", "bollinger_breakout_down"),
}
_UPWARD = frozenset({"golden_cross", "macd_cross_up", "rsi_oversold", "bollinger_breakout_up"})
_CARD: dict[str, Any] = {"border": True, "height": "stretch"}
_PREFERRED = ("AAPL", "SPY")

_BAR_COLUMNS = {
    "Split-adjusted": {
        "split_adjusted_open_price": "open_price",
        "split_adjusted_high_price": "high_price",
        "split_adjusted_low_price": "low_price",
        "split_adjusted_close_price": "close_price",
        "split_adjusted_volume": "volume",
    },
    "As traded": {
        name: name for name in ("open_price", "high_price", "low_price", "close_price", "volume")
    },
    "Total return": {
        "total_return_close_price": "close_price",
        "split_adjusted_volume": "volume",
    },
}
_INDICATORS = (
    "sma_20",
    "sma_50",
    "sma_200",
    "ema_12",
    "ema_26",
    "bollinger_upper_20",
    "bollinger_lower_20",
    "vwap_20",
    "macd_line",
    "macd_signal",
    "macd_histogram",
    "rsi_14",
    "volatility_20",
    "atr_14",
    "return_1d",
    "drawdown",
)
_MEANINGS = {
    "Split-adjusted": "restated so that splits leave no jump",
    "As traded": "as paid on the day; splits show as jumps",
    "Total return": "splits and dividends reinvested; closes only",
}


@dataclass(frozen=True)
class Choices:
    """What the viewer chose; all of it stands in the URL."""

    instrument: Any
    basis: str
    interval: str
    range_name: str
    averages: tuple[str, ...]
    panels: tuple[str, ...]
    signals: tuple[str, ...]
    is_logarithmic: bool


def render(view: shell.View) -> None:
    """Draw the page."""
    instruments = view.read(queries.INSTRUMENTS)
    if instruments.empty:
        st.title("Instrument", anchor=False)
        st.info(
            "No instrument is tracked yet: run `make demo` for a synthetic market, or "
            "`marketflow ingest` and then `marketflow transform`.",
            icon=":material/inbox:",
        )
        return
    with view.controls:
        choices = _choose(instruments)
    shell.refreshed(view, lambda: _show(view, choices))


def _choose(instruments: pd.DataFrame) -> Choices:
    by_symbol = {row.symbol: row for row in instruments.itertuples(index=False)}
    symbol = _choose_symbol(by_symbol)
    interval = st.pills(
        "Bars", list(_INTERVALS), default="Daily", required=True, key="bars", bind="query-params"
    )
    range_name = st.pills(
        "Range", list(_RANGES), default="1Y", required=True, key="range", bind="query-params"
    )
    basis = st.radio(
        "Prices",
        list(_MEANINGS),
        captions=[f"{meaning[0].upper()}{meaning[1:]}." for meaning in _MEANINGS.values()],
        key="prices",
        bind="query-params",
    )
    averages = st.pills(
        "Over the prices",
        list(_OVERLAYS),
        selection_mode="multi",
        default=_DEFAULT_OVERLAYS,
        key="averages",
        bind="query-params",
    )
    panels = st.pills(
        "Panels",
        list(_PANELS),
        selection_mode="multi",
        default=_DEFAULT_PANELS,
        key="panels",
        bind="query-params",
    )
    signals = st.pills(
        "Signals", list(_SIGNALS), selection_mode="multi", key="signals", bind="query-params"
    )
    is_logarithmic = st.toggle("Logarithmic prices", key="log", bind="query-params")
    return Choices(
        instrument=by_symbol[symbol],
        basis=str(basis),
        interval=_INTERVALS[str(interval)],
        range_name=str(range_name),
        averages=tuple(name for name in _OVERLAYS if name in averages),
        panels=tuple(name for name in _PANELS if name in panels),
        signals=tuple(name for name in _SIGNALS if name in signals),
        is_logarithmic=is_logarithmic,
    )


def _choose_symbol(by_symbol: dict[str, Any]) -> str:
    """Return the symbol of the URL, or the one chosen since, and keep it in the URL."""
    symbols = list(by_symbol)
    if st.session_state.get("symbol") not in by_symbol:
        wanted = st.query_params.get("symbol")
        if wanted is not None and wanted not in by_symbol:
            st.warning(f"No instrument called {wanted!r} is tracked.", icon=":material/search_off:")
        preferred = next((each for each in _PREFERRED if each in by_symbol), symbols[0])
        st.session_state["symbol"] = wanted if wanted in by_symbol else preferred
    chosen = st.selectbox(
        "Instrument",
        symbols,
        key="symbol",
        format_func=lambda symbol: f"{symbol} · {by_symbol[symbol].name}",
        help="Type a part of the symbol or of the name.",
    )
    st.query_params["symbol"] = str(chosen)
    return str(chosen)


def _show(view: shell.View, choices: Choices) -> None:
    instrument = choices.instrument
    shell.head(view, f"{instrument.symbol} · {instrument.name}")
    span = view.read(queries.SESSION_SPAN, instrument_id=instrument.instrument_id).iloc[0]
    if pd.isna(span["first_date"]):
        st.info(
            f"{instrument.symbol} has no finished session in the marts yet: run `marketflow "
            f"ingest --symbols {instrument.symbol}` and then `marketflow transform`.",
            icon=":material/inbox:",
        )
        return
    asked = {
        "instrument_id": instrument.instrument_id,
        "first_date": _first_date((span["first_date"], span["last_date"]), choices.range_name),
        "last_date": span["last_date"],
    }
    bars = view.read(queries.DAILY_BARS, **asked)
    _show_key_figures(view, choices, bars)
    if choices.interval in _INTRADAY_BARS:
        _show_intraday(view, choices)
    else:
        weekly = choices.interval == "1week"
        shown = _without_indicators(view.read(queries.WEEKLY_BARS, **asked)) if weekly else bars
        _show_chart(view, choices, shown, asked)
    forecasts.show(view, instrument)
    provenance.show(view, instrument.symbol, bars, asked)


def _without_indicators(bars: pd.DataFrame) -> pd.DataFrame:
    """Return the bars with every indicator null: there are none of weeks."""
    return bars.assign(**dict.fromkeys(_INDICATORS, float("nan")))


def _first_date(span: tuple[date, date], range_name: str) -> date:
    days = _RANGES[range_name]
    return span[0] if days is None else max(span[0], span[1] - timedelta(days=days))


def _show_key_figures(view: shell.View, choices: Choices, bars: pd.DataFrame) -> None:
    instrument = choices.instrument
    prices = view.read(queries.LATEST_PRICES)
    latest = prices[prices["instrument_id"] == instrument.instrument_id]
    year = view.read(queries.YEAR_RANGE, instrument_id=instrument.instrument_id).iloc[0]
    sessions = int(year["session_count"])
    last_bar = bars.iloc[-1] if len(bars) else pd.Series(dtype=float)

    def say(value: float | None) -> str:
        return wording.price(value, instrument.asset_class)

    last, previous, low, high, volume, rsi, about = st.columns([1.2, 1, 1, 1, 1, 0.8, 1.6])
    if latest.empty:
        last.metric("Last price", wording.MISSING, **_CARD)
        about.container(border=True, height="stretch").caption("No latest price is known.")
    else:
        row = latest.iloc[0]
        has_change = pd.notna(row["change_pct"])
        last.metric(
            f"Last price, {instrument.currency}",
            say(row["price"]),
            wording.change_pct(row["change_pct"]) if has_change else None,
            delta_color="blue" if has_change and row["change_pct"] >= 0 else "orange",
            **_CARD,
            help="The change is since the previous close.",
        )
        previous.metric("Previous close", say(row["previous_close_price"]), **_CARD)
        with about.container(border=True, height="stretch"):
            _show_age(view, instrument, row)
    of_sessions = f"Split-adjusted, of the last {sessions} sessions."
    low.metric(f"{sessions}-day low", say(year["low_price"]), help=of_sessions, **_CARD)
    high.metric(f"{sessions}-day high", say(year["high_price"]), help=of_sessions, **_CARD)
    volume.metric(
        "Volume",
        wording.quantity(last_bar.get("volume")),
        help="Of the last finished session, as traded.",
        **_CARD,
    )
    rsi.metric(
        "RSI 14",
        wording.number(last_bar.get("rsi_14")),
        help="Wilder's, at the last finished session; 0 to 100.",
        **_CARD,
    )


def _show_age(view: shell.View, instrument: Any, price: pd.Series) -> None:
    sessions = view.sessions()
    own_sessions = sessions[sessions["calendar"] == instrument.calendar]
    verdict = freshness.assess_price(own_sessions, price["as_of"], view.now())
    shell.verdict(verdict.level, wording.price_state(verdict))
    st.caption(
        f"{view.moment(price['as_of'])}  \n"
        f"{wording.SOURCE_NAMES.get(price['provider'], price['provider'])}"
    )


def _show_chart(
    view: shell.View, choices: Choices, bars: pd.DataFrame, asked: dict[str, Any]
) -> None:
    instrument = choices.instrument
    first_date, last_date = asked["first_date"], asked["last_date"]
    drawn = _in_basis(bars, choices.basis)
    if drawn["close_price"].notna().sum() == 0:
        st.info(
            f"{instrument.symbol} has no {choices.basis.lower()} prices in this range: choose "
            "another kind of price in the sidebar.",
            icon=":material/inbox:",
        )
        return
    notes = [
        f"Source: {_sources(bars)}; fct_daily_bars, fct_daily_indicators, fct_return_statistics."
    ]
    averages = tuple(column for name in choices.averages for column in _OVERLAYS[name])
    has_scale = _has_split_adjusted_scale(drawn, bars)
    if averages and not has_scale:
        averages = ()
        notes.append("Moving averages are of split-adjusted closes and not drawn on this scale.")
    averages = tuple(column for column in averages if drawn[column].notna().any())
    panels = _filled_panels(choices, drawn, notes)
    actions = _actions(view, asked, notes)
    signals = _signals(view, choices, asked) if has_scale else None
    if len(drawn) > CANDLE_LIMIT:
        notes.append(f"More than {CANDLE_LIMIT:,} sessions: closes instead of candles.")
    if choices.basis != "Total return" and drawn["open_price"].isna().any():
        notes.append("The line is of closes, where nothing else is known of a session.")
    figure = instrument_chart(
        drawn,
        actions,
        InstrumentChart(
            symbol=instrument.symbol,
            price_name=choices.basis,
            price_unit=str(instrument.currency),
            volume_name=_volume_name(bars, choices.basis),
            averages=averages,
            panels=panels,
            has_candles=choices.basis != "Total return",
            is_logarithmic=choices.is_logarithmic,
        ),
        signals,
    )
    kind = "Weeks, named by their Monday," if choices.interval == "1week" else "Daily sessions"
    shell.chart(
        figure,
        key="instrument-chart",
        description=f"{choices.basis} prices of {instrument.name} from {first_date} to "
        f"{last_date}, with {', '.join((*choices.averages, *choices.panels)) or 'nothing else'}.",
        source=f"{kind} {first_date:%d %b %Y} to {last_date:%d %b %Y}. "
        f"{choices.basis}: {_MEANINGS[choices.basis]}. " + " ".join(notes),
    )
    panel_columns = [name for panel in panels for name in _PANEL_COLUMNS.get(panel, (panel,))]
    kept = ["session_date", *_BAR_COLUMNS[choices.basis].values(), *averages, *panel_columns]
    shell.downloads(
        drawn[[*dict.fromkeys(kept), "provider", "known_from"]],
        f"{instrument.symbol.replace('/', '-')}_{choices.basis.lower().replace(' ', '_')}",
    )


def _filled_panels(choices: Choices, drawn: pd.DataFrame, notes: list[str]) -> tuple[Panel, ...]:
    """Return the panels that have something to show; add to `notes` which have not."""
    filled: list[Panel] = []
    for name in choices.panels:
        panel = _PANELS[name]
        columns = _PANEL_COLUMNS.get(panel, (panel,))
        if any(column in drawn and drawn[column].notna().any() for column in columns):
            filled.append(panel)
        elif panel == "volume":
            notes.append("No volume is reported.")
        else:
            notes.append(f"{name} is not known for these bars.")
    return tuple(filled)


def _signals(view: shell.View, choices: Choices, asked: dict[str, Any]) -> pd.DataFrame:
    wanted = [signal for name in choices.signals for signal in _SIGNALS[name]]
    found = view.read(queries.SIGNALS, signals=wanted, **asked)
    return pd.DataFrame(
        {
            "session_date": found["session_date"],
            "price": found["split_adjusted_close_price"],
            "description": found["signal"].str.replace("_", " ").str.capitalize(),
            "is_up": found["signal"].isin(_UPWARD),
        }
    )


def _show_intraday(view: shell.View, choices: Choices) -> None:
    instrument = choices.instrument
    bars = view.read(
        queries.INTRADAY_BARS,
        instrument_id=instrument.instrument_id,
        bar_interval=choices.interval,
        bar_count=_INTRADAY_BARS[choices.interval],
    )
    if bars.empty:
        shell.nothing(
            f"{instrument.symbol} has no bars of {choices.interval} in the marts: run `marketflow "
            f"ingest --symbols {instrument.symbol}`, or choose daily bars in the sidebar."
        )
        return
    local = bars["bar_start_at"].dt.tz_convert(view.zone)
    drawn = bars.assign(session_date=local.dt.strftime("%d %b %H:%M"))
    notes: list[str] = []
    panels = _filled_panels(choices, drawn, notes)
    figure = instrument_chart(
        drawn,
        pd.DataFrame(columns=["ex_date", "label", "description"]),
        InstrumentChart(
            symbol=instrument.symbol,
            price_name="As traded",
            price_unit=str(instrument.currency),
            averages=("vwap",) if "VWAP" in choices.averages else (),
            panels=panels,
            is_logarithmic=choices.is_logarithmic,
            has_sessions=False,
        ),
    )
    shell.chart(
        figure,
        key="instrument-chart",
        description=f"Prices of {instrument.name} in bars of {choices.interval}.",
        source=f"The newest {len(bars)} bars of {choices.interval} in regular hours, as traded, "
        f"by their start in {view.zone.key}. {' '.join(notes)} Source: {_sources(bars)}; "
        "fct_intraday_bars.",
    )
    shell.downloads(bars, f"{instrument.symbol.replace('/', '-')}_{choices.interval}")


def _in_basis(bars: pd.DataFrame, basis: str) -> pd.DataFrame:
    """Return the bars with open_price ... volume in one basis; null where it has none."""
    columns = _BAR_COLUMNS[basis]
    prices = bars[list(columns)].rename(columns=columns)
    for name in ("open_price", "high_price", "low_price"):
        if name not in prices:
            prices[name] = float("nan")
    # Providers count in different units; the volumes drawn are those in the unit of the last bar.
    prices["volume"] = prices["volume"].where(bars["volume_unit"] == bars["volume_unit"].iloc[-1])
    rest = bars[["session_date", "provider", "known_from", *_INDICATORS]]
    return pd.concat([rest, prices], axis="columns")


def _volume_name(bars: pd.DataFrame, basis: str) -> str:
    kind = "as traded" if basis == "As traded" else "split-adjusted"
    unit = bars["volume_unit"].iloc[-1]
    return f"Volume, {kind}" if pd.isna(unit) else f"Volume, {kind} ({unit})"


def _has_split_adjusted_scale(drawn: pd.DataFrame, bars: pd.DataFrame) -> bool:
    return bool(drawn["close_price"].equals(bars["split_adjusted_close_price"]))


def _sources(bars: pd.DataFrame) -> str:
    names = [wording.SOURCE_NAMES.get(name, name) for name in bars["provider"].dropna().unique()]
    return ", ".join(names)


def _actions(view: shell.View, asked: dict[str, Any], notes: list[str]) -> pd.DataFrame:
    """Return the marks of corporate actions; add to `notes` what their letters mean."""
    actions = view.read(queries.CORPORATE_ACTIONS, **asked)
    if not actions.empty:
        notes.append("D marks a dividend, S a split.")
    return pd.DataFrame(
        {
            "ex_date": actions["ex_date"],
            "label": ["S" if kind == "split" else "D" for kind in actions["action_type"]],
            "description": [_describe(row) for row in actions.itertuples(index=False)],
        }
    )


def _describe(action: Any) -> str:
    if action.action_type == "split":
        return f"Split, {action.split_ratio:g} for 1"
    return f"Dividend, {action.dividend:g} per share"


shell.show(render)
