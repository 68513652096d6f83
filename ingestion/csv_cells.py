"""Texts as cells of a CSV file that a spreadsheet may open.

A spreadsheet takes a cell that begins with = + - or @ for a formula, and runs it. Such a text gets
an apostrophe in front, unless it is a number; reading takes it away again.
"""

import re

from ingestion.values import is_number

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
# The same, as Arrow writes it.
FORMULA_PATTERN = r"^'*[=+\-@\t\r]"


def guard(text: str) -> str:
    """Return a text as a cell that is no formula. What begins with apostrophes gets one more."""
    return f"'{text}" if _FORMULA.match(text) and not is_number(text) else text


def unguard(cell: str) -> str:
    """Return the text of a cell: what `guard` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
