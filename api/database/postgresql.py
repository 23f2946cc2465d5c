"""PostgreSQL through psycopg: any number of processes, each with a few connections.

READ COMMITTED for writes, whose actions lock the member they are about; one snapshot for reads.
Lost races, deadlocks and lost connections are tried again, unless a commit was sent already.
"""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

import orjson
import psycopg
import sqlalchemy
from psycopg import errors
from psycopg.types.json import set_json_dumps, set_json_loads
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.pool import NullPool

from api.database.interface import WRITE_TRIES, Database, DatabaseBusy, DatabaseRefused
from api.database.wire import Wire
from api.runner import Runner

T = TypeVar("T")

READERS = 4  # connections of one process that read; more only wait for the interpreter's lock
WRITERS = 8  # that write: while one waits for its commit or a member's lock, others go on
CONNECT_TIMEOUT_S = 5
LOCK_TIMEOUT_S = 10  # how long a write waits for another one of the same member
IDLE_TIMEOUT_S = 60  # of a transaction whose process hangs: its locks are let go
LOST_AFTER_S = 10  # without an answer from the host
PAUSE_S_MAX = 0.05  # before a lost race is tried again, so that the two don't meet again

ENCODING = "UTF8"  # others have no letters for some names

LOCK_FAMILY = 5_207_001  # the first half of our advisory locks, apart from another program's

_OPTIONS = (
    f"-c timezone=UTC -c lock_timeout={LOCK_TIMEOUT_S}s"
    f" -c idle_in_transaction_session_timeout={IDLE_TIMEOUT_S}s"
    # Statements are of one member: a plan made once is as good as one made anew each time.
    " -c plan_cache_mode=force_generic_plan -c jit=off"
)
# How every connection is made, the engine's too.
CONNECT: dict[str, Any] = {
    "connect_timeout": CONNECT_TIMEOUT_S,
    "tcp_user_timeout": LOST_AFTER_S * 1000,
    "keepalives_idle": LOST_AFTER_S // 2,
    "keepalives_interval": 1,
    "keepalives_count": LOST_AFTER_S // 2,
    "application_name": "regulars",
}
# A unique value that another write took first; the second is how `insert_once_into` says it.
_TAKEN = (errors.IntegrityError, errors.DivisionByZero)
_LOST_RACES = (*_TAKEN, errors.DeadlockDetected, errors.SerializationFailure)
# What passes by itself, or when someone mends the server; the rest would be a fault of ours.
_PASSING = (
    errors.OperationalError,
    errors.InterfaceError,
    errors.ReadOnlySqlTransaction,
    errors.IdleInTransactionSessionTimeout,
    errors.UndefinedTable,  # tables that are not ours, or not any more
    errors.UndefinedColumn,
    errors.InsufficientPrivilege,
)
_BEGIN_READ = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


def psycopg_url(url: str) -> sqlalchemy.URL:
    """The address with its driver named, whichever way it was written."""
    return sqlalchemy.make_url(url).set(drivername="postgresql+psycopg")


def shown_url(url: str) -> str:
    """The address as messages show it: without its password."""
    address = psycopg_url(url).set(drivername="postgresql")
    return address.difference_update_query(["password", "sslpassword"]).render_as_string()


def _prepare(connection: psycopg.Connection[Any], _record: object) -> None:
    connection.autocommit = True  # BEGIN and COMMIT are ours
    # psycopg would forget what it prepared after a rollback by DEALLOCATE ALL, and ours with it.
    connection.prepare_threshold = None
    set_json_dumps(orjson.dumps, connection)
    set_json_loads(orjson.loads, connection)


def _arguments(url: str) -> dict[str, Any]:
    """What the driver is given for a connection of ours.

    The address's own `options` stand before ours, of which the last one counts: what the
    transactions here rest on holds, whatever the address says.
    """
    address = psycopg_url(url)
    _, given = address.get_dialect()().create_connect_args(address)
    own = given.get("options", "")
    options = " ".join((*([own] if isinstance(own, str) else own), _OPTIONS))
    return {**given, **CONNECT, "options": options}


def open_engine(url: str) -> sqlalchemy.Engine:
    """An engine whose connections are prepared as the module says. Raises DatabaseRefused."""
    engine = sqlalchemy.create_engine(
        psycopg_url(url), poolclass=NullPool, connect_args=_arguments(url)
    )
    sqlalchemy.event.listen(engine, "connect", _prepare)
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            encoding = raw.info.parameter_status("server_encoding")
    except sqlalchemy.exc.DBAPIError as error:
        raise DatabaseRefused(f"{shown_url(url)}: {first_line(error.orig)}") from error
    if encoding != ENCODING:
        raise DatabaseRefused(
            f"{shown_url(url)}: its encoding is {encoding}, and names need {ENCODING}"
        )
    return engine


