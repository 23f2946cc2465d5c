"""SQLite: WAL, `synchronous=FULL`, one writer thread that commits waiting writes together.

A write begins with BEGIN IMMEDIATE. Other processes may read and write the same file: their writes
take turns, in the order in which they came (`api/database/turns.py`).
"""

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import orjson
import sqlalchemy
from sqlalchemy.pool import NullPool

from api.database.interface import (
    WAITING_MAX,
    WRITE_TRIES,
    Database,
    DatabaseBusy,
    DatabaseRefused,
    json_text,
)
from api.database.turns import Turns
from api.runner import Compiled, Runner
from gamification.errors import Refusal

T = TypeVar("T")

GROUP_MAX = 64  # writes of one commit: beyond it the first would wait too long for the last
READERS = 4  # more threads than cores only wait for the interpreter's lock
BUSY_TIMEOUT_S = 10  # how long a write waits for another process's write
CACHE_KIB = 16_000  # of one connection
CACHE_ALL_KIB = 256_000  # of one that goes through everything
CHECKPOINT_PAGES = 1_000  # small checkpoints keep the slowest commits short


def sqlite_path(url: str) -> Path | None:
    """The file behind an SQLite address; None for other databases."""
    parsed = sqlalchemy.make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN and COMMIT are ours
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_S * 1000:.0f}")
    _keep_a_log(connection)
    for pragma in (
        "synchronous = FULL",
        "foreign_keys = ON",
        f"wal_autocheckpoint = {CHECKPOINT_PAGES}",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Set WAL, which needs a new file alone for a moment: SQLite's busy timeout does not wait."""
    give_up = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(0.01)
        else:
            return


def open_engine(url: str) -> sqlalchemy.Engine:
    """An engine whose connections are prepared as the module says. Raises DatabaseRefused."""
    engine = sqlalchemy.create_engine(
        url,
        poolclass=NullPool,
        json_serializer=json_text,
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


class _Statements:
    """Runs each statement at once."""

    __slots__ = ("_raw",)

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def read(self, compiled: Compiled, parameters: Any) -> list[Any]:
        return self._raw.execute(compiled.sql, parameters).fetchall()

    def write(self, compiled: Compiled, rows: Sequence[Any]) -> None:
        if len(rows) == 1:
            self._raw.execute(compiled.sql, rows[0])
        else:
            self._raw.executemany(compiled.sql, rows)

    def settle(self) -> None:
        """Nothing waits."""


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


class SqliteDatabase(Database):
    """One SQLite file. Raises DatabaseRefused for what is none.

    `turn_s_max`: how long a write waits for its turn among processes.
    """

    def __init__(self, url: str, *, turn_s_max: float = BUSY_TIMEOUT_S) -> None:
        super().__init__(url, open_engine(url), readers=READERS)
        self._turns = Turns(Path(self.name), wait_s_max=turn_s_max)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._write_lock = threading.Lock()
        self._queue: deque[_Waiting] = deque()

    @property
    def name(self) -> str:
        """The file's path."""
        return str(sqlite_path(self.url))

    async def write(self, function: Callable[[Runner], T]) -> T:
        """Run `function` in a write transaction; returns after the commit is on disk.

        Writes that wait at the same time are committed together, each in a savepoint of its own.
        """
        if len(self._queue) >= WAITING_MAX:
            raise DatabaseBusy(f"{len(self._queue)} writes wait already")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._queue.append(_Waiting(function=function, answer=answer, loop=loop))
        self._writer.submit(self._write_waiting)
        return await answer

    def read_now(self, function: Callable[[Runner], T]) -> T:
        """`read` in this thread."""
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

    def read_all_now(self, function: Callable[[Runner], T]) -> T:
        """`read_now` with room for more pages: rows of a member lie far apart."""
        self._runner().driver.execute(f"PRAGMA cache_size = -{CACHE_ALL_KIB}")
        return self.read_now(function)

    def write_now(self, function: Callable[[Runner], T]) -> T:
        """`write` in this thread."""
        for attempt in range(1, WRITE_TRIES + 1):
            try:
                with self._write_lock, self._turns.taken():
                    return self._write_once(function)
            except sqlite3.IntegrityError:
                if attempt == WRITE_TRIES:
                    raise
            except sqlite3.DatabaseError as error:
                raise DatabaseBusy(str(error)) from error
        raise AssertionError("the loop returns or raises")

    def _write_waiting(self) -> None:
        """Write what waits: nothing, when an earlier turn took it along."""
        group = [self._queue.popleft() for _ in range(min(len(self._queue), GROUP_MAX))]
        outcomes = self._write_group([each.function for each in group])
        for each, outcome in zip(group, outcomes, strict=True):
            with suppress(RuntimeError):  # its loop is closed: nobody waits any more
                each.loop.call_soon_threadsafe(_settle, each.answer, outcome)

    def _write_group(self, functions: list[Callable[[Runner], Any]]) -> list[_Outcome]:
        """Commit writes together; what goes wrong but a refusal undoes all, and each goes alone."""
        if len(functions) > 1:
            try:
                # What goes wrong within is not told: alone, each finds its own error.
                with self._write_lock, self._turns.taken(), suppress(Exception):
                    return self._write_once(lambda runner: [_part(runner, f) for f in functions])
            except DatabaseBusy as busy:  # no turn came, and alone none would come sooner
                return [_Outcome(error=busy)] * len(functions)
        return [_outcome(partial(self.write_now, function)) for function in functions]

    def _write_once(self, function: Callable[[Runner], T]) -> T:
        runner = self._runner()
        raw = runner.driver
        try:
            raw.execute("BEGIN IMMEDIATE")
            result = function(runner)
            raw.execute("COMMIT")
            self.after_write()
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
        connection = self._connection()
        raw: Any = connection.connection.driver_connection
        return Runner(connection, _Statements(raw), self._cache, self.engine.dialect)

    def close(self) -> None:
        """Wait for what runs, then close every connection."""
        self._writer.shutdown()
        super().close()
        self._turns.close()
