"""What becomes of one request when networks, servers and quotas fail."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.answers import Outcome
from ingestion.asking import Asker, Records
from ingestion.errors import (
    AuthenticationError,
    NotCoveredByPlan,
    NotFound,
    ProviderError,
    ProviderFault,
    QuotaExhausted,
    ShapeError,
)
from ingestion.http import Transport
from ingestion.journal import Journal
from ingestion.landing import Landing
from ingestion.pacing import Pacer
from ingestion.planning import Request, Window
from ingestion.plans import HttpLimits, Quota
from ingestion.providers import provider
from ingestion.request_ids import RequestIds
from tests.ingestion.markets import Sleeper, settings_of
from tests.ingestion.scripted import Answer, Reply, in_turn, scripted

LIMITS = HttpLimits(
    attempts=4,
    connect_seconds=5,
    read_seconds=5,
    total_seconds=10,
    longest_wait_seconds=120,
    largest_body_megabytes=1,
)
WINDOW = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, tzinfo=UTC))
REQUESTS = {
    "twelve_data": Request(
        "twelve_data", "time_series_daily", "time_series", {"symbol": "AAPL"}, ("AAPL",), WINDOW
    ),
    "fmp": Request("fmp", "eod_prices", "eod", {"symbol": "AAPL"}, ("AAPL",), WINDOW),
    "fred": Request("fred", "series", "series", {"series_id": "GDP"}, ("GDP",), WINDOW),
    "coingecko": Request(
        "coingecko", "ohlc", "coins/bitcoin/ohlc", {"days": "30"}, ("bitcoin",), WINDOW
    ),
}
GOOD: dict[str, Any] = {
    "twelve_data": {"values": [{"datetime": "2024-01-02", "close": "1"}], "status": "ok"},
    "fmp": [{"date": "2024-01-02", "close": 1}],
    "fred": {"seriess": [{"id": "GDP"}]},
    "coingecko": [[1704153600000, 1, 1, 1, 1]],
}
SOFT_429: dict[str, Any] = {
    "twelve_data": {
        "code": 429,
        "message": "You have run out of API credits for the current minute.",
        "status": "error",
    },
    "fmp": {"Error Message": "Limit Reach . Please upgrade your plan"},
    "fred": {"error_code": 429, "error_message": "Too Many Requests.  Exceeded Rate Limit"},
    "coingecko": {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit"}},
}
SOURCES = tuple(REQUESTS)


class Conversation:
    """An asker of one source, and what it waited and kept."""

    def __init__(self, directory: Path, base: str, source: str, quota: Quota) -> None:
        settings = settings_of(directory, base)
        self.sleeper = Sleeper()
        self.landing = Landing(settings.landing_url)
        self.journal = Journal(settings.home)
        self.request = REQUESTS[source]
        self.asker = Asker(
            settings,
            provider(source),
            transport=Transport(LIMITS),
            pacer=Pacer(quota, timer=self.sleeper.timer),
            records=Records(self.landing, self.journal, RequestIds(), "run"),
            limits=LIMITS,
            timer=self.sleeper.timer,
        )

    def ask(self) -> Outcome:
        return self.asker.ask(self.request)


Ask = Callable[..., Any]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """`with ask(source, answer) as (conversation, provider)`: a source that answers so."""

    @contextmanager
    def begin(
        source: str,
        answer: Answer,
        quota: Quota = Quota(),  # noqa: B008
    ) -> Iterator[tuple[Conversation, Any]]:
        with scripted(answer) as running:
            conversation = Conversation(tmp_path, running.base, source, quota)
            with conversation.journal:
                yield conversation, running

    return begin


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    "fault",
    [
        Reply("<html>503</html>", status=503),
        Reply("Bad Gateway", status=502),
        Reply({"status": 500, "error": "Internal Server Error"}, status=500),
        Reply("", status=408),
        Reply("", status=200),
        Reply(b"   \n", status=200),
        Reply("", status=204),
        Reply("<!DOCTYPE html><title>Just a moment...</title>", status=200),
        Reply(b'[{"date": "2024-01', status=200),
        Reply(b"[" * 100_000, status=200),
        Reply(b"\x00\xff\xfe", status=200),
        Reply(b"x" * 1_100_000, status=200),
        Reply("moved", status=302, headers={"Location": "http://127.0.0.1:9/"}),
        Reply(is_reset=True),
        Reply([{"date": "2024-01-02"}] * 100, is_cut=True),
        Reply(b"not gzip", headers={"Content-Encoding": "gzip"}),
    ],
    ids=lambda reply: f"{reply.status}-{str(reply.body)[:12]}{'-reset' * reply.is_reset}",
)
def test_a_passing_fault_is_tried_again(ask: Ask, source: str, fault: Reply) -> None:
    with ask(source, in_turn(fault, fault, Reply(GOOD[source]))) as (conversation, running):
        outcome = conversation.ask()

    assert next(iter(outcome.slices.values())).rows == 1
    assert len(running.seen) == 3
    assert conversation.sleeper.waits == [1.0, 2.0]


@pytest.mark.parametrize("source", SOURCES)
def test_a_lasting_fault_ends_after_all_attempts(ask: Ask, source: str) -> None:
    with (
        ask(source, in_turn(Reply("", status=503))) as (conversation, running),
        pytest.raises(ProviderFault) as caught,
    ):
        conversation.ask()

    assert len(running.seen) == 4
    assert conversation.request.where() in str(caught.value)
    assert conversation.sleeper.waits == [1.0, 2.0, 4.0]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("status", [200, 429])
def test_a_soft_or_hard_429_is_never_data_and_waits_for_the_next_minute(
    ask: Ask, source: str, status: int
) -> None:
    limited = Reply(SOFT_429[source], status=status)
    quota = Quota(credits_per_minute=8)
    with ask(source, in_turn(limited, Reply(GOOD[source])), quota) as (conversation, running):
        outcome = conversation.ask()
        landed = [one.outcome for one in conversation.landing.list_committed()]

    assert next(iter(outcome.slices.values())).rows == 1
    assert len(running.seen) == 2
    assert landed == ["error", "ok"]
    assert conversation.sleeper.waits[0] == (20.0 if source == "fred" else 60.0)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("1000000000", 120.0),
        ("Tue, 01 Jan 2999 00:00:00 GMT", 120.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
        ("soon", 1.0),
    ],
)
def test_429_waits_for_retry_after_within_reason(ask: Ask, header: str, seconds: float) -> None:
    limited = Reply(SOFT_429["coingecko"], status=429, headers={"Retry-After": header})
    with ask("coingecko", in_turn(limited, Reply(GOOD["coingecko"]))) as (conversation, _):
        conversation.ask()

    assert conversation.sleeper.waits[0] == seconds


def test_503_waits_for_retry_after(ask: Ask) -> None:
    busy = Reply("", status=503, headers={"Retry-After": "33"})
    with ask("fmp", in_turn(busy, Reply(GOOD["fmp"]))) as (conversation, _):
        conversation.ask()

    assert conversation.sleeper.waits == [33.0]


@pytest.mark.parametrize("source", SOURCES)
def test_a_429_that_outlasts_all_waits_is_an_exhausted_quota(ask: Ask, source: str) -> None:
    with (
        ask(source, in_turn(Reply(SOFT_429[source], status=429))) as (conversation, running),
        pytest.raises(QuotaExhausted),
    ):
        conversation.ask()

    assert len(running.seen) == 4


@pytest.mark.parametrize(
    ("source", "reply", "kind"),
    [
        (
            "twelve_data",
            Reply({"code": 401, "message": "**apikey** is incorrect", "status": "error"}),
            AuthenticationError,
        ),
        (
            "twelve_data",
            Reply({"code": 401, "message": "**apikey**", "status": "error"}, status=401),
            AuthenticationError,
        ),
        (
            "twelve_data",
            Reply(
                {"code": 429, "message": "You have run out of API credits for the day."}
                | {"status": "error"},
                status=429,
            ),
            QuotaExhausted,
        ),
        (
            "twelve_data",
            Reply({"code": 400, "message": "**symbol** not found: X.", "status": "error"}),
            NotFound,
        ),
        (
            "twelve_data",
            Reply({"code": 404, "message": "Not found", "status": "error"}, status=404),
            NotFound,
        ),
        (
            "twelve_data",
            Reply(
                {"code": 403, "message": "/x is available exclusively with pro", "status": "error"},
                status=403,
            ),
            NotCoveredByPlan,
        ),
        (
            "twelve_data",
            Reply(
                {"code": 404, "message": "This symbol is available starting with Grow plan"}
                | {"status": "error"},
            ),
            NotCoveredByPlan,
        ),
        (
            "twelve_data",
            Reply({"code": 400, "message": "Invalid **interval** provided", "status": "error"}),
            ShapeError,
        ),
        ("twelve_data", Reply({"meta": {}, "values": "none", "status": "ok"}), ShapeError),
        ("twelve_data", Reply([1, 2]), ShapeError),
        (
            "fmp",
            Reply({"Error Message": "Invalid API KEY. Feel free"}, status=401),
            AuthenticationError,
        ),
        ("fmp", Reply({"Error Message": "Invalid API KEY. Feel free"}), AuthenticationError),
        ("fmp", Reply({"Error Message": "Bandwidth Limit Reach"}, status=429), QuotaExhausted),
        ("fmp", Reply("Restricted Endpoint: This endpoint is not", status=402), NotCoveredByPlan),
        ("fmp", Reply("Premium Query Parameter: 'Special Endpoint", status=402), NotCoveredByPlan),
        ("fmp", Reply("Restricted Endpoint: This endpoint is not"), NotCoveredByPlan),
        ("fmp", Reply({"Error Message": "Legacy Endpoint : Due to"}, status=403), NotCoveredByPlan),
        ("fmp", Reply({"Error Message": "Something new"}), ShapeError),
        ("fmp", Reply("<html>Cannot GET</html>", status=404), NotFound),
        ("fmp", Reply([1, "x"]), ShapeError),
        ("fmp", Reply('"text"'), ShapeError),
        (
            "fred",
            Reply(
                {"error_code": 400, "error_message": "Bad Request.  Variable api_key is not set."},
                status=400,
            ),
            AuthenticationError,
        ),
        (
            "fred",
            Reply(
                {"error_code": 400, "error_message": "Bad Request.  The series does not exist."},
                status=400,
            ),
            NotFound,
        ),
        (
            "fred",
            Reply({"error_code": 400, "error_message": "Bad Request.  There are 5090"}, status=400),
            ShapeError,
        ),
        ("fred", Reply({"observations": []}), ShapeError),
        ("coingecko", Reply({"error": "coin not found"}, status=404), NotFound),
        (
            "coingecko",
            Reply({"error": {"status": {"error_code": 10012, "error_message": "365"}}}, status=401),
            NotCoveredByPlan,
        ),
        (
            "coingecko",
            Reply({"status": {"error_code": 10005, "error_message": "PRO"}}, status=401),
            NotCoveredByPlan,
        ),
        (
            "coingecko",
            Reply({"status": {"error_code": 10010, "error_message": "root URL"}}, status=400),
            AuthenticationError,
        ),
        (
            "coingecko",
            Reply({"status": {"error_code": 10002, "error_message": "Missing"}}),
            AuthenticationError,
        ),
        ("coingecko", Reply({"error": "Missing parameter vs_currency"}, status=422), ShapeError),
        ("coingecko", Reply({"prices": []}), ShapeError),
    ],
)
def test_an_answer_without_data_is_named_and_not_repeated(
    ask: Ask, source: str, reply: Reply, kind: type[ProviderError]
) -> None:
    with ask(source, in_turn(reply)) as (conversation, running):
        with pytest.raises(ProviderError) as caught:
            conversation.ask()
        (landed,) = conversation.landing.list_committed()

    assert type(caught.value) is kind
    assert str(caught.value).startswith(conversation.request.where())
    assert len(running.seen) == 1
    assert (landed.outcome, landed.error_class) == ("error", kind.__name__)


@pytest.mark.parametrize(
    ("source", "reply"),
    [
        (
            "twelve_data",
            Reply(
                {"code": 400, "message": "No data is available on the specified dates. Try"}
                | {"status": "error"},
            ),
        ),
        (
            "twelve_data",
            Reply(
                {"code": 400, "message": "No data is available on the specified dates. Try"}
                | {"status": "error"},
                status=400,
            ),
        ),
        ("twelve_data", Reply({"meta": {}, "values": [], "status": "ok"})),
        ("fmp", Reply([])),
        ("fmp", Reply({})),
        ("fred", Reply({"seriess": []})),
        ("coingecko", Reply([])),
    ],
)
def test_nothing_there_is_an_empty_answer_and_no_failure(
    ask: Ask, source: str, reply: Reply
) -> None:
    with ask(source, in_turn(reply)) as (conversation, running):
        outcome = conversation.ask()
        (landed,) = conversation.landing.list_committed()

    assert outcome.is_empty
    assert landed.outcome == "empty"
    assert len(running.seen) == 1


def test_each_member_of_a_batch_has_a_verdict_of_its_own(ask: Ask) -> None:
    body = {
        "AAPL": GOOD["twelve_data"],
        "NOPE": {"code": 404, "message": "**symbol** not found: NOPE.", "status": "error"},
        "NEW": {"code": 400, "message": "No data is available on the specified dates."}
        | {"status": "error"},
    }
    with ask("twelve_data", in_turn(Reply(body))) as (conversation, _):
        symbols = ("AAPL", "NOPE", "NEW", "LOST")
        outcome = conversation.asker.ask(replace(conversation.request, symbols=symbols))

    assert {symbol: part.rows for symbol, part in outcome.slices.items()} == {"AAPL": 1, "NEW": 0}
    assert {symbol: type(error) for symbol, error in outcome.problems.items()} == {
        "NOPE": NotFound,
        "LOST": NotFound,
    }


def test_a_limit_met_within_a_batch_repeats_the_batch(ask: Ask) -> None:
    half = {"AAPL": GOOD["twelve_data"], "SPY": SOFT_429["twelve_data"]}
    whole = {"AAPL": GOOD["twelve_data"], "SPY": GOOD["twelve_data"]}
    with ask("twelve_data", in_turn(Reply(half), Reply(whole))) as (conversation, running):
        outcome = conversation.asker.ask(replace(conversation.request, symbols=("AAPL", "SPY")))

    assert len(outcome.slices) == 2
    assert len(running.seen) == 2


def test_coins_left_out_of_an_answer_without_a_word_are_named(ask: Ask) -> None:
    request = Request(
        "coingecko", "coin_markets", "coins/markets", {"ids": "a,b"}, ("bitcoin", "lost"), WINDOW
    )
    with ask("coingecko", in_turn(Reply([{"id": "bitcoin"}]))) as (conversation, _):
        outcome = conversation.asker.ask(request)

    assert list(outcome.slices) == ["bitcoin"]
    assert isinstance(outcome.problems["lost"], NotFound)


def test_the_credits_that_a_provider_reports_hold_the_next_request(ask: Ask) -> None:
    reply = Reply(GOOD["twelve_data"], headers={"api-credits-left": "0"})
    quota = Quota(credits_per_minute=8)
    with ask("twelve_data", in_turn(reply), quota) as (conversation, _):
        conversation.ask()

        conversation.ask()

    assert conversation.sleeper.waits == [60.0]


def test_the_body_lands_as_it_came(ask: Ask) -> None:
    body = b'[ {"date":"2024-01-02" ,\n"close": 1.10} ]'
    with ask("fmp", in_turn(Reply(body))) as (conversation, _):
        conversation.ask()
        (landed,) = conversation.landing.list_committed()

    assert conversation.landing.read_body(landed) == body
    assert (landed.bytes, landed.is_redacted, landed.status) == (len(body), False, 200)
    assert json.loads(body)[0]["close"] == 1.1
