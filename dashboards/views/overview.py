"""Overview: which markets are open, what they cost, what moved, and how old that is."""

from functools import partial
from urllib.parse import quote

import pandas as pd
import streamlit as st
from pandas.io.formats.style import Styler

from dashboards import queries, shell, wording
from dashboards.freshness import PriceFreshness, assess_price
from dashboards.market_hours import MarketState, market_states
from reporting.charts import bars_chart, heat_map, lines_chart, movers_chart, palette

_HEADLINES = ("^GSPC", "^IXIC", "^DJI", "^VIX", "GCUSD", "CLUSD", "BTC/USD", "EUR/USD")
_HEADLINE_COUNT = 6
_SPARK_DAYS = 45
_MOVER_COUNT = 6
_INDEX = "TRACKED"
_BREADTH_DAYS, _SECTOR_DAYS, _QUALITY_DAYS = 366, 21, 30
_COIN_COUNT = 10
_ROW_HEIGHT = 32
_TABLE_HEIGHT = 20 * _ROW_HEIGHT


def render(view: shell.View) -> None:
    """Draw the page."""

    def body() -> None:
        shell.head(view, "Market overview")
        prices = view.read(queries.LATEST_PRICES)
        _show_markets(view)
        if prices.empty:
            st.info(
                "There are no prices yet: run `marketflow ingest` and then `marketflow "
                "transform`, or `make demo` for a synthetic market.",
                icon=":material/inbox:",
            )
            return
        _show_prices(view, prices)
        _show_breadth(view)
        curve, coins = st.columns(2)
        with curve:
            _show_curve(view)
        with coins:
            _show_coins(view)
        _show_sectors(view)
        _show_quality(view)

    shell.refreshed(view, body)


def _show_markets(view: shell.View) -> None:
    states = market_states(view.sessions(), view.now())
    if not states:
        st.info("No trading sessions are known: run `marketflow load`.", icon=":material/event:")
        return
    for column, state in zip(st.columns(len(states)), states, strict=True):
        with column.container(border=True, height="stretch"):
            mark = ":blue-badge[Open]" if state.is_open else ":gray-badge[Closed]"
            st.markdown(f"**{state.name}** {mark}")
            st.caption(_hours(view, state))


def _hours(view: shell.View, state: MarketState) -> str:
    if state.changes_at is None:
        return "Trades around the clock" if state.is_open else "No coming session is known"
    wait = wording.span(state.changes_at - view.now())
    verb = "Closes" if state.is_open else "Opens"
    half_day = " (half day)" if state.is_half_day else ""
    return f"{verb} in {wait}, {view.moment(state.changes_at)}{half_day}"


def _show_prices(view: shell.View, prices: pd.DataFrame) -> None:
    _show_headlines(view, prices)
    classes = [name for name in wording.ASSET_CLASS_NAMES if name in set(prices["asset_class"])]
    labels = ["All", *(wording.ASSET_CLASS_NAMES[name] for name in classes)]
    chosen = st.segmented_control(
        "Asset class",
        labels,
        default="All",
        required=True,
        key="class",
        bind="query-params",
        label_visibility="collapsed",
    )
    if chosen != "All":
        prices = prices[prices["asset_class"].map(wording.ASSET_CLASS_NAMES) == chosen]
    verdicts = _verdicts(view, prices)
    _show_movers(prices[[verdict.sessions_late == 0 for verdict in verdicts]], len(prices))
    _show_table(view, prices, [wording.price_state(verdict) for verdict in verdicts])


def _verdicts(view: shell.View, prices: pd.DataFrame) -> list[PriceFreshness]:
    now, sessions = view.now(), view.sessions()
    by_calendar = dict(tuple(sessions.groupby("calendar")))
    # Most prices of a market are of one instant.
    known = {
        (calendar, as_of): assess_price(by_calendar.get(calendar, sessions.head(0)), as_of, now)
        for calendar, as_of in set(zip(prices["calendar"], prices["as_of"], strict=True))
    }
    return [known[row.calendar, row.as_of] for row in prices.itertuples(index=False)]


def _show_headlines(view: shell.View, prices: pd.DataFrame) -> None:
    by_symbol = prices.set_index("symbol", drop=False)
    symbols = [symbol for symbol in _HEADLINES if symbol in by_symbol.index]
    symbols += [symbol for symbol in by_symbol.index if symbol not in symbols]
    rows = by_symbol.loc[symbols[:_HEADLINE_COUNT]]
    closes = _closes(view, rows)
    for column, row in zip(st.columns(len(rows)), rows.itertuples(index=False), strict=True):
        has_change = pd.notna(row.change_pct)
        column.metric(
            row.name,
            wording.price(row.price, row.asset_class),
            wording.change_pct(row.change_pct) if has_change else None,
            delta_color="blue" if has_change and row.change_pct >= 0 else "orange",
            border=True,
            height="stretch",
            chart_data=closes.get(row.instrument_id),
            help=f"{row.symbol}, {row.currency}, {view.moment(row.as_of)}; the line: its closes "
            f"of the last {_SPARK_DAYS} days.",
        )


