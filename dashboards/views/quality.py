"""Data quality: how late, how complete and how sound the data is, and what the pipeline did."""

import pandas as pd
import streamlit as st

from dashboards import queries, shell, wording
from dashboards.ranges import choose_days
from reporting.charts import lines_chart, stacked_bars_chart


def render(view: shell.View) -> None:
    """Draw the page."""
    with view.controls:
        days = choose_days("3M")

    def body() -> None:
        shell.head(view, "Data quality")
        _show_freshness(view)
        _show_alerts(view)
        _show_scores(view, days)
        _show_gaps(view, days)
        _show_anomalies(view, days)
        _show_reconciliation(view, days)
        _show_checks(view)
        _show_runs(view)
        _show_credits(view, days)

    shell.refreshed(view, body)


def _show_freshness(view: shell.View) -> None:
    st.subheader("Freshness", anchor=False)
    rows = [
        {
            "source": wording.source_name(each.source),
            "state": wording.source_state(each),
            "sessions_late": each.sessions_late if each.fetched_at else None,
            "last_answer": each.fetched_at,
        }
        for each in view.sources()
    ]
    shell.table(
        view.in_zone(pd.DataFrame(rows)),
        "freshness",
        "How many sessions each source is late",
        "In sessions of each source's calendar that closed since it last answered; times in "
        f"{view.zone.key}. Source: ops.fct_freshness.",
    )


def _show_alerts(view: shell.View) -> None:
    st.subheader("Open alerts", anchor=False)
    alerts = view.read(queries.OPEN_ALERTS)
    if alerts.empty:
        st.success("No alert is open.", icon=":material/check_circle:")
        return
    shell.table(
        view.in_zone(alerts.assign(told_at=pd.to_datetime(alerts["told_at"], utc=True))),
        "open_alerts",
        "What is wrong now, why, and what to do",
        f"The newest 100; times in {view.zone.key}. Source: ops.fct_alerts.",
        {
            "cause": st.column_config.TextColumn("Cause", width="large"),
            "next_step": st.column_config.TextColumn("Next step", width="large"),
        },
    )


def _show_scores(view: shell.View, days: int) -> None:
    st.subheader("Quality of the bars", anchor=False)
    asked = {"first_date": view.days_ago(days), "last_date": view.days_ago(0)}
    by_session = view.read(queries.QUALITY_BY_SESSION, **asked)
    if by_session.empty:
        shell.nothing(
            "No bar was graded in this range: run `marketflow full`, or `make demo` for a "
            "synthetic market."
        )
        return
    lines = by_session.set_index("session_date")[["mean_score", "lowest_score"]]
    shell.chart(
        lines_chart(lines.set_axis(["Mean", "Lowest"], axis=1), "0 to 100", height=280),
        key="scores",
        description="Mean and lowest data quality score of each session.",
        source="Score from 0 to 100, a weighted sum of the parts below, of every instrument. "
        "Source: ops.fct_data_quality.",
    )
    by_class = view.read(queries.QUALITY_BY_CLASS, **asked)
    shell.table(
        by_class.assign(asset_class=by_class["asset_class"].replace(wording.ASSET_CLASS_NAMES)),
        "quality_by_class",
        "Quality by asset class",
        "Scores from 0 to 100, parts from 0 to 1, means over the range. "
        "Source: ops.fct_data_quality.",
        {
            name: st.column_config.NumberColumn(name.replace("_", " ").capitalize(), format="%.2f")
            for name in (
                "mean_score",
                "lowest_score",
                "completeness",
                "validity",
                "agreement",
                "continuity",
                "timeliness",
            )
        },
    )


def _show_gaps(view: shell.View, days: int) -> None:
    st.subheader("Gaps", anchor=False)
    gaps = view.read(queries.GAPS_BY_CAUSE, first_date=view.days_ago(days))
    if gaps.empty:
        st.success("Nothing is missing in this range.", icon=":material/check_circle:")
        return
    shell.table(
        gaps,
        "gaps",
        "Missing bars by cause",
        "Instrument-sessions and bars. A holiday is no fault; provider_gap is. "
        "Source: ops.fct_data_gaps.",
    )
    unexplained = view.read(queries.OPEN_GAPS, first_date=view.days_ago(days))
    if not unexplained.empty:
        shell.table(
            unexplained,
            "unexplained_gaps",
            "Bars that a provider or a plan did not give",
            "The newest 200. Source: ops.fct_data_gaps.",
        )


