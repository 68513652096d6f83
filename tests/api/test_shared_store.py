"""What the workers of one machine count together."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from api.services.shared_store import SharedStore
from tests.conftest import SettingsFactory

WORKERS = 8
ROUNDS = 10


def test_workers_that_begin_together_count_every_request(
    settings_for: SettingsFactory, tmp_path: Path
) -> None:
    for number in range(ROUNDS):
        settings = settings_for(tmp_path / str(number))
        together = Barrier(WORKERS)

        def count(store: SharedStore, together: Barrier = together) -> int:
            together.wait()
            return store.count("caller", window=1, seconds=60)

        stores = [SharedStore(settings) for _ in range(WORKERS)]
        with ThreadPoolExecutor(WORKERS) as pool:
            counts = list(pool.map(count, stores))
        for store in stores:
            store.close()
        assert sorted(counts) == list(range(1, WORKERS + 1))
