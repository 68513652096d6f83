import gzip
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from ingestion.errors import LandingError, OriginMismatch
from ingestion.landing import Landing, Sidecar, body_path
from tests.conftest import SettingsFactory
from tests.ingestion.object_store import ObjectStore

BODY = b'[{"date": "2024-01-02", "close": 1.0}]'


def sidecar(request_id: str = "a" * 32, body: bytes = BODY, **values: object) -> Sidecar:
    one = Sidecar(
        request_id=request_id,
        run_id="run",
        source="fmp",
        resource="eod_prices",
        symbols=("AAPL",),
        params={"symbol": "AAPL"},
        url="http://127.0.0.1/x?symbol=AAPL",
        method="GET",
        status=200,
        outcome="ok",
        error_class=None,
        fetched_at=datetime(2024, 1, 3, 4, 5, 6, tzinfo=UTC),
        requested_at=datetime(2026, 1, 3, 4, 5, 6, 789, tzinfo=UTC),
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        is_redacted=False,
        is_synthetic=False,
        content_type="application/json",
    )
    return replace(one, **values)  # type: ignore[arg-type]


@pytest.fixture(params=["local", "memory", "s3"])
def opened(
    request: pytest.FixtureRequest, settings_for: SettingsFactory, tmp_path: Path
) -> Iterator[Callable[[], Landing]]:
    """Open one landing again and again: on disk, in memory, on S3."""
    places: dict[str, Callable[[], dict[str, str]]] = {
        "local": lambda: {"landing_location": str(tmp_path / "landing")},
        "memory": lambda: {"landing_location": "memory://bucket/landing"},
        "s3": lambda: in_a_new_bucket(request.getfixturevalue("store")),
    }
    settings = settings_for(tmp_path, **places[request.param]())
    yield lambda: Landing(settings.landing_url, settings.landing_options)
    fsspec.filesystem("memory").store.clear()


def in_a_new_bucket(store: ObjectStore) -> dict[str, str]:
    return store.settings(store.new_bucket())


def test_a_landed_body_is_read_back_with_all_that_is_known_of_it(
    opened: Callable[[], Landing],
) -> None:
    written = opened().write(sidecar(), BODY)

    (found,) = opened().list_committed()

    assert found == written
    assert found.path == written.path == body_path(found)
    assert opened().read_body(found) == BODY


def test_bodies_come_in_the_order_of_their_requests_by_source(
    opened: Callable[[], Landing],
) -> None:
    landing = opened()
    for request_id, source, symbol in (
        ("c" * 32, "fmp", "AAPL"),
        ("a" * 32, "fmp", "ZZZ"),
        ("b" * 32, "fred", "GDP"),
    ):
        landing.write(sidecar(request_id, source=source, symbols=(symbol,)), BODY)

    assert [one.request_id[0] for one in landing.list_committed()] == ["a", "b", "c"]
    assert [one.request_id[0] for one in landing.list_committed("fmp")] == ["a", "c"]
    known = {"a" * 32}
    assert [one.request_id[0] for one in landing.list_committed(known=known)] == ["b", "c"]
    assert list(landing.list_committed("coingecko")) == []


def test_the_layout_is_the_one_that_the_design_names(tmp_path: Path) -> None:
    landing = Landing(str(tmp_path))

    one = landing.write(sidecar(symbols=("BTC/USD",)), BODY)

    folder = tmp_path / "source=fmp/endpoint=eod_prices/ticker=BTC%2FUSD/date=2024-01-03"
    name = f"{'a' * 32}-{hashlib.sha256(BODY).hexdigest()}"
    assert {file.name for file in folder.iterdir()} == {f"{name}.json.gz", f"{name}.meta.json"}
    assert gzip.decompress((tmp_path / one.path).read_bytes()) == BODY
    assert (tmp_path / one.path).read_bytes()[4:8] == bytes(4), "no time in the gzip header"
    described = json.loads((folder / f"{name}.meta.json").read_text())
    assert described["symbols"] == ["BTC/USD"]
    assert described["fetched_at"] == "2024-01-03T04:05:06+00:00"
    assert "path" not in described


