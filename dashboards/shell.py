"""What every page has: its head with badges, problems told in words, charts, downloads."""

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import access, connection, queries, wording
from dashboards.freshness import Level, SourceFreshness, assess_sources
from warehouse.errors import MarketFlowError

_ROW_HEIGHT = 32
_TABLE_HEIGHT = 20 * _ROW_HEIGHT
_DAYS_BACK, _DAYS_AHEAD = 45, 10
# Streamlit has no setting for the empty band above a page.
_STYLE = "<style>.stMainBlockContainer { padding-top: 3rem; }</style>"
_CHART_TOOLS = {"displaylogo": False, "displayModeBar": False, "scrollZoom": False}


@dataclass(frozen=True)
class View:
    """What a page is drawn from.

    Attributes:
        warehouse: the marts.
        zone: the zone in which the viewer reads times.
        controls: the part of the sidebar for the choices of the page.
    """

    warehouse: connection.Warehouse
    zone: ZoneInfo
    controls: DeltaGenerator

    @property
    def refresh_seconds(self) -> int:
        """How often a page reads again."""
        return self.warehouse.settings.dashboard_refresh_seconds

    def now(self) -> datetime:
        """The present in UTC; the frozen clock where there is one."""
        return self.warehouse.settings.now()

    def moment(self, instant: datetime) -> str:
        """Say an instant in the viewer's zone."""
        return wording.moment(instant, self.zone, self.now())

    def in_zone(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows with every instant in the viewer's zone."""
        instants = frame.select_dtypes("datetimetz").columns
        return frame.assign(**{name: frame[name].dt.tz_convert(self.zone) for name in instants})

    def read(self, statement: str, **parameters: Any) -> pd.DataFrame:
        """The rows of a statement of queries.py."""
        return self.warehouse.read(statement, **parameters)

    def days_ago(self, days: int) -> date:
        """The UTC day so many days before today."""
        return self.now().date() - timedelta(days=days)

    def sessions(self) -> pd.DataFrame:
        """The sessions of all calendars around the present."""
        return self.read(
            queries.SESSIONS,
            first_date=self.days_ago(_DAYS_BACK),
            last_date=self.days_ago(-_DAYS_AHEAD),
        )

    def is_synthetic(self) -> bool:
        """Whether any latest price comes from the sandbox."""
        prices = self.read(queries.LATEST_PRICES)
        return bool(prices["is_synthetic"].fillna(value=False).any())

    def sources(self) -> list[SourceFreshness]:
        """The verdict on each provider."""
        return assess_sources(self.read(queries.SOURCE_FETCHES), self.sessions(), self.now())


def show(render: Callable[[View], None]) -> None:
    """Draw a page; tell a problem in words and try again until it is gone."""
    st.html(_STYLE)
    try:
        warehouse = connection.connect()
        if not access.is_admitted(warehouse.settings.dashboard_viewers):
            return
        controls = st.sidebar.container()
        render(View(warehouse, _choose_zone(warehouse), controls))
    except MarketFlowError as error:
        _tell(error)
        _wait_for_recovery()


def refreshed(view: View, body: Callable[[], None]) -> None:
    """Draw `body` now and again at each refresh, leaving all choices and the scroll as they are."""

    @st.fragment(run_every=view.refresh_seconds)
    def part() -> None:
        with _problems_in_words():
            body()

    part()


def head(view: View, title: str) -> None:
    """Draw the title and, below it, what a reader must know before believing a number."""
    st.title(title, anchor=False)
    sources = view.sources()
    with st.container(horizontal=True, gap="small"):
        if view.is_synthetic():
            st.badge(
                "Synthetic data",
                icon=":material/science:",
                color="violet",
                help="Made up by the sandbox: no price here was ever paid.",
            )
        for each in sources:
            verdict(
                each.level,
                f"{wording.source_name(each.source)}: {wording.source_state(each)}",
                _freshness_in_full(view, each),
            )


def verdict(level: Level, words: str, help_text: str | None = None) -> None:
    """Draw a badge in the colour of a verdict, with a sign for those who do not see the colour."""
    match level:
        case Level.FRESH:
            st.badge(words, icon=":material/check_circle:", color="green", help=help_text)
        case Level.LATE:
            st.badge(words, icon=":material/schedule:", color="orange", help=help_text)
        case Level.STALE:
            st.badge(words, icon=":material/error:", color="red", help=help_text)
        case Level.UNKNOWN:
            st.badge(words, icon=":material/help:", color="gray", help=help_text)


def chart(figure: go.Figure, key: str, description: str, source: str) -> None:
    """Draw a figure, with its units and source in words below it.

    Args:
        figure: what to draw.
        key: keeps zoom and pan over a refresh.
        description: what a screen reader says instead.
        source: the caption.
    """
    st.plotly_chart(figure, key=key, alt=description, config=_CHART_TOOLS)
    st.caption(source)


def table(
    frame: pd.DataFrame,
    key: str,
    description: str,
    source: str,
    columns: Mapping[str, Any] | None = None,
) -> None:
    """Draw rows as a table that can be sorted, with its source and downloads below.

    Args:
        frame: what to show, one column each.
        key: keeps the order over a refresh, and names the download.
        description: what a screen reader says instead.
        source: the caption.
        columns: headings and formats by column; a plain name becomes words otherwise.
    """
    headings = {name: _heading(frame[name]) for name in frame.columns}
    st.dataframe(
        frame,
        hide_index=True,
        height=min(_ROW_HEIGHT * (len(frame) + 1) + 3, _TABLE_HEIGHT),
        row_height=_ROW_HEIGHT,
        key=key,
        alt=description,
        placeholder=wording.MISSING,
        column_config={**headings, **(columns or {})},
    )
    st.caption(source)
    downloads(frame, key)


def _heading(values: pd.Series) -> Any:
    words = str(values.name).replace("_", " ").capitalize()
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return st.column_config.DatetimeColumn(words, format="D MMM YYYY, HH:mm")
    return words


def nothing(words: str) -> None:
    """Say that there is nothing to draw, and why."""
    st.info(words, icon=":material/inbox:")


def downloads(frame: pd.DataFrame, name: str) -> None:
    """Offer what is shown as CSV and as Parquet."""
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "CSV",
            data=lambda: frame.to_csv(index=False).encode(),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            key=f"{name}-csv",
            help="Download the rows shown, as CSV.",
        )
        st.download_button(
            "Parquet",
            data=lambda: _parquet(frame),
            file_name=f"{name}.parquet",
            mime="application/vnd.apache.parquet",
            icon=":material/download:",
            on_click="ignore",
            key=f"{name}-parquet",
            help="Download the rows shown, as Parquet.",
        )


