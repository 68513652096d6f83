"""What providers answered on a day, as CSV files for people: made from the landing, never loaded.

<folder>/<source>/<resource>/<UTC day of the answer>.csv holds one row per natural key, the newest,
in the order of the keys. Writing a day again gives the same file, or one with more in it.
"""

import csv
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingestion import bodies, csv_stamp
from ingestion.atomic_files import write_atomically
from ingestion.calendars import Calendars
from ingestion.csv_bodies import columns_of
from ingestion.csv_cells import FORMULA_PATTERN, guard
from ingestion.errors import LandingError, ShapeError
from ingestion.landing import Landing
from ingestion.members import tracked
from ingestion.parsing import ParseContext
from ingestion.resources import resources
from ingestion.shapes import Resource
from warehouse.settings import Settings

_BATCH_ROWS = 20_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WrittenCsv:
    """A file that was written, and how many rows it holds."""

    path: Path
    rows: int


def write(
    settings: Settings, wanted: Iterable[tuple[str, str]], days: Sequence[date]
) -> list[WrittenCsv]:
    """Write the answers of some days; a day without rows gets no file.

    Args:
        settings: the landing, the universe and the folder.
        wanted: sources and their resources.
        days: in UTC.

    Raises:
        OriginMismatch: the folder holds the other kind of data.
        CsvError: a file cannot be written.
        LandingError: the landing cannot be read.
    """
    landing = Landing(settings.landing_url, settings.landing_options)
    origin = landing.origin()
    if origin is None:
        return []
    csv_stamp.write(settings.csv_directory, origin)
    instruments = tracked(settings)
    calendars = Calendars.around(settings.now())
    written = []
    for source, name in wanted:
        resource = next((one for one in resources(source) if one.name == name), None)
        if resource is None:
            continue
        context = ParseContext(source, instruments, calendars)
        for day in days:
            rows = _rows_of(landing, resource, day, context)
            if rows is not None:
                folder = settings.csv_directory / source / name
                path = folder / f"{day:%Y-%m-%d}.csv"
                _write(path, rows)
                written.append(WrittenCsv(path, rows.num_rows))
    return written


def _rows_of(
    landing: Landing, resource: Resource, day: date, context: ParseContext
) -> pa.Table | None:
    tables = []
    for sidecar in landing.list_committed(resource.source, resource=resource.name, day=day):
        if sidecar.outcome != "ok" or sidecar.is_file:
            continue
        try:
            body = landing.read_body(sidecar)
            tables.append(bodies.parse(resource, body, sidecar, context).table)
        except (ShapeError, LandingError) as error:
            # Load tells of it, and keeps count.
            _log.warning("%s is left out of the CSV file: %s", sidecar.path, error)
    if not any(table.num_rows for table in tables):
        return None
    return _newest(pa.concat_tables(tables), resource).select(list(columns_of(resource)))


def _newest(table: pa.Table, resource: Resource) -> pa.Table:
    """Return the last row of each natural key, in the order of the keys."""
    numbered = table.append_column("position", pa.array(range(table.num_rows), pa.int64()))
    keys = list(resource.natural_key)
    order = [(name, "ascending") for name in (*keys, "position")]
    table = numbered.sort_by(order).drop_columns(["position"]).combine_chunks()
    is_last = pa.array([True])
    if table.num_rows > 1:
        differs = None
        for name in keys:
            column = table[name].combine_chunks()
            one = pc.not_equal(column[:-1], column[1:])
            differs = one if differs is None else pc.or_(differs, one)
        is_last = pa.concat_arrays([differs, is_last])
    return table.filter(is_last)


def _write(path: Path, table: pa.Table) -> None:
    with write_atomically(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
            writer.writerows(zip(*map(_cells, batch.columns), strict=True))


def _cells(values: pa.Array) -> list[str]:
    column = values.cast(pa.string())
    texts: list[str] = pc.fill_null(column, "").to_pylist()
    is_harmless = pc.any(pc.match_substring_regex(column, FORMULA_PATTERN)).as_py() is not True
    return texts if is_harmless else [guard(text) for text in texts]
