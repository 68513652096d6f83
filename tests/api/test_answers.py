"""Versions and what is kept: a new build is seen at once, and every answer is of one build."""

import gzip
import threading
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from api.queries import reading
from api.queries.endpoints import ENDPOINTS
from api.queries.pool import Pool, Rows
from api.queries.reading import Question
from tests.api import catalog_market
from tests.api.conftest import client, serving
from warehouse import database
from warehouse.settings import Settings

BARS = "/v1/daily_bars"
MART = next(endpoint.table for endpoint in ENDPOINTS if endpoint.mart == "fct_daily_bars")


@pytest.fixture(scope="module")
def own_market(new_market: Callable[..., Settings]) -> Settings:
    """A market that the tests of this file change."""
    return new_market()


@pytest.fixture
def transformer(own_market: Settings) -> Any:
    """A connection of who builds the marts."""
    with database.connect(own_market, "transformer", autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def own(own_market: Settings) -> Any:
    """A client of a server over that market."""
    with serving(own_market) as address, client(address) as opened:
        yield opened


def rebuild(connection: psycopg.Connection, values: SQL) -> None:
    """Build the mart of daily bars as dbt builds a table: another one takes its place."""
    with connection.transaction():
        connection.execute(
            "create table marts.building (like marts.fct_daily_bars including indexes)"
        )
        connection.execute("insert into marts.building select * from marts.fct_daily_bars")
        connection.execute(SQL("update marts.building set {}").format(values))
        connection.execute("alter table marts.fct_daily_bars rename to old_daily_bars")
        connection.execute("alter table marts.building rename to fct_daily_bars")
        catalog_market.comment(connection, MART)
        connection.execute("analyze marts.fct_daily_bars")
    connection.execute("drop table marts.old_daily_bars cascade")


def build_incrementally(connection: psycopg.Connection, values: SQL) -> None:
    """Build it as dbt builds an incremental model: rows and the comment in one transaction."""
    with connection.transaction():
        connection.execute(SQL("update marts.fct_daily_bars set {}").format(values))
        catalog_market.comment(connection, MART)


@pytest.mark.parametrize("build", [rebuild, build_incrementally])
def test_a_new_build_is_seen_at_once_and_nothing_else_is_asked_for(
    own: httpx.Client, transformer: psycopg.Connection, build: Callable[..., None]
) -> None:
    params = {"limit": 3, "fields": "volume"}
    build(transformer, SQL("volume = 1"))
    first = own.get(BARS, params=params)
    again = own.get(BARS, params=params)
    known = own.get(BARS, params=params, headers={"If-None-Match": first.headers["etag"]})

    build(transformer, SQL("volume = 2"))
    after = own.get(BARS, params=params, headers={"If-None-Match": first.headers["etag"]})

    assert first.json()["data"] == [{"volume": 1.0}] * 3
    assert again.headers["etag"] == first.headers["etag"]
    assert (known.status_code, known.content) == (304, b"")
    assert known.headers["etag"] == first.headers["etag"]
    assert after.status_code == 200
    assert after.json()["data"] == [{"volume": 2.0}] * 3
    assert after.headers["etag"] != first.headers["etag"]


def test_what_is_kept_is_answered_without_asking_the_mart(
    own: httpx.Client, transformer: psycopg.Connection
) -> None:
    params = {"limit": 3, "fields": "volume", "symbol": "BRK.B"}
    first = own.get(BARS, params=params)
    # A change that is no build leaves the version as it is.
    transformer.execute("update marts.fct_daily_bars set volume = 77")

    again = own.get(BARS, params=params)
    kept = own.get("/metrics").text

    transformer.execute("update marts.fct_daily_bars set volume = 2")
    assert again.content == first.content
    assert first.headers["cache-status"] == "marketflow; fwd=miss"
    assert again.headers["cache-status"] == "marketflow; hit"
    assert f'marketflow_api_kept_answers_total{{route="{BARS}"}}' in kept


def test_a_view_is_asked_each_time_and_tagged_by_what_it_shows(
    own: httpx.Client, transformer: psycopg.Connection
) -> None:
    path = "/v1/freshness"
    first = own.get(path)
    tag = {"If-None-Match": first.headers["etag"]}
    unchanged = own.get(path, headers=tag)

    transformer.execute("update ops.fct_freshness_rows set response_count = response_count + 1")
    changed = own.get(path, headers=tag)

    assert unchanged.status_code == 304
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_when_a_mart_was_built_is_told(own: httpx.Client, transformer: psycopg.Connection) -> None:
    transformer.execute("analyze marts.fct_daily_bars")
    transformer.execute("analyze marts.dim_instruments")

    answer = own.get(BARS, params={"limit": 1})

    assert answer.headers["last-modified"].endswith("GMT")
    assert answer.headers["cache-control"] == "private, no-cache"


def test_each_format_and_compression_has_a_tag_of_its_own(own: httpx.Client) -> None:
    tags = {
        own.get(BARS, headers={"Accept": media, "Accept-Encoding": coding}).headers["etag"]
        for media in ("application/json", "text/csv")
        for coding in ("gzip", "identity")
    }

    assert len(tags) == 4


def test_long_answers_are_compressed_if_the_caller_can_read_it(own: httpx.Client) -> None:
    with own.stream("GET", BARS, headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    plain = own.get(BARS, headers={"Accept-Encoding": "gzip;q=0"})

    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content
    assert len(packed) < len(plain.content) / 3
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("text/html, application/*;q=0.9", "application/json"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
        ("text/*", "text/csv"),
        ("application/vnd.apache.parquet", "application/vnd.apache.parquet"),
    ],
)
def test_the_accept_header_chooses_the_format(
    own: httpx.Client, accept: str, expected: str
) -> None:
    answer = own.get(BARS, params={"limit": 1}, headers={"Accept": accept})

    assert answer.headers["content-type"].split(";")[0] == expected


def test_a_format_that_nobody_serves_is_refused(own: httpx.Client) -> None:
    for accept in ("text/html", "image/png;q=nonsense", "application/json;q=0"):
        assert own.get(BARS, headers={"Accept": accept}).status_code == 406


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_page_boundary_neither_loses_nor_doubles_a_row_while_rows_are_added(
    own: httpx.Client, transformer: psycopg.Connection, order: str
) -> None:
    """Rows come in before, between and after what was read; deleted ones come again."""
    table = Identifier("marts", "fct_daily_bars")
    before = {key(row) for row in whole(own, order)}
    extra = catalog_market.rows(MART, 60, skip=60)
    is_first = True
    seen: list[Any] = []
    params: dict[str, Any] = {"limit": 7, "order": order, "fields": "instrument_id,session_date"}
    while True:
        page = own.get(BARS, params=params).json()
        seen += [key(row) for row in page["data"]]
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]
        added, extra = extra[:9], extra[9:]
        catalog_market.insert(transformer, table, MART, added)
        if is_first:
            # A row that was read already goes: a page by number would now skip one.
            is_first = False
            transformer.execute(
                "delete from marts.fct_daily_bars where (instrument_id, session_date) = (%s, %s)",
                seen[0],
            )
        catalog_market.comment(transformer, MART)

    transformer.execute("delete from marts.fct_daily_bars")
    catalog_market.insert(transformer, table, MART, catalog_market.rows(MART))
    catalog_market.comment(transformer, MART)
    assert len(before) == catalog_market.ROWS
    assert len(seen) == len(set(seen))
    assert before <= set(seen)
    assert seen == sorted(seen, reverse=order == "desc")