def _choose_zone(warehouse: connection.Warehouse) -> ZoneInfo:
    """Let the viewer choose between the zone of the settings, that of the browser, and UTC."""
    settings = warehouse.settings
    zones = list(dict.fromkeys(filter(None, [settings.timezone, st.context.timezone, "UTC"])))
    with st.sidebar:
        zone = st.selectbox("Times in", zones, key="zone", bind="query-params")
        words = f"Refreshes every {settings.dashboard_refresh_seconds} seconds."
        if settings.frozen_now is not None:
            words += f" The clock is frozen at {settings.now():%Y-%m-%d %H:%M} UTC."
        st.caption(words)
    return ZoneInfo(zone or settings.timezone)


def _freshness_in_full(view: View, freshness: SourceFreshness) -> str:
    if freshness.fetched_at is None:
        return "This source has never answered."
    age = wording.span(view.now() - freshness.fetched_at)
    return f"Last answer: {view.moment(freshness.fetched_at)}, {age} ago."


@contextmanager
def _problems_in_words() -> Iterator[None]:
    try:
        yield
    except MarketFlowError as error:
        _tell(error)


def _tell(error: MarketFlowError) -> None:
    said = str(error)
    words = f"{said[0].upper()}{said[1:].rstrip('.')}. This page comes back by itself."
    if isinstance(error, connection.NotBuiltError):
        st.info(words, icon=":material/construction:")
    else:
        st.error(words, icon=":material/cloud_off:")


def _wait_for_recovery() -> None:
    """Draw the whole page again as soon as the warehouse answers."""

    @st.fragment(run_every=5)
    def wait() -> None:
        if st.session_state.get("has_problem") and _has_recovered():
            st.session_state["has_problem"] = False
            st.rerun()
        st.session_state["has_problem"] = True

    wait()


def _has_recovered() -> bool:
    try:
        return not connection.connect().read(queries.INSTRUMENTS).empty
    except MarketFlowError:
        return False


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
