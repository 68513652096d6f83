"""What tests of ingestion share."""

from collections.abc import Iterator

import pytest

from tests.ingestion import object_store
from tests.ingestion.object_store import ObjectStore


@pytest.fixture(scope="session")
def store() -> Iterator[ObjectStore]:
    """An S3 API on loopback."""
    with object_store.running() as running:
        yield running
