"""The database at the edge: `await database.read(fn)` and `await database.write(fn)`.

SQLite: WAL, `synchronous=FULL`, foreign keys on, one writer thread, readers with connections of
their own. A write begins with BEGIN IMMEDIATE and may run more than once, so a function given to
`write` has no effect outside its connection.
"""

import asyncio
import sqlite3
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
import sqlalchemy
from sqlalchemy.pool import NullPool

from api.runner import Compiled, Runner
from gamification.errors import Refusal

T = TypeVar("T")

GROUP_MAX = 64  # writes of one commit: beyond it the first would wait too long for the last
READERS = 4  # more threads than cores only wait for the interpreter's lock
BUSY_TIMEOUT_S = 10  # how long a write waits for another process's write
CHECKPOINT_PAGES = 1_000  # small checkpoints keep the slowest commits short
WRITE_TRIES = 3  # an integrity error may be a lost race: the second try sees the winner


class DatabaseRefused(Exception):  # noqa: N818 -- a clear answer at the start, not a fault
    """The database cannot be used; the message says which and why."""


class DatabaseBusy(Exception):  # noqa: N818 -- an answer that asks to come again
    """The database could not take the write now; nothing was changed."""


def sqlite_path(url: str) -> Path | None:
    """The file behind an SQLite address; None for other databases."""
    parsed = sqlalchemy.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN and COMMIT are ours
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
        "cache_size = -16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def open_engine(url: str) -> sqlalchemy.Engine:
    """An engine whose connections are prepared as the module says. Raises DatabaseRefused."""
    engine = sqlalchemy.create_engine(
        url,
        poolclass=NullPool,
        json_serializer=_json,
        json_deserializer=orjson.loads,
        connect_args={"check_same_thread": False},
    )
    sqlalchemy.event.listen(engine, "connect", _prepare)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
    except sqlalchemy.exc.DBAPIError as error:
        raise DatabaseRefused(f"{sqlite_path(url)}: {error.orig}") from error
    return engine


@dataclass(frozen=True, kw_only=True, slots=True)
class _Outcome:
    """What a write gave, or what it raised."""

    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    """A write in the queue, and who waits for it on which loop."""

    function: Callable[[Runner], Any]
    answer: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


def _outcome(write: Callable[[], Any]) -> _Outcome:
    try:
        return _Outcome(value=write())
    except BaseException as error:  # noqa: BLE001 -- raised again where it is waited for
        return _Outcome(error=error)


def _part(runner: Runner, function: Callable[[Runner], Any]) -> _Outcome:
    """One write of a group. A refusal undoes it alone; any other error is raised."""
    try:
        with runner.savepoint():
            return _Outcome(value=function(runner))
    except Refusal as refusal:
        # SQLite may have ended the whole transaction by itself (a full disk does).
        if not runner.driver.in_transaction:
            raise
        return _Outcome(error=refusal)


def _settle(answer: asyncio.Future[Any], outcome: _Outcome) -> None:
    if answer.done():  # its request was given up
        return
    if outcome.error is None:
        answer.set_result(outcome.value)
    else:
        answer.set_exception(outcome.error)


class Database:
    """One database. The synchronous halves serve the command line and the worker's threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = open_engine(url)
        self._cache: dict[int, Compiled] = {}
        self._local = threading.local()
        self._lock = threading.Lock()
        self._open: list[sqlalchemy.Connection] = []
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._write_lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()

    async def read(self, function: Callable[[Runner], T]) -> T:
        """Run `function` in a read transaction of a reader thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._readers, self.read_now, function)

    async def write(self, function: Callable[[Runner], T]) -> T:
        """Run `function` in a write transaction; returns after the commit is on disk.

        Writes that wait at the same time are committed together, each in a savepoint of its own.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append(_Waiting(function=function, answer=answer, loop=loop))
        self._writer.submit(self._write_waiting)
        return await answer

    def read_now(self, function: Callable[[Runner], T]) -> T:
        """`read` in this thread. Raises DatabaseBusy when nothing could be read."""
        runner = self._runner()
        raw = runner.driver
        try:
            raw.execute("BEGIN")
            return function(runner)
        except sqlite3.DatabaseError as error:
            raise DatabaseBusy(str(error)) from error
        finally:
            if raw.in_transaction:
                raw.execute("ROLLBACK")

    def write_now(self, function: Callable[[Runner], T]) -> T:
        """`write` in this thread. Raises DatabaseBusy when nothing could be written."""
        for attempt in range(1, WRITE_TRIES + 1):
            try:
                with self._write_lock:
                    return self._write_once(function)
            except sqlite3.IntegrityError:
                if attempt == WRITE_TRIES:
                    raise
            except sqlite3.DatabaseError as error:
                raise DatabaseBusy(str(error)) from error
        raise AssertionError("the loop returns or raises")

    def _write_waiting(self) -> None:
        """Write what waits: nothing, when an earlier turn took it along."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_MAX))]
        outcomes = self._write_group([each.function for each in group])
        for each, outcome in zip(group, outcomes, strict=True):
            with suppress(RuntimeError):  # its loop is closed: nobody waits any more
                each.loop.call_soon_threadsafe(_settle, each.answer, outcome)

    def _write_group(self, functions: list[Callable[[Runner], Any]]) -> list[_Outcome]:
        """Commit writes together; what goes wrong but a refusal undoes all, and each goes alone."""
        if len(functions) > 1:
            with suppress(Exception), self._write_lock:  # alone, each finds its own error
                return self._write_once(lambda runner: [_part(runner, f) for f in functions])
        return [_outcome(partial(self.write_now, function)) for function in functions]

    def _write_once(self, function: Callable[[Runner], T]) -> T:
        runner = self._runner()
        raw = runner.driver
        raw.execute("BEGIN IMMEDIATE")
        try:
            result = function(runner)
            raw.execute("COMMIT")
        except BaseException:
            # SQLite may have ended the transaction by itself (a full disk does).
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        finally:
            # The engine's statements make SQLAlchemy think that it began a transaction, which
            # ended above unseen by it: with nothing open, this only lets it know.
            if runner.sqlalchemy.in_transaction():
                runner.sqlalchemy.rollback()
        return result

    def _runner(self) -> Runner:
        connection = getattr(self._local, "connection", None)
        if connection is None:
            try:
                connection = self.engine.connect()
            except sqlalchemy.exc.DBAPIError as error:
                raise DatabaseBusy(str(error.orig)) from error
            self._local.connection = connection
            with self._lock:
                self._open.append(connection)
        return Runner(connection, self._cache, self.engine.dialect)

    def close(self) -> None:
        """Wait for what runs, then close every connection."""
        self._writer.shutdown()
        self._readers.shutdown()
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
        self.engine.dispose()
