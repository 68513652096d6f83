"""A landing of sandbox data removed, with what extract and load remember of it."""

import json
import shutil

import fsspec

from warehouse.errors import MarketFlowError
from warehouse.settings import Settings

_ORIGIN = "_origin.json"


def remove(settings: Settings) -> None:
    """Remove the landing if it is stamped as sandbox data; one of live data is kept.

    Raises:
        MarketFlowError: it cannot be reached or removed.
    """
    try:
        is_removed = _remove_sandbox(settings)
    except Exception as error:  # noqa: BLE001 - each kind of store has errors of its own
        raise MarketFlowError(
            f"the landing {settings.landing_url} cannot be removed ({error}): remove it yourself, "
            "or set MARKETFLOW_LANDING_URL to another"
        ) from None
    if is_removed:
        # Extract would otherwise believe that it has what is gone.
        for journal in settings.home.glob("extract.sqlite3*"):
            journal.unlink()
        shutil.rmtree(settings.home / "dlt", ignore_errors=True)


def _remove_sandbox(settings: Settings) -> bool:
    files, root = fsspec.core.url_to_fs(settings.landing_url, **settings.landing_options)
    stamp = f"{root}/{_ORIGIN}"
    try:
        origin = json.loads(files.cat_file(stamp)).get("origin")
    except FileNotFoundError:
        return False
    if origin != "sandbox":
        return False
    for entry in files.ls(root, detail=False):
        if entry.rsplit("/", 1)[-1].startswith("source="):
            files.rm(entry, recursive=True)
    files.rm_file(stamp)
    return True
