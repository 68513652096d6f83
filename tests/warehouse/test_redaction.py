import pytest

from warehouse.redaction import redact


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
