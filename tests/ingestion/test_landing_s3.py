"""The landing on S3: whole objects, narrow listings, and failures told in one line."""

import json
import re
import threading
from pathlib import Path

import pytest

from ingestion.errors import LandingError
from ingestion.landing import Landing
from tests.conftest import SettingsFactory
from tests.ingestion.object_store import ACCESS_KEY_ID, SECRET_ACCESS_KEY, ObjectStore
from tests.ingestion.test_landing import BODY, sidecar
from warehouse import sandbox_landing
from warehouse.errors import SettingsError
from warehouse.settings import Settings


@pytest.fixture
def settings(store: ObjectStore, settings_for: SettingsFactory, tmp_path: Path) -> Settings:
    return settings_for(tmp_path, **store.settings(store.new_bucket()))


def landing_of(settings: Settings) -> Landing:
    return Landing(settings.landing_url, settings.landing_options)


def bucket_of(settings: Settings) -> str:
    return settings.landing_url.split("/")[2]


def keys_in(store: ObjectStore, bucket: str) -> list[str]:
    listed = store.client().list_objects_v2(Bucket=bucket)
    return [entry["Key"] for entry in listed.get("Contents", [])]


def test_objects_lie_where_the_design_says(store: ObjectStore, settings: Settings) -> None:
    one = landing_of(settings).write(sidecar(symbols=("BTC/USD",)), BODY)

    name = one.path.removesuffix(".json.gz")
    assert sorted(keys_in(store, bucket_of(settings))) == [
        "market/landing/_origin.json",
        f"market/landing/{name}.json.gz",
        f"market/landing/{name}.meta.json",
    ]
    assert name.startswith("source=fmp/endpoint=eod_prices/ticker=BTC%2FUSD/date=2024-01-03/")


def test_a_landing_larger_than_a_page_is_listed_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "4")
    landing = landing_of(settings)
    written = [landing.write(sidecar(f"{number:032}"), BODY) for number in range(9)]

    assert list(landing.list_committed("fmp")) == written


def test_a_symbol_is_looked_for_in_its_own_folders(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = landing_of(settings)
    landing.write(sidecar("a" * 32, symbols=("AAPL",)), BODY)
    landing.write(sidecar("b" * 32, symbols=("MSFT",)), BODY)
    landing.write(sidecar("c" * 32, symbols=("MSFT", "AAPL")), BODY)
    landing.write(sidecar("d" * 32, symbols=("MSFT", "ORCL")), BODY)
    files = landing._files._files
    listed = []
    find = files.find

    def watched(path: str) -> list[str]:
        listed.append(path.partition("landing/")[2])
        found: list[str] = find(path)
        return found

    monkeypatch.setattr(files, "find", watched)

    found = list(landing.list_committed("fmp", symbols=["AAPL"]))

    assert [one.request_id[0] for one in found] == ["a", "c"]
    assert listed == [
        f"source=fmp/endpoint=eod_prices/ticker={ticker}" for ticker in ("AAPL", "_batch")
    ]


def test_the_first_of_many_writers_stamps_it(settings: Settings) -> None:
    barrier = threading.Barrier(8)
    seen = []

    def write(number: int) -> None:
        landing = landing_of(settings)
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


def test_another_process_sees_at_once_what_was_written(settings: Settings) -> None:
    reader, writer = landing_of(settings), landing_of(settings)
    before = list(reader.list_committed())
    writer.write(sidecar(), BODY)

    assert before == []
    assert len(list(reader.list_committed())) == 1
    assert reader.origin() == "live"


def test_sandbox_data_is_removed_and_live_data_kept(
    store: ObjectStore, settings: Settings, settings_for: SettingsFactory, tmp_path: Path
) -> None:
    landing_of(settings).write(sidecar(is_synthetic=True, symbols=("BTC/USD",)), BODY)
    live = settings_for(tmp_path, **store.settings(store.new_bucket()))
    landing_of(live).write(sidecar(), BODY)

    sandbox_landing.remove(settings)
    sandbox_landing.remove(live)

    assert keys_in(store, bucket_of(settings)) == []
    assert len(keys_in(store, bucket_of(live))) == 3


def assert_is_one_line_without_secrets(error: BaseException) -> None:
    text = str(error)
    assert len(text.splitlines()) == 1
    assert SECRET_ACCESS_KEY not in text
    assert ACCESS_KEY_ID not in text
    assert error.__suppress_context__


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"landing_location": "s3://no-such-bucket/landing"},
            r"s3://no-such-bucket/landing cannot be listed \(The .* does not exist\): make it",
        ),
        (
            {"s3_endpoint_url": "http://127.0.0.1:9"},
            r"listed \(Could not connect to .*127.0.0.1:9.*\): check MARKETFLOW_S3_ENDPOINT_URL",
        ),
    ],
)
def test_a_bucket_that_is_not_there_is_one_clear_line(
    settings: Settings, change: dict[str, str], sentence: str
) -> None:
    landing = landing_of(settings.model_copy(update=change))

    with pytest.raises(LandingError, match=sentence) as caught:
        list(landing.list_committed("fmp"))

    assert_is_one_line_without_secrets(caught.value)


