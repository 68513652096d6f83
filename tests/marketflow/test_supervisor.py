"""Services that run, end by themselves, refuse to end, and are left behind."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from marketflow import supervisor
from marketflow.supervisor import Service, ServiceError, Supervisor, leader, read_state

SLEEP = "import time; print('here', flush=True); time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"


def service(name: str, program: str, is_ready: Callable[[], bool] = lambda: True) -> Service:
    return Service(name, [sys.executable, "-c", program], is_ready)


def test_stop_ends_every_service_and_what_it_said_is_shown(tmp_path: Path) -> None:
    said: list[tuple[str, str]] = []
    both_spoke = threading.Event()

    def tell(name: str, line: str) -> None:
        said.append((name, line))
        if len(said) == 2:
            both_spoke.set()

    runner = Supervisor(tmp_path / "up.json", tell)
    living: list[supervisor.Leader] = []

    def when_ready() -> None:
        living.extend(read_state(tmp_path / "up.json")[1])
        both_spoke.wait(timeout=30)
        runner.stop()

    runner.run([service("one", SLEEP), service("two", SLEEP)], when_ready)

    assert sorted(said) == [("one", "here"), ("two", "here")]
    assert len(living) == 2
    assert not any(each.is_alive for each in living)
    assert not (tmp_path / "up.json").exists()


def test_a_service_that_ends_by_itself_ends_the_others(tmp_path: Path) -> None:
    runner = Supervisor(tmp_path / "up.json", lambda _name, _line: None)
    living: list[supervisor.Leader] = []

    with pytest.raises(ServiceError, match=r"short ended by itself \(exit code 7\)"):
        runner.run(
            [service("long", SLEEP), service("short", "raise SystemExit(7)")],
            lambda: living.extend(read_state(tmp_path / "up.json")[1]),
        )

    assert not any(each.is_alive for each in living)


def test_a_service_that_never_answers_is_named(tmp_path: Path) -> None:
    runner = Supervisor(tmp_path / "up.json", lambda _name, _line: None, ready_seconds=0.5)

    with pytest.raises(ServiceError, match="mute did not answer"):
        runner.run([service("mute", SLEEP, lambda: False)], lambda: None)


def test_a_service_that_ignores_sigterm_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "GRACE_SECONDS", 0.5)
    spoke = threading.Event()
    runner = Supervisor(tmp_path / "up.json", lambda _name, _line: spoke.set())
    living: list[supervisor.Leader] = []

    def when_ready() -> None:
        spoke.wait(timeout=30)
        living.extend(read_state(tmp_path / "up.json")[1])
        runner.stop()

    runner.run([service("stubborn", STUBBORN)], when_ready)

    assert len(living) == 1
    assert not living[0].is_alive


def test_what_a_killed_supervisor_left_behind_is_found(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path\n"
        "from marketflow.supervisor import Service, Supervisor\n"
        f"service = Service('orphan', [sys.executable, '-c', {SLEEP!r}], lambda: True)\n"
        f"runner = Supervisor(Path({str(tmp_path / 'up.json')!r}), lambda name, line: None)\n"
        "runner.run([service], lambda: print('ready', flush=True))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        process.wait()

    found, orphans = read_state(tmp_path / "up.json")
    supervisor.end(orphans)

    assert found is None
    assert len(orphans) == 1
    assert not orphans[0].is_alive


def test_a_process_number_that_was_used_again_is_not_taken_for_ours() -> None:
    ours = leader(os.getpid())
    earlier = supervisor.Leader(ours.pid, "1")

    assert ours.is_alive
    assert not earlier.is_alive


def test_signals_that_a_shell_ignored_stop_it_all_the_same() -> None:
    stopped = threading.Event()
    kept = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with supervisor.stopped_by_signals(stopped.set):
            os.kill(os.getpid(), signal.SIGINT)
            assert stopped.wait(timeout=5)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, kept)
