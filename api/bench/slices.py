"""Slow cores of their own for processes, where the machine has no core left for each.

Every process runs for one slice of each turn, and is stopped for the rest. So two processes have
twice what one has, and the database and whoever measures keep what is left.
"""

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.synchronize import Event

SLICE_S = 0.01
START_S_MAX = 60.0
SLICES_OF_A_TURN = 4  # a process has this part of a core; so many can take turns at most

_spawn = multiprocessing.get_context("spawn")


@contextmanager
def sliced(pids: Sequence[int]) -> Iterator[None]:
    """Let each of the processes run in its own slice only, until the block ends."""
    if len(pids) > SLICES_OF_A_TURN:
        raise ValueError(f"{len(pids)} processes, and {SLICES_OF_A_TURN} slices")
    begun, ended = _spawn.Event(), _spawn.Event()
    # In a process of its own: whoever measures is too busy to keep time.
    child = _spawn.Process(target=_take_turns, args=(tuple(pids), begun, ended), daemon=True)
    child.start()
    try:
        if not begun.wait(START_S_MAX):
            raise TimeoutError(f"no turn was taken within {START_S_MAX:.0f} s")
        yield
    finally:
        ended.set()
        child.join()
        _tell(pids, signal.SIGCONT)


def _take_turns(pids: Sequence[int], begun: Event, ended: Event) -> None:
    _tell(pids, signal.SIGSTOP)
    begun.set()
    while not ended.is_set():
        for pid in pids:
            _tell((pid,), signal.SIGCONT)
            time.sleep(SLICE_S)
            _tell((pid,), signal.SIGSTOP)
        time.sleep(SLICE_S * (SLICES_OF_A_TURN - len(pids)))


def _tell(pids: Sequence[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has ended; the measure of it will tell
            os.kill(pid, what)
