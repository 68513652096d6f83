"""Settings: the environment beats `.env`, an empty value is unset, a wrong one is named."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse import clock
from warehouse.errors import SettingsError
from warehouse.settings import PROJECT_ROOT, load_settings


def test_the_environment_beats_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("MARKETFLOW_POSTGRES_PORT=1111\nFMP_PLAN=paid\nSOMEBODY_ELSES=1\n")
    monkeypatch.setenv("MARKETFLOW_POSTGRES_PORT", "2222")

    settings = load_settings(file)

    assert (settings.embedded_port, settings.fmp_plan) == (2222, "paid")


def test_an_override_beats_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MARKETFLOW_POSTGRES_PORT", "2222")

    assert load_settings(None, embedded_port=3333).embedded_port == 3333


def test_an_empty_value_counts_as_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("MARKETFLOW_DATABASE_URL=\nFMP_API_KEY=''\n")
    monkeypatch.setenv("MARKETFLOW_POSTGRES_PORT", "")
    monkeypatch.setenv("FMP_BASE_URL", "")

    settings = load_settings(file)

    assert settings.is_embedded
    assert settings.fmp_api_key is None
    assert settings.embedded_port == 54329
    assert "embedded_port" not in settings.model_fields_set
    assert not settings.provider("fmp").has_own_base_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MARKETFLOW_POSTGRES_PORT", "0"),
        ("MARKETFLOW_POSTGRES_PORT", "many"),
        ("MARKETFLOW_TIMEZONE", "Mars/Olympus"),
        ("FMP_BASE_URL", "ftp://secret-in-a-value"),
        ("FRED_PLAN", "golden"),
        ("MARKETFLOW_DASHBOARD_REFRESH_SECONDS", "0"),
    ],
)
def test_a_wrong_value_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=name) as caught:
        load_settings(None)

    assert "secret-in-a-value" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_provider_is_reachable_with_a_key_or_a_base_url_or_when_it_needs_neither() -> None:
    bare = load_settings(None)
    assert [bare.provider(name).is_reachable for name in ("fmp", "fred", "coingecko")] == [
        False,
        False,
        True,
    ]
    assert load_settings(None, fmp_api_key="key").provider("fmp").is_reachable
    assert load_settings(None, fmp_base_url="http://127.0.0.1:1/").provider("fmp").is_reachable


def test_fred_without_a_key_is_asked_at_its_website_only_where_that_is_wished() -> None:
    wished = load_settings(None, fred_keyless=True)
    with_key = load_settings(None, fred_keyless=True, fred_api_key="key")
    elsewhere = load_settings(None, fred_keyless=True, fred_base_url="http://127.0.0.1:1/fred")

    assert "FRED_KEYLESS=true" in load_settings(None).provider("fred").lack_of_key
    assert "FRED_KEYLESS" not in wished.provider("fmp").lack_of_key
    assert wished.provider("fred").is_reachable
    assert wished.provider("fred").base_url == "https://fred.stlouisfed.org"
    assert not wished.provider("fmp").is_reachable
    assert not with_key.provider("fred").is_keyless
    assert with_key.provider("fred").base_url == "https://api.stlouisfed.org/fred"
    assert elsewhere.provider("fred").is_keyless
    assert elsewhere.provider("fred").base_url == "http://127.0.0.1:1/fred"


def test_secrets_are_masked_when_settings_are_shown() -> None:
    settings = load_settings(
        None, database_url="postgresql://u:hidden@h/d", fred_api_key="also-hidden"
    )

    assert "hidden" not in repr(settings)
    assert settings.secrets() == ["postgresql://u:hidden@h/d", "also-hidden"]


def test_relative_paths_begin_at_the_project(tmp_path: Path) -> None:
    settings = load_settings(None)

    assert settings.home == PROJECT_ROOT / ".marketflow"
    assert settings.landing_url == str(PROJECT_ROOT / ".marketflow" / "landing")
    assert load_settings(None, home_dir=tmp_path).home == tmp_path.resolve()


def test_the_clock_can_be_frozen_and_advanced_through_a_file(tmp_path: Path) -> None:
    file = tmp_path / "now"
    settings = load_settings(None, frozen_now=f"@{file}")

    file.write_text("2016-12-30T16:30:00-05:00\n")
    first = settings.now()
    file.write_text("2017-01-03T21:30:00Z")

    assert first == datetime(2016, 12, 30, 21, 30, tzinfo=UTC)
    assert settings.now() == datetime(2017, 1, 3, 21, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "2016-12-30", "2016-12-30T21:30:00", ""])
def test_an_instant_without_a_zone_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="MARKETFLOW_NOW"):
        clock.parse_instant(text)


def test_a_clock_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no-such-file"):
        clock.now(f"@{tmp_path}/no-such-file")
