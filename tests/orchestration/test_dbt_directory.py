"""What dbt writes in a run of Dagster goes when all went well: there are dozens of runs a day."""

from pathlib import Path

import pytest

from orchestration import dbt_directory
from tests.conftest import SettingsFactory


def test_it_goes_when_all_went_well_and_stays_for_people_when_not(
    settings_for: SettingsFactory, tmp_path: Path
) -> None:
    settings = settings_for(tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.with_name("partial_parse.msgpack").write_bytes(b"parsed")

    with dbt_directory.of_run(settings, "good", manifest) as good:
        begun_with = [(path.name, path.read_bytes()) for path in good.iterdir()]
        (good / "dbt.log").write_text("all is well")
    with (
        pytest.raises(RuntimeError),
        dbt_directory.of_run(settings, "bad", manifest) as bad,
    ):
        (bad / "dbt.log").write_text("a model failed")
        raise RuntimeError

    assert begun_with == [("partial_parse.msgpack", b"parsed")]
    assert not good.exists()
    assert (bad / "dbt.log").read_text() == "a model failed"
    # Where the weekly maintenance finds it.
    assert settings.home / "logs" in bad.parents


def test_what_is_parsed_is_handed_over_where_there_is_nothing(tmp_path: Path) -> None:
    source, new, used = (tmp_path / name for name in ("source", "new", "used"))
    for directory, content in ((source, b"theirs"), (new, None), (used, b"its own")):
        directory.mkdir()
        if content is not None:
            (directory / "partial_parse.msgpack").write_bytes(content)

    for directory in (new, used):
        dbt_directory.hand_over(source, directory)

    assert (new / "partial_parse.msgpack").read_bytes() == b"theirs"
    assert (used / "partial_parse.msgpack").read_bytes() == b"its own"