def connect(url: str) -> psycopg.Connection[Any]:
    """A connection in autocommit, outside of any pool. Raises DatabaseRefused."""
    try:
        return psycopg.connect(autocommit=True, **_arguments(url))
    except psycopg.Error as error:
        raise DatabaseRefused(f"{shown_url(url)}: {first_line(error)}") from error


async def connect_async(url: str) -> psycopg.AsyncConnection[Any]:
    """`connect` for a loop. Raises psycopg's own errors."""
    return await psycopg.AsyncConnection.connect(autocommit=True, **_arguments(url))


def first_line(error: object) -> str:
    """What an error says, without what the server has to say about it."""
    return str(error).strip().partition("\n")[0]


class _LostEarly(Exception):  # noqa: N818 -- never seen outside
    """The connection was lost before a commit was sent: another one may try the same again."""


class PostgresqlDatabase(Database):
    """One PostgreSQL database. Raises DatabaseRefused when it cannot be reached at the start."""

    def __init__(self, url: str) -> None:
        super().__init__(url, open_engine(url), readers=READERS)
        self._writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="writer")
        # The driver is given its own form of parameters at once: $1, $2 …
        self._dialect = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]  # SQLAlchemy's own has no types

    @property
    def name(self) -> str:
        """The address without its password."""
        return shown_url(self.url)

    async def write(self, function: Callable[[Runner], T]) -> T:
        """Run `function` in a write transaction; returns after the commit is on disk."""
        return await self._in_turn(self._writers, self.write_now, function)

    def read_now(self, function: Callable[[Runner], T]) -> T:
        """`read` in this thread."""
        return self._run(function, begin=_BEGIN_READ, end=b"ROLLBACK")

    def write_now(self, function: Callable[[Runner], T]) -> T:
        """`write` in this thread."""
        result = self._run(function, begin=b"BEGIN", end=b"COMMIT")
        self.after_write()
        return result

    def _run(self, function: Callable[[Runner], T], *, begin: bytes, end: bytes) -> T:
        for attempt in range(1, WRITE_TRIES + 1):
            try:
                return self._once(function, begin=begin, end=end)
            except _LOST_RACES as error:
                if attempt == WRITE_TRIES:
                    if isinstance(error, _TAKEN):
                        raise
                    raise DatabaseBusy(first_line(error)) from error
                time.sleep(random.uniform(0, PAUSE_S_MAX))  # noqa: S311 -- no secret
            except _LostEarly as lost:
                if attempt == WRITE_TRIES:
                    raise DatabaseBusy(first_line(lost.__cause__)) from lost
        raise AssertionError("the loop returns or raises")

    def _once(self, function: Callable[[Runner], T], *, begin: bytes, end: bytes) -> T:
        wire = self._wire()
        connection = self._connection()
        runner = Runner(connection, wire, self._cache, self._dialect)
        ending = False
        try:
            wire.begin(begin)
            result = function(runner)
            ending = True
            wire.end(end)
        except psycopg.Error as error:
            self._roll_back(wire)
            if isinstance(error, _LOST_RACES):
                raise
            if not isinstance(error, _PASSING):
                raise
            if wire.connection.closed and not ending:
                raise _LostEarly from error
            raise DatabaseBusy(first_line(error)) from error
        except BaseException:
            self._roll_back(wire)
            raise
        finally:
            # The engine's statements make SQLAlchemy think that it began a transaction, which
            # ended above unseen by it: with nothing open, this only lets it know.
            if not wire.connection.closed and connection.in_transaction():
                connection.rollback()
        return result

    def _roll_back(self, wire: Wire) -> None:
        """Undo what was begun; a connection on which that is not possible is let go."""
        if not wire.connection.closed:
            with suppress(psycopg.Error):
                wire.begin(b"ROLLBACK")
                wire.settle()
        if wire.connection.closed:
            self._drop_connection()

    def _wire(self) -> Wire:
        raw: Any = self._connection().connection.driver_connection
        wire: Wire | None = getattr(self._local, "wire", None)
        if wire is None or wire.connection is not raw:
            wire = self._local.wire = Wire(raw)
        return wire

    def close(self) -> None:
        """Wait for what runs, then close every connection."""
        self._writers.shutdown()
        super().close()
