"""Between a database and its driver: every statement is counted there, and one goes wrong."""

import select
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy
from psycopg import pq
from sqlalchemy.sql.expression import Executable

from api.database import Database
from api.database.postgresql import PostgresqlDatabase
from api.database.wire import Wire


class Killed(BaseException):
    """The process has ended: whatever still runs of it does nothing any more."""


class Unforeseen(Exception):  # noqa: N818 -- what nobody expects has no better name
    """A fault of the program itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Before a statement, or after it and before its answer. The first is number 0."""

    statement: int
    is_after: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Blow:
    """Where it strikes: the driver's connection, the statement, whether that was run already."""

    raw: Any
    sql: str
    is_after: bool


Strike = Callable[[Blow], None]
"""What goes wrong. It raises what the program then sees, or leaves that to the driver."""


class Watch:
    """The statements since the last `arm`, and the moment at which one of them goes wrong.

    Rows of one `executemany` count one by one, so that it may break between two of them.
    """

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.is_dead = False
        self._at: Moment | None = None
        self._strike: Strike | None = None

    @property
    def has_struck(self) -> bool:
        """Whether the moment came."""
        return self._at is not None and self._strike is None

    def arm(self, moment: Moment | None = None, strike: Strike | None = None) -> None:
        """Count from 0 again, and strike at that moment, once."""
        self.statements = []
        self._at, self._strike = moment, strike

    def live(self) -> None:
        """Go on, unless the process was killed."""
        if self.is_dead:
            raise Killed

    def pass_on(self, raw: Any, sql: str, run: Callable[[], Any]) -> Any:
        """Run a statement, unless it is the one."""
        self.live()
        number = len(self.statements)
        self.statements.append(sql)
        self._strike_at(Moment(statement=number, is_after=False), raw, sql)
        answer = run()
        self._strike_at(Moment(statement=number, is_after=True), raw, sql)
        return answer

    def _strike_at(self, moment: Moment, raw: Any, sql: str) -> None:
        if moment != self._at or self._strike is None:
            return
        strike, self._strike = self._strike, None
        try:
            strike(Blow(raw=raw, sql=sql, is_after=moment.is_after))
        except Killed:
            self.is_dead = True
            raise


def moments(statements: Sequence[str]) -> Iterator[Moment]:
    """Before and after every statement, from the first to the last."""
    for number in range(len(statements)):
        yield Moment(statement=number, is_after=False)
        yield Moment(statement=number, is_after=True)


def put_under(watch: Watch, database: Database) -> None:
    """Watch over every connection that the database opens from now on."""
    if isinstance(database, PostgresqlDatabase):
        made = database._wire  # noqa: SLF001 -- where a thread's connection is taken

        def wire() -> Wire:
            found = made()
            if not isinstance(found._line, Line):  # noqa: SLF001 -- below the wire is libpq
                found._line = Line(found._line, watch)  # type: ignore[assignment]  # noqa: SLF001 -- as above
            return found

        database._wire = wire  # type: ignore[method-assign]  # noqa: SLF001 -- as above
    else:

        def connect(_dialect: Any, _record: Any, words: Any, options: Any) -> Any:
            raw = sqlite3.connect(*words, **options, factory=_SqliteConnection)
            raw.watch = watch
            return raw

        sqlalchemy.event.listen(database.engine, "do_connect", connect)


class _SqliteConnection(sqlite3.Connection):
    watch: Watch

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        run = super().execute
        if sql.startswith("PRAGMA"):  # of a connection that is made ready
            return run(sql)
        cursor: sqlite3.Cursor = self.watch.pass_on(self, sql, lambda: run(sql, *parameters))
        return cursor

    def executemany(self, sql: str, rows: Any) -> sqlite3.Cursor:
        run = super().execute
        for row in rows:
            self.watch.pass_on(self, sql, partial(run, sql, row))
        return self.cursor()

    @property
    def in_transaction(self) -> bool:
        return not self.watch.is_dead and super().in_transaction


class Line:
    """libpq's connection, as the wire uses it: everything goes through pipelines."""

    def __init__(self, line: pq.abc.PGconn, watch: Watch) -> None:
        self._line = line
        self._watch = watch
        self._names: dict[bytes, str] = {}
        self._sent = 0

    def enter_pipeline_mode(self) -> None:
        self._watch.live()
        self._sent = 0
        self._line.enter_pipeline_mode()

    def send_prepare(self, name: bytes, sql: bytes) -> None:
        self._names[name] = sql.decode()
        self._sent += 1
        self._line.send_prepare(name, sql)

    def send_query_params(self, sql: bytes, parameters: Any) -> None:
        self._watch.pass_on(self, sql.decode(), lambda: self.slip_in(sql, parameters))

    def send_query_prepared(self, name: bytes, parameters: Any, **how: Any) -> None:
        def run() -> None:
            self._sent += 1
            self._line.send_query_prepared(name, parameters, **how)

        self._watch.pass_on(self, self._names[name], run)

    def slip_in(self, sql: bytes, parameters: Any = None) -> None:
        """Send a statement that the watch does not see."""
        self._sent += 1
        self._line.send_query_params(sql, parameters)

    def wait_until_done(self) -> None:
        """What was sent until now is run, and its answers are lost."""
        if not self._sent:
            return
        self._line.send_flush_request()
        while self._line.flush():
            pass
        ready = select.poll()
        ready.register(self._line.socket, select.POLLIN)
        for _ in range(self._sent):
            is_over = False
            while not is_over:
                while self._line.is_busy():
                    ready.poll()
                    self._line.consume_input()
                is_over = self._line.get_result() is None

    def __getattr__(self, name: str) -> Any:
        self._watch.live()
        return getattr(self._line, name)


class Stumbling:
    """The domain's connection in a program that may fail before or after any statement."""

    def __init__(self, connection: Any, watch: Watch) -> None:
        self._connection = connection
        self._watch = watch

    def all(self, statement: Executable, **parameters: Any) -> Any:
        return self._pass_on(statement, lambda: self._connection.all(statement, **parameters))

    def first(self, statement: Executable, **parameters: Any) -> Any:
        return self._pass_on(statement, lambda: self._connection.first(statement, **parameters))

    def run(self, statement: Executable, **parameters: Any) -> None:
        self._pass_on(statement, lambda: self._connection.run(statement, **parameters))

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        self._pass_on(statement, lambda: self._connection.run_many(statement, rows))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def _pass_on(self, statement: Executable, run: Callable[[], Any]) -> Any:
        return self._watch.pass_on(self._connection, type(statement).__name__, run)
