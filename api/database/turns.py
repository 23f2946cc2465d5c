"""Turns: of the processes that write one SQLite file, each goes in the order in which it came.

SQLite sleeps and tries again when another process writes, so that who has just written mostly
writes again, and who sleeps may do so for seconds. A single lock file is not fair either: who lets
go of it takes it again before the one that waits was woken. So there are two. Who is next holds
`<database>.next` while it waits for `<database>.turn`, and the last writer comes after that.

This is about fairness alone: BEGIN IMMEDIATE keeps writes apart, also from those who take no turn.
The system lets go of both locks when a process dies. The files are empty and stay.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from api.database.interface import DatabaseBusy

try:
    import fcntl
except ImportError:  # not on Windows, where SQLite's own waiting has to do
    fcntl = None  # type: ignore[assignment]  # its absence is what is asked below

SUFFIXES = (".next", ".turn")
"""What the two files are called after their database."""


class Turns:
    """The turns of one database in one process, whose writers ask one at a time.

    Where the files cannot be made or locked (a folder that may only be read), there are no turns.
    """

    def __init__(self, database: Path, *, wait_s_max: float) -> None:
        self._database = database
        self._wait_s_max = wait_s_max
        self._files: list[int] = []
        self._changed = threading.Condition()
        self._is_queued = False  # a thread waits for the turn
        self._is_wanted = False  # and somebody for the thread
        self._is_closed = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the turn until the block ends. Raises DatabaseBusy when it did not come in time."""
        if not self._has_files():
            yield
            return
        self._take()
        try:
            yield
        finally:
            self._let_go(1)

    def _has_files(self) -> bool:
        if not self._files and fcntl is not None:
            with suppress(OSError):
                # For those who may open the database, as its log is.
                mode = self._database.stat().st_mode & 0o666
                for suffix in SUFFIXES:
                    path = self._database.with_name(self._database.name + suffix)
                    self._files.append(os.open(path, os.O_RDONLY | os.O_CREAT, mode))
                return True
            self._close_files()
        return bool(self._files)

    def _take(self) -> None:
        with self._changed:
            if not self._is_queued:
                if self._locks(0, fcntl.LOCK_NB) and self._locks(1, fcntl.LOCK_NB):
                    self._let_go(0)
                    return
                self._is_queued = True
                # The system's wait has no time limit, so a thread does it. One that waits still
                # when its time is over keeps its place for the next to ask.
                threading.Thread(target=self._queue, name="turn", daemon=True).start()
            self._is_wanted = True
            try:
                if not self._changed.wait_for(lambda: not self._is_queued, self._wait_s_max):
                    raise DatabaseBusy(f"another process has written for {self._wait_s_max:g} s")
            finally:
                self._is_wanted = False

    def _queue(self) -> None:
        self._locks(0)
        self._locks(1)
        self._let_go(0)
        with self._changed:
            self._is_queued = False
            if not self._is_wanted:
                self._let_go(1)
            if self._is_closed:
                self._close_files()
            self._changed.notify()

    def _locks(self, which: int, flags: int = 0) -> bool:
        """Take one of the locks; False for one that cannot be had at once, when that is asked."""
        try:
            fcntl.flock(self._files[which], fcntl.LOCK_EX | flags)
        except BlockingIOError:
            return False
        except OSError:  # a disk that knows no locks: there are no turns on it
            return True
        return True

    def _let_go(self, which: int) -> None:
        with suppress(OSError):
            fcntl.flock(self._files[which], fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the files; a thread that waits for one of them does it when it is woken."""
        with self._changed:
            self._is_closed = True
            if not self._is_queued:
                self._close_files()

    def _close_files(self) -> None:
        while self._files:
            os.close(self._files.pop())