def _show_movers(fresh: pd.DataFrame, count: int) -> None:
    st.subheader("Movers", anchor=False)
    if not fresh["change_pct"].abs().gt(0).any():
        st.info("No fresh price here has moved.", icon=":material/schedule:")
        return
    left_out = count - len(fresh)
    shell.chart(
        movers_chart(fresh, _MOVER_COUNT),
        key="movers",
        description="Bars: the largest rises and falls since the previous close, in per cent.",
        source="Change since the previous close, in per cent. Source: fct_latest_prices"
        + (f"; {left_out} late prices left out." if left_out else "."),
    )


def _show_table(view: shell.View, prices: pd.DataFrame, states: list[str]) -> None:
    st.subheader("Latest prices", anchor=False)
    shown = pd.DataFrame(
        {
            "symbol": [
                f"instrument?symbol={quote(symbol, safe='/^=.-')}" for symbol in prices["symbol"]
            ],
            "name": prices["name"],
            "price": prices["price"],
            "currency": prices["currency"],
            "change_pct": prices["change_pct"],
            "trend": prices["instrument_id"].map(_closes(view, prices)),
            "as_of": prices["as_of"].dt.tz_convert(view.zone),
            "state": states,
            "provider": prices["provider"].map(wording.SOURCE_NAMES),
        }
    ).reset_index(drop=True)
    st.dataframe(
        _styled(shown, list(prices["asset_class"])),
        hide_index=True,
        height=min(_ROW_HEIGHT * (len(shown) + 1) + 3, _TABLE_HEIGHT),
        row_height=_ROW_HEIGHT,
        key="latest-prices",
        alt="Latest price of each instrument",
        column_config={
            "symbol": st.column_config.LinkColumn(
                "Symbol", display_text=r"symbol=(.*)$", help="Opens the instrument's page."
            ),
            "name": st.column_config.TextColumn("Name", width="medium"),
            "price": st.column_config.NumberColumn("Price", help="In the unit beside it."),
            "currency": st.column_config.TextColumn("Unit", width="small"),
            "change_pct": st.column_config.NumberColumn(
                "Change", help="Since the previous close, in per cent."
            ),
            "trend": st.column_config.LineChartColumn(
                f"{_SPARK_DAYS} days", help="Split-adjusted closes."
            ),
            "as_of": st.column_config.DatetimeColumn(
                "As of", format="D MMM HH:mm", help=f"In {view.zone.key}."
            ),
            "state": st.column_config.TextColumn("Freshness"),
            "provider": st.column_config.TextColumn("Source"),
        },
    )
    st.caption(
        f"{len(shown)} instruments, prices as traded, times in {view.zone.key}. "
        "Source: fct_latest_prices; the lines: fct_daily_bars."
    )
    shell.downloads(prices, "latest_prices")


def _show_breadth(view: shell.View) -> None:
    st.subheader("Breadth", anchor=False)
    breadth = view.read(
        queries.MARKET_BREADTH, index_name=_INDEX, first_date=view.days_ago(_BREADTH_DAYS)
    )
    if breadth.empty:
        shell.nothing("No session was counted yet.")
        return
    last = breadth.iloc[-1]
    for column, (title, value, of_what) in zip(
        st.columns(5),
        (
            ("Rose", last["advancers"], "priced_count"),
            ("Fell", last["decliners"], "priced_count"),
            ("New highs", last["new_highs_252"], "priced_count"),
            ("New lows", last["new_lows_252"], "priced_count"),
            ("Above SMA 200", last["above_sma_200"], "priced_count"),
        ),
        strict=True,
    ):
        column.metric(title, f"{int(value)} of {int(last[of_what])}", border=True)
    line = breadth.set_index("session_date")[["advance_decline_line"]]
    shell.chart(
        lines_chart(line.set_axis(["Advance-decline line"], axis=1), "Instruments", height=240),
        key="breadth",
        description="Advancers less decliners, added up from session to session.",
        source=f"All that is tracked, session of {last['session_date']:%d %b %Y}; highs and lows "
        "of 252 sessions. The line adds advancers less decliners. Source: fct_market_breadth.",
    )
    shell.downloads(breadth, "market_breadth")