def test_answers_during_builds_are_whole_old_or_whole_new(own_market: Settings) -> None:
    """Twenty builds while four clients ask: every answer is of one build, none fails."""
    done = threading.Event()
    answers: list[httpx.Response] = []
    failures: list[Exception] = []

    def ask(address: str, number: int) -> None:
        with client(address) as opened:
            while not done.is_set():
                try:
                    # Half of them ask what nobody asked before, so that nothing is kept.
                    limit = 60 if number % 2 else 60 + len(answers)
                    answers.append(opened.get(BARS, params={"limit": limit, "fields": "volume"}))
                except httpx.HTTPError as error:
                    failures.append(error)

    with (
        serving(own_market) as address,
        database.connect(own_market, "transformer", autocommit=True) as connection,
    ):
        rebuild(connection, SQL("volume = 0"))
        askers = [threading.Thread(target=ask, args=(address, n)) for n in range(4)]
        for asker in askers:
            asker.start()
        for number in range(1, 21):
            build = rebuild if number % 2 else build_incrementally
            build(connection, SQL(f"volume = {number}"))
        done.set()
        for asker in askers:
            asker.join()

    assert failures == []
    assert {answer.status_code for answer in answers} == {200}
    by_answer = [[row["volume"] for row in answer.json()["data"]] for answer in answers]
    assert all(len(volumes) == 60 and len(set(volumes)) == 1 for volumes in by_answer)
    assert len({volumes[0] for volumes in by_answer}) > 5
    # One tag, one body.
    bodies: dict[str, set[bytes]] = {}
    for answer in answers:
        bodies.setdefault(answer.headers["etag"], set()).add(answer.content)
    assert all(len(different) == 1 for different in bodies.values())


