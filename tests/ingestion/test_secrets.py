"""No key reaches a file, a log, a message or a traceback, whatever goes wrong."""

import logging
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest

from ingestion.extract import extract
from ingestion.redaction import redact_body
from tests.ingestion.canaries import FAULTS, answer_with, files_of
from tests.ingestion.markets import KEYS, Sleeper, settings_of
from tests.ingestion.scripted import scripted
from warehouse.settings import PROVIDERS


@pytest.mark.parametrize("fault", FAULTS)
def test_no_key_is_found_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    told: list[str] = []
    with scripted(lambda seen: answer_with(FAULTS[fault], seen)) as running:
        settings = settings_of(tmp_path, running.base)
        caplog.set_level(logging.DEBUG)
        try:
            summary = extract(settings, timer=Sleeper().timer)
        except Exception:  # noqa: BLE001 - whatever is raised must name no key
            told.append(traceback.format_exc())
        else:
            told += [str(summary), repr(summary.failures), repr(summary.skips)]
            for failure in summary.failures:
                told += traceback.format_exception(failure.error)
                told.append(repr(vars(failure.error)))
        assert len(running.seen) > 4

    told += [record.getMessage() + str(record.exc_text) for record in caplog.records]
    told += [repr(record.args) for record in caplog.records]
    for key in KEYS.values():
        for form in (key, quote(key, safe="")):
            assert not any(form in text for text in told)
            leaks = [file for file, data in files_of(tmp_path / "home") if form.encode() in data]
            assert leaks == []


def test_the_canaries_do_go_out() -> None:
    assert len(set(KEYS.values())) == len(PROVIDERS) == 4


def test_an_unreachable_provider_is_named_without_its_key(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    settings = settings_of(tmp_path, "http://127.0.0.1:9")

    summary = extract(settings, timer=Sleeper().timer)

    assert summary.exit_code == 1
    assert len(summary.failures) == 4
    for failure in summary.failures:
        error = failure.error
        assert "no connection to 127.0.0.1:9" in str(error)
        assert error.__context__ is None
        assert error.__cause__ is None
    assert not any(key in caplog.text for key in KEYS.values())


def test_a_body_that_echoes_a_key_is_masked_in_every_spelling() -> None:
    key = "ab/cd+efgh"
    body = b'{"a": "ab/cd+efgh", "b": "ab%2Fcd%2Befgh", "c": "ab\\/cd+efgh"}'

    clean, is_redacted = redact_body(body, [key])

    assert is_redacted
    assert clean == b'{"a": "***", "b": "***", "c": "***"}'


def test_a_body_without_keys_stays_as_it_came() -> None:
    body = b'{"name": "demo", "price": 1}'

    assert redact_body(body, ["demo", ""]) == (body, False)


def test_an_echoed_key_is_flagged_beside_the_body(tmp_path: Path) -> None:
    from ingestion.landing import Landing  # noqa: PLC0415

    with scripted(lambda seen: answer_with("echo", seen)) as running:
        settings = settings_of(tmp_path, running.base)
        extract(settings, ["fred.series"], timer=Sleeper().timer)

    (sidecar,) = Landing(settings.landing_url).list_committed()
    assert sidecar.is_redacted
    assert b'"echo": "***"' in Landing(settings.landing_url).read_body(sidecar)
