"""The declared resources, collected from the folders of the sources.

A folder below `ingestion/sources` with a module `tables` is a source; nothing else need know it.
"""

import importlib
import pkgutil
from functools import cache

from ingestion import sources
from ingestion.shapes import Resource
from warehouse.errors import UsageError


@cache
def source_names() -> tuple[str, ...]:
    """Return the sources, in alphabetical order."""
    return tuple(
        sorted(module.name for module in pkgutil.iter_modules(sources.__path__) if module.ispkg)
    )


@cache
def resources(source: str | None = None) -> tuple[Resource, ...]:
    """Return the resources of all sources, or of one.

    Raises:
        UsageError: there is no such source.
    """
    if source is None:
        return tuple(found for name in source_names() for found in resources(name))
    if source not in source_names():
        raise UsageError(
            f"there is no source {source!r}: the sources are {', '.join(source_names())}"
        )
    module = importlib.import_module(f"{sources.__name__}.{source}.tables")
    declared: tuple[Resource, ...] = module.RESOURCES
    return declared


def resource(source: str, name: str) -> Resource:
    """Return a resource.

    Raises:
        UsageError: there is none of that name.
    """
    for found in resources(source):
        if found.name == name:
            return found
    known = ", ".join(f"{source}.{found.name}" for found in resources(source))
    raise UsageError(f"there is no resource {source}.{name}: there are {known}")