def test_rows_of_a_build_that_came_in_between_do_not_get_the_tag_of_the_one_before(
    own_market: Settings, transformer: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {"limit": 3, "fields": "volume"}
    build_incrementally(transformer, SQL("volume = 1"))
    with serving(own_market) as address, client(address) as opened:
        before = opened.get(BARS, params=params)
    read, builds = reading.rows, [SQL("volume = 2")]

    def read_after_a_build(pool: Pool, question: Question) -> Rows:
        while builds:
            build_incrementally(transformer, builds.pop())
        return read(pool, question)

    monkeypatch.setattr(reading, "rows", read_after_a_build)
    with serving(own_market) as address, client(address) as opened:
        between = opened.get(BARS, params=params)
        after = opened.get(BARS, params=params)

    assert before.json()["data"] == [{"volume": 1.0}] * 3
    assert between.json()["data"] == after.json()["data"] == [{"volume": 2.0}] * 3
    assert len({answer.headers["etag"] for answer in (before, between, after)}) == 3


def test_a_mart_that_is_not_built_is_told(
    own: httpx.Client, transformer: psycopg.Connection
) -> None:
    transformer.execute("alter table marts.fct_yield_curve rename to elsewhere")
    missing = own.get("/v1/yield_curve")
    transformer.execute("alter table marts.elsewhere rename to fct_yield_curve")
    transformer.execute("alter table marts.fct_yield_curve rename yield_pct to yield")
    older = own.get("/v1/yield_curve")
    transformer.execute("alter table marts.fct_yield_curve rename yield to yield_pct")

    for answer in (missing, older):
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("not-built")
        assert "marts.fct_yield_curve is not built" in answer.json()["detail"]
        assert answer.headers["retry-after"] == "60"
    assert own.get("/v1/yield_curve").status_code == 200


def test_a_column_that_changes_its_type_breaks_no_prepared_query(
    own: httpx.Client, transformer: psycopg.Connection
) -> None:
    asked = [own.get("/v1/sessions", params={"limit": n}).status_code for n in range(1, 12)]
    transformer.execute("alter table marts.dim_sessions alter is_half_day type text")
    changed = [own.get("/v1/sessions", params={"limit": n}).status_code for n in range(20, 32)]
    transformer.execute(
        "alter table marts.dim_sessions alter is_half_day type boolean using is_half_day::boolean"
    )

    assert set(asked) == set(changed) == {200}


def test_the_end_of_time_is_null(own: httpx.Client, transformer: psycopg.Connection) -> None:
    transformer.execute("update marts.fct_daily_bars set known_from = '-infinity'")
    catalog_market.comment(transformer, MART)

    answer = own.get(BARS, params={"limit": 2, "fields": "known_from"})

    transformer.execute("update marts.fct_daily_bars set known_from = '2024-01-01T00:00Z'")
    catalog_market.comment(transformer, MART)
    assert answer.json()["data"] == [{"known_from": None}] * 2


def test_stale_data_are_not_ready(own: httpx.Client, transformer: psycopg.Connection) -> None:
    ready = own.get("/ready")
    transformer.execute("update ops.fct_freshness_rows set sessions_late = 2")
    stale = own.get("/ready")
    transformer.execute("update ops.fct_freshness_rows set sessions_late = 0")

    assert ready.status_code == 200
    assert set(ready.json()["sessions_late"].values()) == {0}
    assert stale.status_code == 503
    assert "stale" in stale.json()["detail"]


def key(row: dict[str, Any]) -> tuple[str, str]:
    return row["instrument_id"], row["session_date"]


def whole(own: httpx.Client, order: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = own.get(BARS, params={"limit": 1000, "order": order}).json()[
        "data"
    ]
    return found
