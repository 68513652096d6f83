from pathlib import Path

import pytest

from warehouse.redaction import redact
from warehouse.settings import load_settings


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("key=abc123", ["abc123"], "key=***"),
        ("no secret here", [], "no secret here"),
        ("an empty secret masks nothing", [""], "an empty secret masks nothing"),
        ("p%40ss%2Fword", ["p@ss/word"], "***"),
        ("p%40ss/word", ["p@ss/word"], "***"),
        ("a+b", ["a b"], "***"),
        ("abcdef abc", ["abc", "abcdef"], "*** ***"),
        ("at postgresql://u:hidden@h/d now", [], "at postgresql://u:***@h/d now"),
        ("http://127.0.0.1:8000/a@b", [], "http://127.0.0.1:8000/a@b"),
        ("", ["abc"], ""),
    ],
)
def test_secrets_are_masked_in_every_form(text: str, secrets: list[str], expected: str) -> None:
    assert redact(text, secrets) == expected


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "slack://T0A1B2C3D/B9Z8Y7X6W/s3cr3tW0rdOfAWorkspace/#market",
            "POST /services/T0A1B2C3D/B9Z8Y7X6W/s3cr3tW0rdOfAWorkspace HTTP/1.1",
        ),
        ("mailto://someone:p%40ss@example.com", "login of someone with p@ss at example.com"),
    ],
)
def test_what_a_url_of_alerts_holds_is_a_secret(url: str, told: str, tmp_path: Path) -> None:
    rules = tmp_path / "alerts.yml"
    rules.write_text(f"urls: ['{url}']\n", encoding="utf-8")
    settings = load_settings(None, alerts_file=rules)

    masked = redact(f"{url} {told}", settings.secrets())

    assert masked.startswith("*** ")
    assert not any(word in masked for word in ("T0A1B2C3D", "B9Z8Y7X6W", "s3cr3t", "p@ss"))
    assert "HTTP/1.1" in masked or "example.com" in masked


def test_alerts_that_cannot_be_read_hold_no_secret(tmp_path: Path) -> None:
    rules = tmp_path / "alerts.yml"
    rules.write_text("urls: [", encoding="utf-8")

    assert load_settings(None, alerts_file=rules).secrets() == []
