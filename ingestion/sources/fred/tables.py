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

# Which release publishes a series: one, which several series may share, and another once it moves.
SERIES_RELEASES = Resource(
    "fred",
    "series_releases",
    (
        key("series_id"),
        value("release_id", "id", "number", is_required=True),
        value("name"),
        value("press_release", form="flag", is_optional=True),
        value("link", is_optional=True),
    ),
    ignored=frozenset({"realtime_start", "realtime_end", "notes"}),
)

# A day on which a release came or, as far as its source has announced, will come.
RELEASE_DATES = Resource(
    "fred",
    "release_dates",
    (key("release_id", "release_id", "number"), key("date", "date", "date")),
    ignored=frozenset({"release_name", "release_last_updated"}),
)

# What the website gives away without a key: the value of that moment, of whatever vintage. Apart
# from the observations, so that the two can never be taken for each other.
KEYLESS_OBSERVATIONS = Resource(
    "fred",
    "keyless_observations",
    (
        key("series_id"),
        key("date", "date", "date"),
        value("value", form="numeral", is_required=True, spellings=frozenset({"."})),
        context("retrieved_from"),
    ),
)

RESOURCES = (SERIES, OBSERVATIONS, SERIES_RELEASES, RELEASE_DATES, KEYLESS_OBSERVATIONS)
