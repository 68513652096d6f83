from concurrent.futures import ThreadPoolExecutor

import pytest

from ingestion.errors import QuotaExhausted
from ingestion.estimate import seconds_needed
from ingestion.pacing import Pacer
from ingestion.plans import Quota
from ingestion.spending import OwnAccount
from tests.ingestion.markets import Sleeper


def pacer(time: Sleeper, quota: Quota, **more: object) -> Pacer:
    return Pacer(quota, timer=time.timer, **more)  # type: ignore[arg-type]


def spend(one: Pacer, credits_wanted: int = 1, left: int | None = None) -> None:
    one.settle(one.spend(credits_wanted, "here"), left)


def test_a_minutes_credits_are_spent_at_once_and_then_wait_for_the_minute() -> None:
    time = Sleeper()
    one = pacer(time, Quota(credits_per_minute=8))

    for _ in range(8):
        spend(one)
    at_once = time.now
    spend(one)

    assert at_once == 1000.0
    assert time.now == pytest.approx(1060.0)


def test_no_60_seconds_ever_hold_more_than_the_limit() -> None:
    time = Sleeper()
    one = pacer(time, Quota(credits_per_minute=8))
    spent: list[tuple[float, int]] = []

    for index in range(60):
        wanted = 1 + index % 8
        spend(one, wanted)
        spent.append((time.now, wanted))
        time.sleep(0.7)

    for begin, _ in spent:
        assert sum(count for at, count in spent if begin <= at < begin + 60.0) <= 8


def test_credits_count_until_a_minute_after_the_answer() -> None:
    time = Sleeper()
    one = pacer(time, Quota(credits_per_minute=1))

    ticket = one.spend(1, "here")
    time.sleep(30)
    one.settle(ticket)
    spend(one)

    assert time.now == pytest.approx(1090.0)


def test_a_batch_larger_than_a_minute_can_never_go() -> None:
    one = pacer(Sleeper(), Quota(credits_per_minute=8))

    with pytest.raises(QuotaExhausted, match="needs 9 credits at once"):
        one.spend(9, "twelve_data quotes")


def test_the_days_credits_end_the_run_before_the_provider_does() -> None:
    one = pacer(Sleeper(), Quota(credits_per_day=250), account=OwnAccount(248))

    spend(one)
    spend(one)

    with pytest.raises(QuotaExhausted) as caught:
        one.spend(1, "fmp eod_prices AAPL")
    assert caught.value.exit_code == 4
    assert "250 credits a day" in str(caught.value)


def test_what_others_spend_with_the_same_key_is_counted() -> None:
    time = Sleeper()
    one = pacer(time, Quota(credits_per_minute=8))

    spend(one, 1, left=2)
    spend(one, 2)
    before = time.now
    spend(one, 1)

    assert before == 1000.0
    assert time.now == pytest.approx(1060.0)


def test_a_pause_holds_every_request() -> None:
    time = Sleeper()
    one = pacer(time, Quota())

    one.pause(7)
    spend(one)

    assert time.now == pytest.approx(1007.0)


def test_requests_keep_their_distance() -> None:
    time = Sleeper()
    one = pacer(time, Quota(seconds_between_requests=0.5))

    for _ in range(3):
        spend(one)

    assert time.now == pytest.approx(1001.0)


def test_after_a_batch_of_calls_the_pause_is_longer() -> None:
    time = Sleeper()
    quota = Quota(seconds_between_requests=0.1, requests_per_batch=3, seconds_between_batches=1.0)
    one = pacer(time, quota)
    begun = []

    for _ in range(7):
        spend(one)
        begun.append(round(time.now - 1000.0, 6))

    assert begun == [0.0, 0.1, 0.2, 1.2, 1.3, 1.4, 2.4]


def test_a_provider_may_have_shorter_minutes() -> None:
    time = Sleeper()
    one = pacer(time, Quota(credits_per_minute=2, minute_seconds=3.0))

    for _ in range(5):
        spend(one)

    assert time.now == pytest.approx(1006.0)


def test_a_caller_without_a_key_has_a_limit_of_its_own() -> None:
    quota = Quota(credits_per_minute=30, credits_per_minute_without_key=5)

    assert quota.per_minute(has_key=False) == 5
    assert quota.per_minute(has_key=True) == 30


def test_many_threads_share_one_limit() -> None:
    time = Sleeper()
    one = pacer(time, Quota(credits_per_minute=10))
    spent: list[float] = []

    def work(_: int) -> None:
        ticket = one.spend(1, "here")
        spent.append(time.now)
        one.settle(ticket)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(35)))

    assert len(spent) == 35
    assert sum(at < 1060.0 for at in spent) <= 10
    assert time.now >= 1180.0


def test_the_estimate_counts_how_long_answers_take() -> None:
    alone = seconds_needed([1] * 10, Quota(), has_key=True, seconds_per_answer=0.5)
    two = seconds_needed([1] * 10, Quota(concurrency=2), has_key=True, seconds_per_answer=0.5)
    limited = seconds_needed([8] * 3, Quota(credits_per_minute=8), has_key=True)
    # A minute begins with the answer that spent the credits.
    slow = seconds_needed(
        [8] * 3, Quota(credits_per_minute=8), has_key=True, seconds_per_answer=2.0
    )

    assert (alone, two) == (pytest.approx(5.0), pytest.approx(2.5))
    assert limited == pytest.approx(120.0)
    assert slow == pytest.approx(126.0)
