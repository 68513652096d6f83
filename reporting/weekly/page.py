"""The report as one HTML page that needs nothing besides itself."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from reporting.weekly.pictures import picture
from reporting.weekly.sections import Section
from reporting.weekly.week import Week

_CSS = """
body { font: 14px/1.45 system-ui, sans-serif; color: #24282e; max-width: 60rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .2rem; }
p.note { color: #5b626c; margin: 0 0 .5rem; }
p.invented { background: #fff4dc; padding: .5rem .8rem; }
table { border-collapse: collapse; width: 100%; } tr { break-inside: avoid; }
th { text-align: left; font-weight: 600; border-bottom: 1px solid #b8bcc4; }
td, th { padding: .22rem .6rem .22rem 0; vertical-align: top; }
td.day { white-space: nowrap; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
tbody tr:nth-child(even) { background: #f6f7f9; }
svg { max-width: 100%; height: auto; } section { break-inside: avoid-page; }
"""


def render(week: Week, sections: Sequence[Section], zone: str, *, is_synthetic: bool) -> str:
    """Return the page. Pure: the same tables give the same page.

    Args:
        week: which.
        sections: its tables.
        zone: in which people are shown times.
        is_synthetic: whether the sandbox invented the data.
    """
    known_at = _shown(week.known_at, zone)
    invented = (
        '<p class="invented">Invented data of the sandbox: no market behaved like this.</p>'
        if is_synthetic
        else ""
    )
    parts = "\n".join(_section(one, zone) for one in sections)
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Markets in {week.name}</title><style>{_CSS}</style></head>
<body>
<h1>Markets in week {week.name}</h1>
<p class="note">{week.monday:%d %B %Y} to {week.friday:%d %B %Y}, as known at {known_at}</p>
{invented}
{parts}
</body>
</html>
"""


def _section(section: Section, zone: str) -> str:
    body = '<p class="note">Nothing was known of this week.</p>'
    if section.rows:
        numbers = [
            any(isinstance(row[place], int | float | Decimal) for row in section.rows)
            for place in range(len(section.columns))
        ]
        head = "".join(
            f"<th{_class(number)}>{escape(name.replace('_', ' ').replace(' pct', ' %'))}</th>"
            for name, number in zip(section.columns, numbers, strict=True)
        )
        lines = "\n".join(
            "<tr>"
            + "".join(
                f"<td{_class(number, value)}>{escape(_shown(value, zone))}</td>"
                for value, number in zip(row, numbers, strict=True)
            )
            + "</tr>"
            for row in section.rows
        )
        body = (
            f"{picture(section)}\n<table><thead><tr>{head}</tr></thead>"
            f"<tbody>\n{lines}\n</tbody></table>"
        )
    return (
        f'<section id="{section.name}"><h2>{escape(section.title)}</h2>\n'
        f'<p class="note">{escape(section.note)}</p>\n{body}</section>'
    )


def _class(is_number: bool, value: Any = None) -> str:
    if is_number:
        return ' class="number"'
    return ' class="day"' if isinstance(value, date) else ""


def _shown(value: Any, zone: str) -> str:
    if value is None:
        return "\N{EN DASH}"
    if isinstance(value, datetime):
        return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"
    if isinstance(value, float):
        return f"{value:,.12g}"
    return f"{value:,}" if isinstance(value, int | Decimal) else str(value)
