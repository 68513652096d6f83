"""The raw tables of FRED, which sends its numbers as strings and `.` where there is none."""

from ingestion.shapes import Resource, context, key, value

SERIES = Resource(
    "fred",
    "series",
    (
        key("id", "id"),
        value("title"),
        value("observation_start"),
        value("observation_end"),
        value("frequency"),
        value("frequency_short"),
        value("units"),
        value("units_short"),
        value("seasonal_adjustment"),
        value("seasonal_adjustment_short"),
        value("last_updated"),
        value("notes", is_optional=True),
        context("popularity", "popularity", "number"),
    ),
    ignored=frozenset({"realtime_start", "realtime_end", "group_popularity"}),
)

# `date` is the start of the period, not the day of publication. The window is the one that was
# asked for: intervals that reach beyond it are clamped to it.
OBSERVATIONS = Resource(
    "fred",
    "observations",
    (
        key("series_id"),
        key("date", "date", "date"),
        key("realtime_start", "realtime_start", "date"),
        value("value", form="numeral", is_required=True, spellings=frozenset({"."})),
        value("realtime_end"),
        context("window_realtime_start"),
        context("window_realtime_end"),
    ),
)

RESOURCES = (SERIES, OBSERVATIONS)
