"""Processes that run in slices of a core."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.bench.slices import SLICES_OF_A_TURN, sliced

BUSY = "while True: pass"


@pytest.fixture
def busy_pids() -> Iterator[list[int]]:
    processes = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(2)]  # noqa: S603 -- our own
    try:
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0]


def test_processes_are_stopped_between_their_slices_and_go_on_afterwards(
    busy_pids: list[int],
) -> None:
    wanted = {(True, False), (False, True), (True, True)}  # who is stopped
    seen: set[tuple[bool, ...]] = set()
    with sliced(busy_pids):
        ends_s = time.monotonic() + 10
        while not wanted <= seen and time.monotonic() < ends_s:
            seen.add(tuple(state(pid) == "T" for pid in busy_pids))
    assert wanted <= seen
    assert "T" not in {state(pid) for pid in busy_pids}


def test_more_processes_than_slices_are_refused() -> None:
    with (
        pytest.raises(ValueError, match="5 processes, and 4 slices"),
        sliced(range(SLICES_OF_A_TURN + 1)),
    ):
        pass