def test_keys_that_are_refused_are_one_clear_line(store: ObjectStore, settings: Settings) -> None:
    landing = landing_of(settings)

    with store.that_knows_no_keys():
        for attempt in (
            lambda: landing.write(sidecar(outcome="error"), BODY),
            lambda: list(landing.list_committed("fmp")),
            landing.origin,
        ):
            with pytest.raises(LandingError, match="check MARKETFLOW_S3_ACCESS_KEY_ID") as caught:
                attempt()
            assert_is_one_line_without_secrets(caught.value)


def test_without_keys_those_of_the_aws_tools_are_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    none = settings.model_copy(update={"s3_access_key_id": None, "s3_secret_access_key": None})
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(LandingError, match="log in with AWS's own tools"):
        landing_of(none).origin()

    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = someone\naws_secret_access_key = anything\n"
    )
    # What was opened without keys stays without them.
    options = none.landing_options | {"skip_instance_cache": True}
    Landing(none.landing_url, options).write(sidecar(), BODY)

    assert landing_of(settings).origin() == "live"


def test_one_key_of_two_is_wrong(settings: Settings) -> None:
    half = settings.model_copy(update={"s3_secret_access_key": None})

    with pytest.raises(SettingsError, match="only one is set: set both, or neither"):
        _ = half.landing_options


def test_keys_are_masked_and_a_password_in_the_url_is_refused(
    settings: Settings, settings_for: SettingsFactory, tmp_path: Path
) -> None:
    assert SECRET_ACCESS_KEY in settings.secrets()
    assert ACCESS_KEY_ID in settings.secrets()
    assert SECRET_ACCESS_KEY not in repr(settings)
    with pytest.raises(SettingsError, match="a password in a URL is shown to people") as caught:
        settings_for(tmp_path, landing_location="sftp://me:secret-word@host/landing")
    assert "secret-word" not in str(caught.value)


def test_a_store_without_conditions_is_stamped_all_the_same(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    landing = landing_of(settings)
    files = landing._files._files
    put = files.pipe_file

    def plain(path: str, data: bytes, mode: str = "overwrite") -> None:
        if mode == "create":
            raise NotImplementedError("a header you provided is not supported")
        put(path, data)

    monkeypatch.setattr(files, "pipe_file", plain)

    landing.write(sidecar(is_synthetic=True), BODY)

    identity = landing.identity()
    assert re.fullmatch("[0-9a-f]{16}", str(identity))
    landing_of(settings).require_origin("sandbox")
    assert landing.identity() == identity


def test_a_sidecar_is_what_was_written(store: ObjectStore, settings: Settings) -> None:
    one = landing_of(settings).write(sidecar(), BODY)

    key = f"market/landing/{one.path.replace('.json.gz', '.meta.json')}"
    found = store.client().get_object(Bucket=bucket_of(settings), Key=key)

    assert json.loads(found["Body"].read())["sha256"] == one.sha256
