"""A landed body to its rows, whoever brought it: a provider or a person."""

import importlib

from ingestion import csv_bodies
from ingestion.landing import Sidecar
from ingestion.parsing import ParseContext, Parsed
from ingestion.shapes import Resource


def parse(resource: Resource, body: bytes, sidecar: Sidecar, context: ParseContext) -> Parsed:
    """Return the rows of a landed body.

    Raises:
        ShapeError: it is not what the provider promises.
        CsvError: it is a file that cannot be read.
    """
    if sidecar.is_file:
        return csv_bodies.parse(resource, body, sidecar, context)
    module = importlib.import_module(f"ingestion.sources.{resource.source}.parsing")
    parsed: Parsed = module.parse(resource.name, body, sidecar, context)
    return parsed
