import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingestion.errors import LandingError
from ingestion.journal import ApiCall, Journal
from ingestion.planning import Window


def day(number: int) -> datetime:
    return datetime(2024, 1, number, tzinfo=UTC)


def window(start: int, end: int) -> Window:
    return Window(day(start), day(end))


def call(request_id: str, **values: object) -> ApiCall:
    given = {
        "request_id": request_id,
        "run_id": "run",
        "source": "fmp",
        "resource": "eod_prices",
        "symbols": ("AAPL",),
        "url": "http://127.0.0.1/x",
        "requested_at": datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        "duration_ms": 12.5,
        "status": 200,
        "outcome": "ok",
        "error": None,
        "credits": 1.0,
        "attempt": 1,
        "response_id": "f" * 64,
        "bytes": 10,
        "fetched_at": day(2),
    }
    return ApiCall(**(given | values))  # type: ignore[arg-type]


def test_a_watermark_grows_only_by_what_touches_it(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.cover("fmp", "eod_prices", [("AAPL", window(5, 10)), ("MSFT", window(1, 2))])
        journal.cover("fmp", "eod_prices", [("AAPL", window(9, 12))])
        journal.cover("fmp", "eod_prices", [("AAPL", window(20, 25))])
        journal.cover("fmp", "eod_prices", [("AAPL", window(3, 5))])
        journal.cover("fmp", "eod_prices", [("AAPL", window(6, 7))])

        assert journal.watermarks("fmp") == {
            ("eod_prices", "AAPL"): window(3, 12),
            ("eod_prices", "MSFT"): window(1, 2),
        }
        assert journal.watermarks("fred") == {}


def test_watermarks_outlive_the_process_and_the_far_ends_of_time(tmp_path: Path) -> None:
    ever = Window(datetime(1776, 7, 4, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
    with Journal(tmp_path) as journal:
        journal.cover("fred", "observations", [("GDP", ever)])

    with Journal(tmp_path) as journal:
        assert journal.watermarks("fred") == {("observations", "GDP"): ever}


def test_watermarks_over_another_landing_are_forgotten(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.bind(None)
        journal.cover("fmp", "eod_prices", [("AAPL", window(1, 2))])
        journal.bind("first")
        kept = journal.watermarks("fmp")
        journal.bind("first")
        still_kept = journal.watermarks("fmp")
        journal.bind("second")

        assert len(kept) == len(still_kept) == 1
        assert journal.watermarks("fmp") == {}


def test_watermarks_are_forgotten_when_the_landing_is_gone(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        journal.bind("first")
        journal.cover("fmp", "eod_prices", [("AAPL", window(1, 2))])
        journal.bind(None)

        assert journal.watermarks("fmp") == {}


def test_calls_are_shipped_once_in_their_order(tmp_path: Path) -> None:
    first, second = call("a"), call("b", status=None, response_id=None, bytes=None, error="gone")
    with Journal(tmp_path) as journal:
        journal.record(second)
        journal.record(first)

        assert journal.unshipped_calls() == [first, second]
        journal.mark_shipped(["a"])
        assert journal.unshipped_calls() == [second]
        journal.mark_shipped(["a", "b"])
        assert journal.unshipped_calls() == []


def test_shipped_calls_of_days_gone_by_are_forgotten(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        for one in (call("a"), call("b", requested_at=datetime.now(UTC)), call("c")):
            journal.record(one)
        journal.mark_shipped(["a", "b"])

        kept = journal._connection.execute("select request_id from api_calls").fetchall()
        assert kept == [("b",), ("c",)]
        assert [one.request_id for one in journal.unshipped_calls()] == ["c"]


def test_the_latest_answers_tell_how_long_one_takes(tmp_path: Path) -> None:
    with Journal(tmp_path) as journal:
        unknown = journal.seconds_per_answer("fmp")
        journal.record(call("a", duration_ms=200.0))
        journal.record(call("b", duration_ms=400.0))
        journal.record(call("c", duration_ms=9000.0, status=None))
        journal.record(call("d", duration_ms=9000.0, source="fred"))

        assert unknown == 0.0
        assert journal.seconds_per_answer("fmp") == pytest.approx(0.3)


def test_two_journals_of_one_home_may_write_at_once(tmp_path: Path) -> None:
    def write(source: str) -> None:
        with Journal(tmp_path) as journal:
            for number in range(50):
                journal.record(call(f"{source}{number:03}", source=source))
                journal.cover(source, "x", [("AAPL", window(1, 2))])

    threads = [threading.Thread(target=write, args=(source,)) for source in ("fmp", "fred")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with Journal(tmp_path) as journal:
        assert len(journal.unshipped_calls()) == 100


def test_a_home_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    (damaged / "extract.sqlite3").write_bytes(b"no database at all, really" * 100)

    with pytest.raises(LandingError, match="MARKETFLOW_HOME"):
        Journal(blocked / "home")
    with pytest.raises(LandingError, match="remove the file if it is damaged"):
        Journal(damaged)
