"""Our calendars against answers that we did not make."""

import csv
import gzip
from datetime import UTC, date, datetime

import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.calendars import Calendars
from warehouse.settings import PROJECT_ROOT

SHARED = PROJECT_ROOT.parent / "shared"
ANSWERS = SHARED / "reference" / "calendar" / "xnys_answers.csv.gz"
YIELDS = SHARED / "standin" / "data_shared" / "fred_obs.parquet"


def test_sessions_of_the_stock_exchange_equal_the_answers() -> None:
    with gzip.open(ANSWERS, "rt", encoding="utf-8") as file:
        answers = [
            (
                date.fromisoformat(row[""][:10]),
                datetime.fromisoformat(row["open"]).astimezone(UTC),
                datetime.fromisoformat(row["close"]).astimezone(UTC),
            )
            for row in csv.DictReader(file)
        ]
    last_day = answers[-1][0]

    sessions = Calendars(last_day).sessions("XNYS", answers[0][0], last_day)

    found = [(one.session_date, one.opens_at, one.closes_at) for one in sessions]
    assert len(answers) > 8_000
    assert found == answers


def test_half_days_are_the_short_sessions_of_the_answers() -> None:
    with gzip.open(ANSWERS, "rt", encoding="utf-8") as file:
        short = [
            row[""][:10]
            for row in csv.DictReader(file)
            if (
                datetime.fromisoformat(row["close"]) - datetime.fromisoformat(row["open"])
            ).total_seconds()
            < 5 * 3600
        ]

    sessions = Calendars(date.fromisoformat(short[-1])).sessions("XNYS")

    assert len(short) > 50
    assert [str(one.session_date) for one in sessions if one.is_half_day] == short


def test_the_bond_market_was_open_on_the_days_that_have_a_yield() -> None:
    table = pq.read_table(YIELDS)
    ten_years = table.filter(pc.equal(table["series_id"], "DGS10"))
    published = {
        row["date"]
        for row in ten_years.select(["date", "value"]).to_pylist()
        if row["value"] not in {None, "."} and row["date"] >= "1990"
    }
    last_day = date.fromisoformat(max(published))

    sessions = Calendars(last_day).sessions("US_BOND")

    assert len(published) > 9_000
    assert {str(one.session_date) for one in sessions} == published
