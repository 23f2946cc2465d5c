"""Stopping between batches when someone presses Ctrl-C."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_asked() -> Iterator[Callable[[], bool]]:
    """Tells whether SIGINT or SIGTERM came. A second one acts as it did before.

    Outside the main thread no signal can be caught, and the answer stays False.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {sign: signal.getsignal(sign) for sign in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for sign, handler in before.items():
            signal.signal(sign, handler)

    def stop(_sign: int, _frame: FrameType | None) -> None:
        asked.set()
        restore()

    for sign in before:
        signal.signal(sign, stop)
    try:
        yield asked.is_set
    finally:
        restore()
