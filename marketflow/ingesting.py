"""Extract and load from the command line: progress on the way, a report at the end."""

from collections.abc import Sequence
from pathlib import Path

from ingestion import job
from ingestion.extract import plan_extract
from ingestion.job import IngestSummary, Window
from marketflow import progress
from marketflow.screen import complain, note, say, table
from warehouse.settings import Settings

_MOST_SYMBOLS = 10


def extract(
    settings: Settings, selection: Sequence[str], window: Window, *, csv: bool = False
) -> int:
    """Fetch into the landing, report, and return the exit code."""
    with progress.shown() as shown:
        summary = job.extract_only(settings, selection, window, csv=csv, progress=shown)
    return report(summary)


def load(
    settings: Settings, sources: Sequence[str], *, is_replay: bool, csv: Path | None = None
) -> int:
    """Land CSV files where some are named, load what has landed, report; return the exit code."""
    with progress.shown() as shown:
        summary = job.load_only(settings, sources, all=is_replay, csv=csv, progress=shown)
    return report(summary)


def ingest(
    settings: Settings, selection: Sequence[str], window: Window, *, csv: bool = False
) -> int:
    """Extract, load, report, and return the exit code."""
    with progress.shown() as shown:
        summary = job.ingest(settings, selection, window, csv=csv, progress=shown)
    return report(summary)


def report(summary: IngestSummary) -> int:
    """Print what was done, what was left out and why; return the exit code."""
    rows = _counts(summary)
    if rows:
        columns = ["resource", "requests", "responses", "rows", "new rows"]
        table(columns, rows, right=tuple(columns[1:]))
    else:
        say("There was nothing to do.")
    for one in summary.imported.files if summary.imported else []:
        state = "landed" if one.is_new else "had landed before" if one.good else "nothing landed"
        note(f"{one.path}: {one.good:,} good lines, {one.rejected:,} rejected; {state}")
    for line in _skipped(summary):
        note(line)
    for restatement in summary.extracted.restatements if summary.extracted else []:
        note(str(restatement))
    for written in summary.written:
        note(f"wrote {written.path} ({written.rows:,} rows)")
    for surprise in summary.loaded.surprises if summary.loaded else []:
        note(f"unexpected in {surprise}")
    for failure in summary.failures:
        complain(failure)
    return summary.exit_code


def show_plan(settings: Settings, selection: Sequence[str], window: Window) -> None:
    """Print what an extract would cost; nothing is asked."""
    plan = plan_extract(
        settings, selection, start=window.start, end=window.end, symbols=window.symbols
    )
    columns = ["resource", "symbols", "requests", "credits"]
    rows = [
        [f"{one.source}.{one.resource}", str(one.symbols), str(one.requests), str(one.credits)]
        for one in plan.resources
    ]
    table(columns, rows, right=tuple(columns[1:]))
    for one in plan.sources:
        left = one.credits_left_today
        unfit = one.credits_that_do_not_fit
        later = f" ({', '.join(one.left_for_later)})" if one.left_for_later else ""
        quota = "" if left is None else f", {left} left today, {unfit} for another day{later}"
        say(
            f"{one.source} ({one.plan} plan): {one.requests} requests, {one.credits} credits"
            f"{quota}, {one.minutes:.1f} minutes at least"
        )
        if one.most_further_pages:
            say(
                f"  and up to {one.most_further_pages} requests more of one credit, where "
                "histories are long"
            )
    for skip in plan.skips:
        note(f"skipped {_named(skip.source, skip.resource)}: {skip.reason}")


def _counts(summary: IngestSummary) -> list[list[str]]:
    extracted = summary.extracted.resources if summary.extracted else []
    loaded = summary.loaded.counts if summary.loaded else []
    requests = {(one.source, one.resource): one.requests for one in extracted if one.requests}
    loads = {(one.source, one.resource): [one.responses, one.rows, one.new_rows] for one in loaded}
    rows = []
    for source, resource in sorted({*requests, *loads}):
        key = source, resource
        numbers = [requests.get(key, 0), *loads.get(key, [0, 0, 0])]
        rows.append([_named(*key), *(f"{number:,}" if number else "-" for number in numbers)])
    return rows


def _skipped(summary: IngestSummary) -> list[str]:
    """Return a line for each reason, with the symbols that it holds for."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for skip in summary.skips:
        what = _named(skip.source, skip.resource)
        by_reason.setdefault((what, skip.reason), []).extend([skip.symbol] if skip.symbol else [])
    lines = []
    for (what, reason), symbols in by_reason.items():
        more = len(symbols) - _MOST_SYMBOLS
        listed = ", ".join(symbols[:_MOST_SYMBOLS]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"skipped {' '.join(part for part in (what, listed) if part)}: {reason}")
    return lines


def _named(source: str, resource: str | None) -> str:
    return f"{source}.{resource}" if resource else source
