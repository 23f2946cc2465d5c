"""Engine slots: the right to run the engine's jobs under one name, held by one process at a time.

Two engines of one name would run each other's jobs, and the jobs of a name that never comes back
would lie for ever. On SQLite there is one slot: a lock on the file `<database>.lock`. On
PostgreSQL a slot is an advisory lock: a process takes a free one, and looks after those that
nobody holds. The system lets go of either at a crash, and PostgreSQL also when the connection is
cut: whoever has a slot there asks again and again whether it holds it still.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, auto
from pathlib import Path
from typing import Any, Protocol

import psycopg

from api.database import DatabaseRefused, sqlite_path
from api.database.postgresql import LOCK_FAMILY, connect, first_line, shown_url

try:
    import fcntl
except ImportError:  # not on Windows, where two engines are up to whoever starts them
    fcntl = None  # type: ignore[assignment]  # its absence is what is asked below

EMBEDDED = "embedded"  # the one slot of an SQLite file
SLOTS_MAX = 64  # worker processes of one database: far more than it can feed
PREFIX = "slot-"
ENDED_MS_MAX = 1_000  # what a connection given up by us gets to end at the server

# The engine's own table: whose jobs were begun and not finished.
_BUSY = "SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'"
_MYSELF = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
_END = """
    SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity
    WHERE pid = %s AND backend_start = %s
"""


class Holding(Enum):
    """How it stands with a slot."""

    HELD = auto()
    TAKEN = auto()
    """Lost, and another process has it: nothing may run under its name here any more."""
    UNKNOWN = auto()
    """The database does not answer; another process may take it before it does."""


class Slot(Protocol):
    """`executor_id` is no other process's while this one holds it."""

    executor_id: str

    def holds(self) -> Holding:
        """How it stands now: what a lost connection held is taken again, if nobody was faster."""
        ...

    def has_nobody(self, executor_id: str) -> bool:
        """Whether no process holds another slot. It is let go of again at once."""
        ...


@contextmanager
def engine_slot(url: str) -> Iterator[Slot]:
    """Hold a slot of a database until the block ends. Raises DatabaseRefused when none is free."""
    path = sqlite_path(url)
    if path is None:
        slot = _AdvisorySlot(url)
        try:
            yield slot
        finally:
            slot.close()
    else:
        with _locked(path):
            yield OnlySlot()


class OnlySlot:
    """The one slot of an SQLite file, and of a process that is alone with its database."""

    executor_id = EMBEDDED

    def holds(self) -> Holding:
        """As long as the process lives."""
        return Holding.HELD

    def has_nobody(self, executor_id: str) -> bool:  # noqa: ARG002 -- there is no other
        """There is no other slot."""
        return False


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    path = database.with_name(f"{database.name}.lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise DatabaseRefused(
                    f"{database}: another worker of ours uses it; `regulars serve --no-work` "
                    "serves beside it"
                ) from error
        yield
    finally:
        os.close(handle)


class _AdvisorySlot:
    """A slot on PostgreSQL, on a connection of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._is_closed = False  # who still asks then must not take it again
        self._connection = connect(url)
        try:
            self._number = self._first_free()
            self._holder = self._myself()
        except BaseException as error:
            self._connection.close()
            if isinstance(error, psycopg.Error):
                raise DatabaseRefused(f"{shown_url(url)}: {first_line(error)}") from error
            raise
        self.executor_id = f"{PREFIX}{self._number}"

    def _first_free(self) -> int:
        """Take one. Where jobs lie whose process may only have lost its connection is tried last.

        They are taken up by `Engine.rescue`, should nobody come back for them.
        """
        try:
            busy = {name for (name,) in self._connection.execute(_BUSY)}
        except psycopg.errors.UndefinedTable:  # before the engine's first start
            busy = set()
        for number in sorted(range(1, SLOTS_MAX + 1), key=lambda n: f"{PREFIX}{n}" in busy):
            if self._takes(number):
                return number
        raise DatabaseRefused(f"{shown_url(self._url)}: all {SLOTS_MAX} engine slots are taken")

    def holds(self) -> Holding:
        with self._lock:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.Error:
                return Holding.UNKNOWN if self._is_closed else self._take_again()
            return Holding.HELD

    def _take_again(self) -> Holding:
        self._connection.close()
        try:
            self._connection = connect(self._url)
            # The server may not have noticed that we were cut off, and keep the lock for nobody.
            ended = self._connection.execute(_END, (ENDED_MS_MAX, *self._holder)).fetchone()
            if self._takes(self._number):
                self._holder = self._myself()
                return Holding.HELD
            holding = Holding.TAKEN if ended is None or ended[0] else Holding.UNKNOWN
        except (psycopg.Error, DatabaseRefused):
            holding = Holding.UNKNOWN
        # One that stays open would answer the next question, and hold nothing.
        self._connection.close()
        return holding

    def has_nobody(self, executor_id: str) -> bool:
        number = executor_id.removeprefix(PREFIX)
        if executor_id == self.executor_id or not number.isdecimal():
            return False
        with self._lock:
            try:
                free = self._takes(int(number))
                if free:
                    self._ask("SELECT pg_advisory_unlock(%s, %s)", int(number))
            except psycopg.Error:  # `holds` tells of it
                return False
            return free

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._connection.close()

    def _myself(self) -> tuple[Any, ...]:
        """Our connection as the server knows it; a process number alone may come back."""
        return self._connection.execute(_MYSELF).fetchone() or (0, None)

    def _takes(self, number: int) -> bool:
        return bool(self._ask("SELECT pg_try_advisory_lock(%s, %s)", number))

    def _ask(self, statement: str, number: int) -> Any:
        row = self._connection.execute(statement, (LOCK_FAMILY, number)).fetchone()
        return row[0] if row else None
