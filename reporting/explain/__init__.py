"""Where a number of a mart comes from, back to the rows as the providers sent them.

The reader role asks the `ops.explain_*` functions, which look below the marts for it. The landed
file itself belongs to ingestion: whoever holds both, the command line, compares the two.
"""

from reporting.explain.answers import Question, explain, raw_entries
from reporting.explain.columns import MARTS
from reporting.explain.text import as_text

__all__ = ["MARTS", "Question", "as_text", "explain", "raw_entries"]
