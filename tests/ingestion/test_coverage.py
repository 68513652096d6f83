from datetime import UTC, datetime

from ingestion.coverage import Coverage
from ingestion.planning import Window


def day(number: int) -> datetime:
    return datetime(2024, 1, number, tzinfo=UTC)


def window(start: int, end: int) -> Window:
    return Window(day(start), day(end))


def test_a_watermark_ends_at_the_newest_row_not_at_the_end_of_the_window() -> None:
    coverage = Coverage(None, day(1))

    coverage.see(5, day(6))

    assert coverage.add(window(1, 10)) == window(1, 6)


def test_an_empty_answer_moves_nothing_until_rows_lie_behind_it() -> None:
    coverage = Coverage(None, day(1))

    coverage.see(0, None)
    first = coverage.add(window(1, 4))
    coverage.see(3, day(6))
    second = coverage.add(window(4, 7))

    assert first is None
    assert second == window(1, 6)


def test_later_windows_do_not_count_before_the_first_has_landed() -> None:
    coverage = Coverage(None, day(1))

    coverage.see(1, day(9))
    later = coverage.add(window(4, 10))
    first = coverage.add(window(1, 4))

    assert later is None
    assert first == window(1, 9)


def test_a_hole_in_the_middle_ends_the_watermark_before_it() -> None:
    coverage = Coverage(None, day(1))

    coverage.see(1, day(9))
    coverage.add(window(1, 4))

    assert coverage.add(window(7, 10)) == window(1, 4)


def test_a_watermark_grows_by_what_touches_it() -> None:
    coverage = Coverage(window(5, 10), day(8))

    coverage.see(1, day(12))

    assert coverage.add(window(8, 14)) == window(5, 12)


def test_a_backfill_apart_from_the_watermark_leaves_it_alone() -> None:
    coverage = Coverage(window(10, 20), day(1))

    coverage.see(1, day(4))

    assert coverage.add(window(1, 5)) == window(10, 20)


def test_a_backfill_that_touches_the_watermark_extends_it_backwards() -> None:
    coverage = Coverage(window(10, 20), day(1))

    coverage.see(1, day(9))

    assert coverage.add(window(1, 10)) == window(1, 20)


def test_older_rows_never_move_a_watermark_back() -> None:
    coverage = Coverage(window(1, 20), day(15))

    coverage.see(1, day(16))

    assert coverage.add(window(15, 25)) == window(1, 20)
