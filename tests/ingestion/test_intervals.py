"""Bars within the day at several widths: each is chosen, planned and gone on with by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.extract import ExtractSummary, extract
from ingestion.journal import Journal
from ingestion.landing import Landing
from ingestion.planning import Window
from tests.ingestion.markets import Sleeper, answer_well, settings_of
from tests.ingestion.scripted import Reply, ScriptedProvider, Seen, scripted
from warehouse.errors import SettingsError, UsageError
from warehouse.settings import Settings, load_settings

INTRADAY = "twelve_data.time_series_intraday"


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted(answer_well) as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, provider: ScriptedProvider) -> Settings:
    return settings_of(tmp_path, provider.base)


def run(settings: Settings, *selection: str, **options: Any) -> ExtractSummary:
    return extract(settings, selection, timer=Sleeper().timer, **options)


def widths(provider: ScriptedProvider) -> dict[str, str]:
    """Return the start that was asked for, by width."""
    return {seen.params["interval"]: seen.params["start_date"] for seen in provider.seen}


def watermarks(settings: Settings, source: str) -> dict[tuple[str, str], Window]:
    with Journal(settings.home) as journal:
        return journal.watermarks(source)


def test_the_setting_says_which_widths_are_fetched_unasked(
    settings: Settings, provider: ScriptedProvider
) -> None:
    run(settings, INTRADAY)
    by_default = widths(provider)
    provider.seen.clear()

    run(settings.model_copy(update={"intervals": "15min,1min"}), INTRADAY)

    # It is the 15th of March: 14 and 30, then 5 and 30 days back.
    assert by_default == {"5min": "2024-03-01 00:00:00", "1h": "2024-02-14 00:00:00"}
    assert widths(provider) == {"1min": "2024-03-10 00:00:00", "15min": "2024-02-14 00:00:00"}


def test_a_width_is_had_by_its_name(settings: Settings, provider: ScriptedProvider) -> None:
    summary = run(settings, f"{INTRADAY}.1min", "fmp.intraday_prices.1min", symbols=["AAPL"])

    fmp = {seen.path for seen in provider.seen if seen.path.startswith("/fmp")}
    assert (summary.exit_code, fmp) == (0, {"/fmp/historical-chart/1min"})
    assert {seen.params.get("interval", "1min") for seen in provider.seen} == {"1min"}
    assert {one.resource for one in Landing(settings.landing_url).list_committed()} == {
        "time_series_intraday",
        "intraday_prices",
    }


def test_each_width_goes_on_where_it_stopped_itself(
    settings: Settings, provider: ScriptedProvider
) -> None:
    run(settings, f"{INTRADAY}.5min", symbols=["AAPL"])
    provider.seen.clear()

    run(settings, f"{INTRADAY}.5min", f"{INTRADAY}.1h", symbols=["AAPL"])

    # The newest bar is of the 15th, and a day is fetched again.
    assert widths(provider) == {"5min": "2024-03-14 00:00:00", "1h": "2024-02-14 00:00:00"}
    newest = datetime(2024, 3, 15, 20, 55, tzinfo=UTC)
    assert {key: covered.end for key, covered in watermarks(settings, "twelve_data").items()} == {
        ("time_series_intraday.5min", "AAPL"): newest,
        ("time_series_intraday.1h", "AAPL"): newest,
    }


def test_a_width_that_the_plan_lacks_stops_no_other(
    settings: Settings, provider: ScriptedProvider
) -> None:
    def answer(seen: Seen) -> Reply:
        if "1min" in seen.path:
            text = "Restricted Endpoint: not available under your current subscription"
            return Reply(text, status=402, headers={"Content-Type": "text/plain"})
        return answer_well(seen)

    provider.answer = answer
    both = ("fmp.intraday_prices.1min", "fmp.intraday_prices.5min")

    summary = run(settings, *both, symbols=["AAPL", "^GSPC"])

    assert set(watermarks(settings, "fmp")) == {
        ("intraday_prices.5min", "AAPL"),
        ("intraday_prices.5min", "^GSPC"),
    }
    assert {(skip.resource, skip.symbol) for skip in summary.skips} == {
        ("intraday_prices", "AAPL"),
        ("intraday_prices", "^GSPC"),
    }
    assert all(skip.reason.startswith("1min: HTTP 402") for skip in summary.skips)
    assert (summary.exit_code, summary.failures) == (3, [])


def test_a_source_without_the_wanted_width_is_named(
    settings: Settings, provider: ScriptedProvider
) -> None:
    summary = run(settings.model_copy(update={"intervals": "15min"}), "fmp.intraday_prices")

    assert provider.seen == []
    assert [(skip.resource, skip.reason) for skip in summary.skips] == [
        ("intraday_prices", "MARKETFLOW_INTRADAY_INTERVALS names none of 1min, 5min")
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{INTRADAY}.2min", "its bars are 1min, 5min, 15min, 1h"),
        ("fmp.eod_prices.1min", "it has no intervals"),
    ],
)
def test_an_unknown_width_is_wrong_usage(settings: Settings, text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(settings, text)


def test_a_wrong_setting_is_named() -> None:
    with pytest.raises(SettingsError, match="'2h' is no width of bars"):
        load_settings(None, intervals="5min, 2h")

    assert load_settings(None, intervals="1h, 5min").intraday_intervals == ("1h", "5min")