def _show_anomalies(view: shell.View, days: int) -> None:
    st.subheader("Anomalies", anchor=False)
    anomalies = view.read(queries.RECENT_ANOMALIES, first_date=view.days_ago(days))
    if anomalies.empty:
        st.success("Nothing looked odd in this range.", icon=":material/check_circle:")
        return
    shell.table(
        anomalies,
        "anomalies",
        "Suspicious values",
        "The newest 200, prices as traded. Source: ops.fct_anomalies.",
    )


def _show_reconciliation(view: shell.View, days: int) -> None:
    st.subheader("What two providers say of one close", anchor=False)
    verdicts = view.read(queries.RECONCILIATION, first_date=view.days_ago(days))
    if verdicts.empty:
        shell.nothing("No close of this range came from two providers.")
        return
    shell.table(
        verdicts.assign(
            provider=verdicts["provider"].map(wording.source_name),
            other_provider=verdicts["other_provider"].map(wording.source_name),
        ),
        "reconciliation",
        "Verdicts by pair of providers",
        "Instrument-sessions by verdict. Source: fct_price_reconciliation.",
        {
            "session_count": st.column_config.NumberColumn("Sessions", format="localized"),
            "largest_difference_pct": st.column_config.NumberColumn(
                "Largest difference", format="%.4f %%"
            ),
        },
    )


def _show_checks(view: shell.View) -> None:
    st.subheader("Checks", anchor=False)
    summary = view.read(queries.CHECK_SUMMARY)
    if summary.empty:
        shell.nothing("No check has run yet: run `marketflow quality`.")
        return
    times = f"times in {view.zone.key}. Source: ops.fct_check_results."
    shell.table(
        view.in_zone(summary),
        "checks",
        "Newest result of every check",
        f"The newest result of every check; {times}",
    )
    failed = view.read(queries.FAILED_CHECKS)
    if not failed.empty:
        shell.table(
            view.in_zone(failed),
            "failed_checks",
            "Checks that did not pass",
            f"The newest 100; {times}",
        )


def _show_runs(view: shell.View) -> None:
    st.subheader("Pipeline runs", anchor=False)
    runs = view.read(queries.PIPELINE_RUNS)
    if runs.empty:
        shell.nothing("Nothing has run yet: run `marketflow full`.")
        return
    shell.table(
        view.in_zone(runs),
        "pipeline_runs",
        "The newest 50 runs",
        f"The newest 50; times in {view.zone.key}. Source: ops.fct_pipeline_runs.",
        {
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "check_count": "Checks",
            "failed_check_count": "Failed checks",
            "duration_seconds": st.column_config.NumberColumn("Seconds", format="%.1f"),
        },
    )


def _show_credits(view: shell.View, days: int) -> None:
    st.subheader("API credits", anchor=False)
    spent = view.read(queries.API_CREDITS, first_date=view.days_ago(days))
    if spent.empty:
        shell.nothing("No provider was asked in this range.")
        return
    left = view.read(
        queries.CREDITS_LEFT, first_date=view.days_ago(days), last_date=view.days_ago(0)
    )
    shell.table(
        left.assign(source=left["source"].map(wording.source_name)),
        "credits_left",
        "What each plan allows, and what of today is left",
        "Credits of this UTC day by the calls that are loaded, and what the plan of the newest "
        f"call allows; {wording.MISSING} is no such limit. Source: ops.fct_api_calls.",
        {
            "credits_per_minute": "Plan, a minute",
            "credits_per_day": "Plan, a day",
            "credits_today": "Used today",
            "credits_left": "Left today",
        },
    )
    wide = spent.pivot(index="request_date", columns="source", values="credits")
    shell.chart(
        stacked_bars_chart(
            wide.rename(columns=wording.source_name).set_axis(wide.index.astype(str)),
            "Credits",
            height=280,
        ).update_xaxes(type="category"),
        key="credits",
        description="Credits spent by source and UTC day.",
        source="Credits by UTC day; `marketflow extract --plan` tells what the next run would "
        "cost. Source: ops.fct_api_calls.",
    )
    shell.downloads(spent, "api_credits")


shell.show(render)
