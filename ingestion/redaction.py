"""Keys taken out of response bodies, before they are hashed and landed."""

from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from warehouse.redaction import MASK

# A shorter key is a placeholder, and may well be a word of the data.
_SHORTEST_KEY = 8


def redact_body(body: bytes, secrets: Iterable[str]) -> tuple[bytes, bool]:
    """Return a body with every key masked, and whether there was one.

    Args:
        body: as it came.
        secrets: keys, also looked for as a URL or JSON would write them.
    """
    clean = body
    for form in _forms(secrets):
        clean = clean.replace(form, MASK.encode())
    return clean, clean != body


def _forms(secrets: Iterable[str]) -> list[bytes]:
    forms = {
        form.encode()
        for secret in secrets
        if len(secret) >= _SHORTEST_KEY
        for form in (
            secret,
            quote(secret, safe=""),
            quote_plus(secret),
            secret.replace("\\", "\\\\").replace('"', '\\"').replace("/", "\\/"),
        )
    }
    return sorted(forms, key=len, reverse=True)
