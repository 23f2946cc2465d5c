"""What the rest of the edge sees of a database: `await database.read(fn)` and `.write(fn)`."""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
import sqlalchemy

from api.runner import Compiled, Runner

T = TypeVar("T")

WRITE_TRIES = 5  # a lost race: the next try sees the winner
WAITING_MAX = (
    5_000  # reads and writes that wait their turn; beyond it an answer would come too late
)


class DatabaseRefused(Exception):  # noqa: N818 -- a clear answer at the start, not a fault
    """The database cannot be used; the message says which and why."""


class DatabaseBusy(Exception):  # noqa: N818 -- an answer that asks to come again
    """The database could not take the write now; nothing was changed.

    Unless its answer to a commit was lost: then a second try with the same key finds out.
    """


def json_text(value: Any) -> str:
    """JSON as it is stored."""
    return orjson.dumps(value).decode()


def _nothing() -> None:
    """Nobody asked to know."""


class Database(ABC):
    """One database. The synchronous halves serve the command line and the worker's threads.

    A function given to `write` may run more than once, so it has no effect outside its
    connection. Each thread has a connection of its own. `after_write` is called after each commit,
    in the thread that writes: it does next to nothing.
    """

    def __init__(self, url: str, engine: sqlalchemy.Engine, *, readers: int) -> None:
        self.url = url
        self.engine = engine
        self._cache: dict[int, Compiled] = {}
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: set[sqlalchemy.Connection] = set()
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._waiting = 0
        self.after_write: Callable[[], None] = _nothing

    @property
    @abstractmethod
    def name(self) -> str:
        """How messages name it: never with a password."""

    async def read(self, function: Callable[[Runner], T]) -> T:
        """Run `function` in a read transaction of a reader thread. Raises DatabaseBusy."""
        return await self._in_turn(self._readers, self.read_now, function)

    @abstractmethod
    async def write(self, function: Callable[[Runner], T]) -> T:
        """Run `function` in a write transaction; returns after the commit is on disk.

        Raises DatabaseBusy when nothing could be written.
        """

    @abstractmethod
    def read_now(self, function: Callable[[Runner], T]) -> T:
        """`read` in this thread."""

    def read_all_now(self, function: Callable[[Runner], T]) -> T:
        """`read_now` of a function that goes through most of the database."""
        return self.read_now(function)

    @abstractmethod
    def write_now(self, function: Callable[[Runner], T]) -> T:
        """`write` in this thread."""

    async def _in_turn(
        self,
        threads: ThreadPoolExecutor,
        run: Callable[[Callable[[Runner], T]], T],
        function: Callable[[Runner], T],
    ) -> T:
        if self._waiting >= WAITING_MAX:
            raise DatabaseBusy(f"{self._waiting} wait already")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(threads, run, function)
        finally:
            self._waiting -= 1

    def _connection(self) -> sqlalchemy.Connection:
        """The connection of this thread. Raises DatabaseBusy."""
        connection: sqlalchemy.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = self.engine.connect()
            except sqlalchemy.exc.DBAPIError as error:
                raise DatabaseBusy(str(error.orig)) from error
            self._local.connection = connection
            with self._lock:
                self._open.add(connection)
        return connection

    def _drop_connection(self) -> None:
        """Let this thread's connection go; its next statement opens another."""
        connection = self._connection()
        self._local.connection = None
        with self._lock:
            self._open.discard(connection)
        connection.invalidate()
        connection.close()

    def close(self) -> None:
        """Wait for what runs, then close every connection."""
        self._readers.shutdown()
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self.engine.dispose()
