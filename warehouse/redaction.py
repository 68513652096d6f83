"""Secrets taken out of text, before it reaches a log, a message, a file or a table."""

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"

_CREDENTIALS_IN_URL = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s@/]+(?=@)", re.I)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Return `text` with every secret masked, as it stands and as a URL would encode it.

    The password of any `scheme://user:password@host` is masked too, known or not.

    Args:
        text: what is about to be shown or stored.
        secrets: the values to mask; empty ones are ignored.
    """
    forms = {
        form
        for secret in secrets
        if secret
        for form in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))
    }
    # The longest first, so that no secret leaves the rest of a longer one behind.
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, MASK)
    return _CREDENTIALS_IN_URL.sub(rf"\g<before>{MASK}", text)