@pytest.mark.parametrize(
    ("symbols", "ticker"),
    [
        ((), "_all"),
        (("A", "B"), "_batch"),
        (("^GSPC",), "%5EGSPC"),
        (("..",), "%2E%2E"),
        (("../../etc/passwd",), "..%2F..%2Fetc%2Fpasswd"),
        (("BRK.B",), "BRK.B"),
        (("X" * 500,), "X" * 120),
    ],
)
def test_a_ticker_never_leaves_its_folder(symbols: tuple[str, ...], ticker: str) -> None:
    assert body_path(sidecar(symbols=symbols)).split("/")[2] == f"ticker={ticker}"


def test_a_body_without_its_sidecar_was_never_landed(tmp_path: Path) -> None:
    landing = Landing(str(tmp_path))
    kept = landing.write(sidecar("a" * 32), BODY)
    cut = landing.write(sidecar("b" * 32), BODY)
    (tmp_path / cut.path.replace(".json.gz", ".meta.json")).unlink()

    assert [one.request_id for one in landing.list_committed()] == [kept.request_id]


def test_a_kill_while_writing_leaves_no_half_file_under_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die)

    with pytest.raises(KeyboardInterrupt):
        Landing(str(tmp_path)).write(sidecar(outcome="error"), BODY)

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_damaged_body_is_named(tmp_path: Path) -> None:
    landing = Landing(str(tmp_path))
    one = landing.write(sidecar(), BODY)
    (tmp_path / one.path).write_bytes(gzip.compress(b"else"))

    with pytest.raises(LandingError, match="is damaged"):
        landing.read_body(one)


def test_synthetic_and_live_data_never_meet(opened: Callable[[], Landing]) -> None:
    landing = opened()
    landing.write(sidecar("a" * 32, is_synthetic=True), BODY)

    with pytest.raises(OriginMismatch, match="marketflow db reset"):
        opened().write(sidecar("b" * 32, is_synthetic=False), BODY)

    assert landing.origin() == "sandbox"
    assert len(list(landing.list_committed())) == 1


def test_an_error_body_neither_stamps_nor_minds_the_stamp(opened: Callable[[], Landing]) -> None:
    landing = opened()
    landing.write(sidecar("a" * 32, outcome="error"), b"<html>")
    before = landing.origin()
    landing.write(sidecar("b" * 32, is_synthetic=True), BODY)
    landing.write(sidecar("c" * 32, outcome="error"), b"<html>")

    assert before is None
    assert landing.origin() == "sandbox"


def test_each_landing_has_an_identity_of_its_own(tmp_path: Path) -> None:
    first, second = Landing(str(tmp_path / "a")), Landing(str(tmp_path / "b"))
    before = first.identity()
    first.write(sidecar(), BODY)
    second.write(sidecar(), BODY)

    assert before is None
    assert first.identity() not in {None, second.identity()}


def test_a_stamp_that_is_there_is_not_written_over(opened: Callable[[], Landing]) -> None:
    files = opened()._files

    files.write("_origin.json", b"first", only_if_absent=True)
    files.write("_origin.json", b"second", only_if_absent=True)

    assert files.read("_origin.json") == b"first"


def test_the_first_of_many_writers_stamps_it(tmp_path: Path) -> None:
    barrier = threading.Barrier(8)
    seen = []

    def write(number: int) -> None:
        landing = Landing(str(tmp_path))
        barrier.wait()
        landing.write(sidecar(f"{number:032x}"), BODY)
        seen.append(landing.identity())

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 8
    assert len(set(seen)) == 1


def test_a_landing_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")

    with pytest.raises(LandingError, match="MARKETFLOW_LANDING_URL"):
        Landing(str(blocked / "landing")).write(sidecar(), BODY)
    with pytest.raises(LandingError, match="cannot be opened"):
        Landing("nosuch://bucket")
