"""A landing of sandbox data removed, with what extract and load remember of it."""

import json
import shutil

import fsspec

from warehouse.settings import Settings

_ORIGIN = "_origin.json"


def remove(settings: Settings) -> None:
    """Remove the landing if it is stamped as sandbox data; one of live data is kept."""
    files, root = fsspec.core.url_to_fs(settings.landing_url)
    stamp = f"{root}/{_ORIGIN}"
    if not files.exists(stamp) or json.loads(files.cat_file(stamp)).get("origin") != "sandbox":
        return
    for entry in files.ls(root, detail=False):
        if entry.rsplit("/", 1)[-1].startswith("source="):
            files.rm(entry, recursive=True)
    files.rm_file(stamp)
    # Extract would otherwise believe that it has what is gone.
    for journal in settings.home.glob("extract.sqlite3*"):
        journal.unlink()
    shutil.rmtree(settings.home / "dlt", ignore_errors=True)
