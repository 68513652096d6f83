"""Macro: an economic series as it was known then and as it stands, its revisions, the curve."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import queries, shell, wording
from dashboards.ranges import choose_days
from reporting.charts import heat_map, lines_chart

_VIEWS = {
    "Value": ("value", "Unit of each series"),
    "Change": ("change", "Change since the observation before"),
    "Change over a year": ("pct_change_1y", "Change over a year, %"),
    "Z-score": ("z_score", "Standard deviations from the mean"),
    "Index": ("index_100", "First observation = 100"),
}
_PREFERRED = ("UNRATE", "CPIAUCSL")
_RELEASE_DAYS = 14
_REVISED_PERIODS = 36


def render(view: shell.View) -> None:
    """Draw the page."""
    series = view.read(queries.MACRO_SERIES)
    if series.empty:
        st.title("Macro", anchor=False)
        shell.nothing("No economic series are tracked yet: run `make demo`, or `marketflow full`.")
        return
    by_id = {row.series_id: row for row in series.itertuples(index=False)}
    preferred = [name for name in _PREFERRED if name in by_id] or list(by_id)[:1]
    with view.controls:
        chosen = _choose_series(by_id, preferred[0])
        known_on = st.date_input(
            "As known on",
            value=view.days_ago(183),
            max_value=view.days_ago(0),
            key="known",
            bind="query-params",
        )
        days = choose_days("5Y")
        how = st.radio("Compare as", list(_VIEWS), index=3, key="view", bind="query-params")
        others = st.multiselect(
            "Compared series",
            list(by_id),
            default=preferred,
            max_selections=8,
            key="compared",
            bind="query-params",
        )

    def body() -> None:
        one = by_id[chosen]
        shell.head(view, f"{one.series_id} · {one.title}")
        source = wording.source_name(one.source) if one.source else ""
        st.caption(f"{one.frequency}; {one.units}; {one.seasonal_adjustment}. {source}")
        _show_vintages(view, one, _one_day(view, known_on), days)
        _show_normalised(view, others, str(how), days)
        _show_revisions(view, one, days)
        _show_releases(view)
        _show_curve(view, days)

    shell.refreshed(view, body)


def _choose_series(by_id: dict[str, Any], preferred: str) -> str:
    """Return the series of the URL, or the one chosen since, and keep its name alone in the URL."""
    if st.session_state.get("series") not in by_id:
        wanted = st.query_params.get("series")
        st.session_state["series"] = wanted if wanted in by_id else preferred
    chosen = st.selectbox(
        "Series",
        list(by_id),
        key="series",
        format_func=lambda name: f"{name} · {by_id[name].title}",
    )
    st.query_params["series"] = str(chosen)
    return str(chosen)


def _one_day(view: shell.View, value: Any) -> date:
    return value if isinstance(value, date) else view.now().date()


def _show_vintages(view: shell.View, one: Any, known_on: date, days: int) -> None:
    asked = {"series_id": one.series_id, "first_date": view.days_ago(days)}
    latest = view.read(queries.MACRO_LATEST, **asked)
    then = view.read(queries.MACRO_AS_OF, known_on=known_on, **asked)
    if latest["value"].notna().sum() == 0:
        shell.nothing(f"{one.series_id} has no observation in this range: choose a longer one.")
        return
    lines = pd.DataFrame(
        {
            "As it stands": latest.set_index("observation_date")["value"],
            f"Known on {known_on}": then.set_index("observation_date")["value"],
        }
    )
    shell.chart(
        lines_chart(lines, str(one.units)),
        key="vintages",
        description=f"{one.title}: as it stands, and as known on {known_on}.",
        source=f"{one.units}. Known by the end of {known_on:%d %b %Y}: {len(then)} observations, "
        f"today {len(latest)}. Source: FRED; fct_macro_latest and fct_macro_observations.",
    )
    shell.downloads(lines.reset_index(), f"{one.series_id}_vintages")


def _show_normalised(view: shell.View, names: list[str], how: str, days: int) -> None:
    st.subheader("Side by side", anchor=False)
    if not names:
        shell.nothing("Choose series to compare in the sidebar.")
        return
    column, unit = _VIEWS[how]
    features = view.read(
        queries.MACRO_FEATURES, series_ids=sorted(names), first_date=view.days_ago(days)
    )
    wide = features.pivot(index="date", columns="series_id", values=column)
    if wide.notna().sum().sum() == 0:
        shell.nothing("These series have no such value in this range: choose a longer one.")
        return
    shell.chart(
        lines_chart(wide, unit, joins_gaps=True),
        key="normalised",
        description=f"{how} of {', '.join(names)}.",
        source=f"{unit}, on the days with an observation. Source: FRED; fct_macro_features.",
    )
    shell.downloads(wide.reset_index(), "macro_features")


def _show_revisions(view: shell.View, one: Any, days: int) -> None:
    st.subheader("Revisions", anchor=False)
    vintages = view.read(
        queries.MACRO_REVISIONS, series_id=one.series_id, first_date=view.days_ago(days)
    )
    revised = vintages.dropna(subset=["revision"])
    if revised.empty:
        shell.nothing(f"{one.series_id} was not revised in this range.")
        return
    wide = revised.pivot(index="vintage_number", columns="observation_date", values="revision")
    wide = wide.iloc[:, -_REVISED_PERIODS:]
    wide.index = [f"Vintage {number}" for number in wide.index]
    shell.chart(
        heat_map(wide, str(one.units), has_text=False),
        key="revisions",
        description=f"How far each vintage of {one.title} moved the one before.",
        source=f"Change against the vintage before, {one.units}; grey: no such vintage. "
        "Source: FRED; fct_macro_observations.",
    )
    shell.downloads(revised, f"{one.series_id}_revisions")


def _show_releases(view: shell.View) -> None:
    st.subheader("Release calendar", anchor=False)
    releases = view.read(
        queries.MACRO_RELEASES,
        first_date=view.days_ago(_RELEASE_DAYS),
        last_date=view.days_ago(-_RELEASE_DAYS),
    )
    if releases.empty:
        shell.nothing("No release is listed for these weeks: run `marketflow ingest fred`.")
        return
    shell.table(
        releases,
        "releases",
        "Releases of the last and the coming two weeks",
        "Days in Chicago, two weeks ahead and back. Source: FRED; fct_macro_releases.",
        {
            "series_count": "Series",
            "new_value_count": "New values",
            "revised_value_count": "Revised values",
        },
    )


def _show_curve(view: shell.View, days: int) -> None:
    st.subheader("Yield curve through time", anchor=False)
    curve = view.read(queries.YIELD_HISTORY, first_date=view.days_ago(days))
    if curve.empty:
        shell.nothing("No yields are loaded for this range.")
        return
    order = curve.sort_values("tenor_months")["tenor"].unique()
    wide = curve.pivot(index="observation_date", columns="tenor", values="yield_pct")[order]
    kept = [name for name in ("3m", "2y", "5y", "10y", "30y") if name in wide] or list(order)
    spreads = curve.drop_duplicates("observation_date").set_index("observation_date")
    lines = wide[kept].assign(**{"10y less 2y": spreads["spread_10y_2y_pct"]})
    shell.chart(
        lines_chart(lines, "Per cent a year"),
        key="curve-history",
        description="Treasury yields by tenor, and the spread of ten years over two.",
        source="Per cent a year, the last day of each week. Sources: FMP and FRED; "
        "fct_yield_curve.",
    )
    shell.downloads(wide.reset_index(), "yield_curve")


shell.show(render)
