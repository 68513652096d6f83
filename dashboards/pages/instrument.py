"""Instrument: candles, volume, moving averages and RSI of one instrument on one time axis."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import freshness, shell, wording
from dashboards.queries import NotBuiltError
from reporting.charts import InstrumentChart, instrument_chart
from reporting.charts.instrument import CANDLE_LIMIT, Panel

_RANGES = {"1M": 31, "3M": 92, "6M": 183, "1Y": 366, "3Y": 1097, "5Y": 1827, "Max": None}
_AVERAGES = {"SMA 20": "sma_20", "SMA 50": "sma_50", "SMA 200": "sma_200"}
_PANELS: dict[str, Panel] = {"Volume": "volume", "RSI 14": "rsi_14"}
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
    range_name: str
    averages: tuple[str, ...]
    panels: tuple[str, ...]
    is_logarithmic: bool


def render(view: shell.View) -> None:
    """Draw the page."""
    instruments = view.warehouse.instruments()
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
        "Moving averages",
        list(_AVERAGES),
        selection_mode="multi",
        default=list(_AVERAGES),
        key="averages",
        bind="query-params",
    )
    panels = st.pills(
        "Panels",
        list(_PANELS),
        selection_mode="multi",
        default=list(_PANELS),
        key="panels",
        bind="query-params",
    )
    is_logarithmic = st.toggle("Logarithmic prices", key="log", bind="query-params")
    return Choices(
        instrument=by_symbol[symbol],
        basis=str(basis),
        range_name=str(range_name),
        averages=tuple(name for name in _AVERAGES if name in averages),
        panels=tuple(name for name in _PANELS if name in panels),
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
    span = view.warehouse.session_span(instrument.instrument_id)
    if span is None:
        st.info(
            f"{instrument.symbol} has no finished session in the marts yet: run `marketflow "
            f"ingest --symbols {instrument.symbol}` and then `marketflow transform`.",
            icon=":material/inbox:",
        )
        return
    first_date = _first_date(span, choices.range_name)
    bars = view.warehouse.daily_bars(instrument.instrument_id, first_date, span[1])
    _show_key_figures(view, choices, bars)
    _show_chart(view, choices, bars, first_date, span[1])


def _first_date(span: tuple[date, date], range_name: str) -> date:
    days = _RANGES[range_name]
    return span[0] if days is None else max(span[0], span[1] - timedelta(days=days))


def _show_key_figures(view: shell.View, choices: Choices, bars: pd.DataFrame) -> None:
    instrument = choices.instrument
    prices = view.warehouse.latest_prices()
    latest = prices[prices["instrument_id"] == instrument.instrument_id]
    year = view.warehouse.year_range(instrument.instrument_id)
    sessions = f"{int(year['session_count'])} sessions"
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
    low.metric("Low", say(year["low_price"]), help=f"Of the last {sessions}.", **_CARD)
    high.metric("High", say(year["high_price"]), help=f"Of the last {sessions}.", **_CARD)
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
    view: shell.View, choices: Choices, bars: pd.DataFrame, first_date: date, last_date: date
) -> None:
    instrument = choices.instrument
    drawn = _in_basis(bars, choices.basis)
    if drawn["close_price"].notna().sum() == 0:
        st.info(
            f"{instrument.symbol} has no {choices.basis.lower()} prices in this range: choose "
            "another kind of price in the sidebar.",
            icon=":material/inbox:",
        )
        return
    averages = tuple(_AVERAGES[name] for name in choices.averages)
    notes = [f"Source: {_sources(bars)}; fct_daily_bars and fct_daily_indicators."]
    if averages and not _has_split_adjusted_scale(drawn, bars):
        averages = ()
        notes.append("Moving averages are of split-adjusted closes and not drawn on this scale.")
    panels = tuple(_PANELS[name] for name in choices.panels)
    if "volume" in panels and drawn["volume"].notna().sum() == 0:
        panels = tuple(name for name in panels if name != "volume")
        notes.append("No volume is reported.")
    actions = _actions(view, instrument.instrument_id, first_date, last_date, notes)
    if len(drawn) > CANDLE_LIMIT:
        notes.append(f"More than {CANDLE_LIMIT:,} sessions: closes instead of candles.")
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
    )
    shell.chart(
        figure,
        key="instrument-chart",
        description=f"{choices.basis} prices of {instrument.name} from {first_date} to "
        f"{last_date}, with {', '.join((*choices.averages, *choices.panels)) or 'nothing else'}.",
        source=f"Daily sessions {first_date:%d %b %Y} to {last_date:%d %b %Y}. "
        f"{choices.basis}: {_MEANINGS[choices.basis]}. " + " ".join(notes),
    )
    kept = ["session_date", *_BAR_COLUMNS[choices.basis].values(), *averages, "rsi_14"]
    shell.downloads(
        drawn[[*dict.fromkeys(kept), "provider", "known_from"]],
        f"{instrument.symbol.replace('/', '-')}_{choices.basis.lower().replace(' ', '_')}",
    )


def _in_basis(bars: pd.DataFrame, basis: str) -> pd.DataFrame:
    """Return the bars with open_price ... volume in one basis; null where it has none."""
    columns = _BAR_COLUMNS[basis]
    prices = bars[list(columns)].rename(columns=columns)
    for name in ("open_price", "high_price", "low_price"):
        if name not in prices:
            prices[name] = float("nan")
    # Providers count in different units; the volumes drawn are those in the unit of the last bar.
    prices["volume"] = prices["volume"].where(bars["volume_unit"] == bars["volume_unit"].iloc[-1])
    rest = bars[["session_date", "provider", "known_from", *_AVERAGES.values(), "rsi_14"]]
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


def _actions(
    view: shell.View, instrument_id: str, first_date: date, last_date: date, notes: list[str]
) -> pd.DataFrame:
    """Return the marks of corporate actions; add to `notes` what a reader should know."""
    try:
        actions = view.warehouse.corporate_actions(instrument_id, first_date, last_date)
    except NotBuiltError:
        notes.append("Corporate actions are not in these marts.")
        return pd.DataFrame(columns=["ex_date", "label", "description"])
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
