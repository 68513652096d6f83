from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

from ingestion.request_ids import RequestIds


def test_identifiers_sort_as_they_were_made_from_any_thread() -> None:
    ids = RequestIds(lambda: 1_700_000_000.123)
    made: list[str] = []

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: made.append(ids.next()), range(2_000)))

    assert len(set(made)) == 2_000
    assert {len(one) for one in made} == {32}
    assert all(one.startswith(f"{1_700_000_000_123:012x}"[:8]) for one in made)


def test_a_clock_that_steps_back_makes_no_smaller_identifier() -> None:
    seconds = iter([100.0, 99.0, 98.0, 101.0])
    ids = RequestIds(lambda: next(seconds))

    made = [ids.next() for _ in range(4)]

    assert made == sorted(made)
    assert made[3].startswith(f"{101_000:012x}")


def test_more_than_a_counter_in_one_millisecond_still_sorts() -> None:
    ids = RequestIds(lambda: 5.0)

    made = [ids.next() for _ in range(70_000)]

    assert all(first < second for first, second in pairwise(made))


def test_instants_taken_with_identifiers_sort_alike() -> None:
    ids = RequestIds()
    ticks = count()
    start = datetime(2024, 1, 1, tzinfo=UTC)

    with ThreadPoolExecutor(8) as pool:
        made = list(
            pool.map(
                lambda _: ids.next_at(lambda: start + timedelta(seconds=next(ticks))), range(500)
            )
        )

    assert [instant for _, instant in sorted(made)] == sorted(instant for _, instant in made)