def _show_curve(view: shell.View) -> None:
    st.subheader("Yield curve", anchor=False)
    days = [view.days_ago(back) for back in (0, 30, 365)]
    curves = view.read(queries.YIELD_CURVES, days=days)
    if curves.empty:
        shell.nothing("No yields of the last two weeks are loaded.")
        return
    curves = curves.drop_duplicates(["observation_date", "tenor"])
    order = curves.sort_values("tenor_months")["tenor"].unique()
    wide = curves.pivot(index="tenor", columns="observation_date", values="yield_pct")
    wide = wide.loc[order, sorted(wide.columns, reverse=True)]
    shell.chart(
        lines_chart(wide.set_axis([f"{day:%d %b %Y}" for day in wide.columns], axis=1), "%"),
        key="curve",
        description="Treasury yields by tenor today, a month and a year ago.",
        source="Per cent a year by tenor. Sources: FMP and FRED; fct_yield_curve.",
    )
    shell.downloads(curves, "yield_curve")


def _show_coins(view: shell.View) -> None:
    st.subheader("Crypto by market value", anchor=False)
    coins = view.read(queries.LATEST_COINS).head(_COIN_COUNT)
    if coins.empty:
        shell.nothing("No coins are loaded yet.")
        return
    billions = coins["market_cap"] / 1e9
    shell.chart(
        bars_chart(coins["symbol"], billions, "Billions of USD").update_yaxes(
            # Ticks at 1, 2 and 5, all of them in full.
            type="log",
            dtick="D2",
            tickformat=",~f",
        ),
        key="coins",
        description="Market value of the largest coins.",
        source=f"Billions of USD, logarithmic, {view.moment(coins['snapshot_at'].max())}. "
        "Source: CoinGecko; fct_crypto_snapshots.",
    )
    shell.downloads(coins, "crypto_by_market_cap")


def _show_sectors(view: shell.View) -> None:
    st.subheader("Sectors", anchor=False)
    sectors = view.read(
        queries.SECTOR_RETURNS, index_name=_INDEX, first_date=view.days_ago(_SECTOR_DAYS)
    )
    if sectors.empty:
        shell.nothing("No sector has a return yet.")
        return
    wide = 100 * sectors.pivot(index="sector", columns="session_date", values="mean_return")
    order = wide.iloc[:, -1].sort_values(ascending=False).index
    shell.chart(
        heat_map(wide.loc[order].rename(columns=lambda day: f"{day:%d %b}"), "%"),
        key="sectors",
        description="Mean return of each sector, session by session.",
        source="Mean return of the tracked members, in per cent, sectors as of that day. "
        "Source: fct_sector_performance.",
    )
    shell.downloads(sectors, "sector_returns")


def _show_quality(view: shell.View) -> None:
    st.subheader("Quality at a glance", anchor=False)
    since = view.days_ago(_QUALITY_DAYS)
    scores = view.read(queries.QUALITY_BY_SESSION, first_date=since, last_date=view.days_ago(0))
    gaps = view.read(queries.OPEN_GAPS, first_date=since)
    anomalies = view.read(queries.RECENT_ANOMALIES, first_date=since)
    failed = view.read(queries.FAILED_CHECKS)
    alerts = view.read(queries.OPEN_ALERTS)
    score, missing, odd, checks, wrong = st.columns(5)
    last_score = None if scores.empty else float(scores["mean_score"].iloc[-1])
    score.metric("Quality score, 0 to 100", wording.number(last_score), border=True)
    missing.metric("Gaps at a provider", len(gaps), border=True)
    odd.metric("Anomalies", len(anomalies), border=True)
    checks.metric("Checks that failed", len(failed), border=True)
    wrong.metric("Open alerts", len(alerts), border=True)
    st.caption(
        f"Of the last {_QUALITY_DAYS} days, the score of the newest session; at most 200 are "
        "counted. Sources: fct_data_quality, fct_data_gaps, fct_anomalies, fct_check_results, "
        "fct_alerts."
    )


def _styled(shown: pd.DataFrame, asset_classes: list[str]) -> Styler:
    """Return the table with each price in the decimals of its class, and colours with signs."""
    styled = shown.style.format({"change_pct": wording.change_pct})
    for asset_class in sorted(set(asset_classes)):
        rows = [row for row, each in enumerate(asset_classes) if each == asset_class]
        styled = styled.format(
            {"price": partial(wording.price, asset_class=asset_class)}, subset=(rows, ["price"])
        )
    return styled.map(_change_colour, subset=["change_pct"]).map(_state_colour, subset=["state"])


def _closes(view: shell.View, prices: pd.DataFrame) -> dict[str, list[float]]:
    since = view.days_ago(_SPARK_DAYS)
    ids = sorted(prices["instrument_id"])
    closes = view.read(queries.RECENT_CLOSES, instrument_ids=ids, first_date=since)
    return dict(zip(closes["instrument_id"], closes["closes"], strict=True))


def _change_colour(value: float) -> str:
    if pd.isna(value) or value == 0:
        return ""
    return f"color: {palette.UP if value > 0 else palette.DOWN}"


def _state_colour(state: str) -> str:
    return "" if state == "fresh" else f"color: {palette.DOWN}"


shell.show(render)
