"""What is printed: results on standard output, failures and progress on standard error."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

_NO_EDGE = 1000

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str = "", *, style: str = "") -> None:
    """Print a line of the result."""
    out.print(Text(text, style=style))


def say_fields(fields: list[str]) -> None:
    """Print a line for programs: its fields, tab-separated."""
    out.file.write("\t".join(fields) + "\n")


def note(text: str) -> None:
    """Print a line about what is going on."""
    err.print(Text(text, style="dim"))


def complain(text: str) -> None:
    """Print a failure as one line."""
    line = " ".join(text.split())
    err.print(Text.assemble(("error: ", "bold red"), line))


def table(columns: list[str], rows: list[list[str]], *, right: tuple[str, ...] = ()) -> None:
    """Print rows under a header; the columns named in `right` are aligned to the right."""
    drawn = Table(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        drawn.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*[Text(cell) for cell in row])
    # Away from a terminal there is no right edge: what is cut off could not be read by anybody.
    wide = out if out.is_terminal else Console(highlight=False, width=_NO_EDGE)
    wide.print(drawn, soft_wrap=False)
