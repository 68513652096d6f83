"""Responses as DataFrames."""

from pathlib import Path

import pandas as pd
import pytest

from ingestion.frames import landed_frame
from tests.conftest import SettingsFactory
from tests.ingestion.landings import NOW, land, land_bars, write_universe
from warehouse.errors import UsageError
from warehouse.settings import Settings


@pytest.fixture
def settings(settings_for: SettingsFactory, tmp_path: Path) -> Settings:
    return settings_for(
        tmp_path, universe_file=write_universe(tmp_path), frozen_now=NOW.isoformat()
    )


def test_responses_come_as_a_frame_of_numbers_and_dates(settings: Settings) -> None:
    land_bars(settings, {"2024-07-01": 216.75, "2024-07-02": 220.27})
    land_bars(settings, {"2024-07-02": 400.5}, "BRK-B")
    land(settings, "fmp", "eod_prices", {"Error Message": "x"}, ["AAPL"], outcome="error")

    frame = landed_frame(settings, "fmp", "eod_prices")

    assert frame["symbol"].tolist() == ["AAPL", "AAPL", "BRK-B"]
    assert frame["close"].tolist() == [220.27, 216.75, 400.5]
    assert frame["close"].dtype == "float64"
    assert frame["date"].max() == pd.Timestamp("2024-07-02")
    assert frame["request_id"].nunique() == 2
    assert frame["is_final"].tolist() == [True, True, True]


def test_it_is_narrowed_by_symbol_and_day(settings: Settings) -> None:
    land_bars(settings, {"2024-07-01": 216.75})
    land_bars(settings, {"2024-07-02": 400.5}, "BRK-B")

    assert landed_frame(settings, "fmp", "eod_prices", ["BRK-B"])["close"].tolist() == [400.5]
    assert len(landed_frame(settings, "fmp", "eod_prices", day=NOW.date())) == 2


def test_nothing_landed_is_an_empty_frame_and_an_unknown_resource_wrong_usage(
    settings: Settings,
) -> None:
    assert landed_frame(settings, "fmp", "splits").columns.tolist()[:2] == ["symbol", "date"]
    with pytest.raises(UsageError, match=r"there is no resource fmp\.nothing"):
        landed_frame(settings, "fmp", "nothing")
