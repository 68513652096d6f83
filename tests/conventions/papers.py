"""Reading the project's Markdown: what it names, what it links to."""

import re
from collections.abc import Iterator
from pathlib import Path

_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*$", re.MULTILINE)
_FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"^```[a-z]*\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)


def links(markdown: str) -> list[str]:
    """Every link target outside code."""
    return _LINK.findall(_FENCE.sub("", markdown))


def anchors(markdown: str) -> set[str]:
    """The anchor of every heading, spelled as GitHub spells it."""
    headings = _HEADING.findall(_FENCE.sub("", markdown))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def code_lines(markdown: str) -> Iterator[str]:
    """Every line of a code block and every inline code."""
    for block, inline in _CODE.findall(markdown):
        yield from (block or inline).replace("\\|", "|").splitlines()


def broken_links(root: Path, paper: Path) -> list[str]:
    """The links of `paper` whose file or heading is missing; other sites are not asked."""
    broken = []
    for link in links((root / paper).read_text(encoding="utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (root / paper).parent / name if name else root / paper
        if not target.exists() or (
            anchor and anchor not in anchors(target.read_text(encoding="utf-8"))
        ):
            broken.append(link)
    return broken


def table_rows(markdown: str, heading: str) -> list[list[str]]:
    """The cells of every table row under `heading`, header and rule aside."""
    _, found, rest = markdown.partition(f"\n{heading}\n")
    assert found, f"no heading {heading!r}"
    section = re.split(r"^#{1,6} ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    rows = [
        [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        for line in section.splitlines()
        if line.startswith("|") and not re.match(r"^\|[\s:|-]+\|$", line)
    ]
    assert len(rows) > 1, f"no table under {heading!r}"
    return rows[1:]
