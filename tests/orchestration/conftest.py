"""The definitions, loaded once as on a fresh clone: no database, no profiles.yml, no key."""

import dagster as dg
import pytest

from orchestration.definitions import build_definitions
from tests.conftest import SettingsFactory


@pytest.fixture(scope="session")
def definitions(
    tmp_path_factory: pytest.TempPathFactory, settings_for: SettingsFactory
) -> dg.Definitions:
    """What Dagster loads."""
    settings = settings_for(tmp_path_factory.mktemp("definitions"))
    return build_definitions(lambda: settings)
