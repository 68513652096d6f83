"""The one place where a user's own SQL is let in: the condition of `--where`.

It runs as the reader, in a transaction that may only read, and it must stay an expression. Here is
seen to the last: what could end the brackets around it, or begin another statement, is refused.
"""

from warehouse.errors import UsageError

_REFUSED = {
    ";": "a second statement",
    "--": "a comment",
    "/*": "a comment",
    "*/": "a comment",
    "\\": "a backslash",
    "$": "a dollar sign",
    "\0": "a null character",
}


def require_expression(text: str) -> str:
    """Return a condition that cannot leave the brackets that it will be put into.

    Raises:
        UsageError: it is empty, its brackets or quotes do not close, or it holds what an
            expression does not need.
    """
    if not text.strip():
        raise UsageError("--where is empty: write it like --where \"symbol = 'AAPL'\"")
    bare = _without_quoted(text)
    found = next((mark for mark in _REFUSED if mark in bare), None)
    # An E'...' string reads a backslash as an escape: none is let in, quoted or not.
    if found is None and ("\\" in text or "\0" in text):
        found = "\\" if "\\" in text else "\0"
    if found is not None:
        raise UsageError(f"--where holds {_REFUSED[found]}: it must be one plain condition")
    depth = 0
    for letter in bare:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            break
    if depth != 0:
        raise UsageError(f"the brackets of --where {text!r} do not match")
    return text


def _without_quoted(text: str) -> str:
    """Return the text outside of '...' and "..."; a doubled quote ends one and begins the next."""
    parts: list[str] = []
    quote: str | None = None
    for letter in text:
        if quote is None and letter in "'\"":
            quote = letter
            parts.append(" ")
        elif letter == quote:
            quote = None
        elif quote is None:
            parts.append(letter)
    if quote is not None:
        raise UsageError(f"a quote of --where {text!r} does not close")
    return "".join(parts)
