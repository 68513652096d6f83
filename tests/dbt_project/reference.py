"""Where the shared reference data lies, which is no part of the repository."""

import pytest

from warehouse.settings import PROJECT_ROOT

REFERENCE = PROJECT_ROOT.parent / "shared" / "reference"

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="../shared/reference, with the values to compare, is not here"
)
