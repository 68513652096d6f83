import pytest

from warehouse.embedded import tuning

GIGABYTE = 1024**3


@pytest.mark.parametrize(
    ("memory", "expected"),
    [
        (GIGABYTE // 4, {"shared_buffers": "128MB", "work_mem": "8MB", "max_wal_size": "1024MB"}),
        (4 * GIGABYTE, {"shared_buffers": "1024MB", "work_mem": "32MB", "max_wal_size": "1024MB"}),
        (16 * GIGABYTE, {"shared_buffers": "4096MB", "maintenance_work_mem": "1024MB"}),
        (512 * GIGABYTE, {"shared_buffers": "8192MB", "work_mem": "256MB"}),
    ],
)
def test_memory_is_shared_within_bounds(memory: int, expected: dict[str, str]) -> None:
    found = tuning.settings(memory, 2)

    assert {name: found[name] for name in expected} == expected
    assert found["wal_level"] == "minimal"
    assert found["max_wal_senders"] == "0"


def test_this_machine_has_memory_and_processors() -> None:
    assert tuning.machine_memory() > GIGABYTE // 8
    assert tuning.machine_processors() >= 1
