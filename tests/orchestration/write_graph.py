"""`python -m tests.orchestration.write_graph`: take the graph as it is now for the right one."""

from orchestration.definitions import build_definitions
from tests.orchestration.test_graph import SNAPSHOT, lines_of

if __name__ == "__main__":
    SNAPSHOT.write_text(lines_of(build_definitions().resolve_asset_graph()), encoding="utf-8")
