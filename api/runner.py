"""Runs SQLAlchemy Core statements on the driver, each compiled once per dialect.

SQLAlchemy's own execution costs about as much again as the statement itself; here a statement is
turned once into SQL text, parameter order and column processors, and then handed to the driver.
"""

import itertools
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, Protocol

import sqlalchemy
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable

from gamification.errors import Refusal

Processor = Callable[[Any], Any]

_numbers = itertools.count(1)


class Compiled:
    """One statement in one dialect: `sql`, how to order its parameters, how to read its rows."""

    __slots__ = ("_columns", "_given", "_parts", "_positional", "_row", "name", "sql", "statement")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable of ours is a ClauseElement
        if not isinstance(compiled, SQLCompiler) or compiled.post_compile_params:
            raise TypeError(f"cannot be compiled once: {statement}")
        self.statement = statement  # kept alive: the cache is keyed by its id
        self.sql = str(compiled)
        self.name = f"regulars_{next(_numbers)}".encode()  # of the prepared statement
        self._positional = compiled.positional
        names = compiled.positiontup if compiled.positional else list(compiled.binds)
        processors: Any = compiled._bind_processors  # noqa: SLF001 -- the compiled-once path needs them
        # What stands in the statement itself is made ready now; the rest must be given each time.
        self._parts = [
            (
                name,
                process,
                None if bind.required else process(bind.value) if process else bind.value,
            )
            for name in names or ()
            for bind, process in [(compiled.binds[name], processors.get(name))]
        ]
        self._given = {name for name, bind in compiled.binds.items() if bind.required}
        columns = [
            (entry[0], entry[3].dialect_impl(dialect).result_processor(dialect, None))
            for entry in compiled._result_columns  # noqa: SLF001 -- as above
        ]
        self._columns = [(at, processor) for at, (_, processor) in enumerate(columns) if processor]
        fields = [name for name, _ in columns]
        row: Any = namedtuple("Row", fields)  # type: ignore[misc]  # noqa: PYI024 -- fields are known at run time only
        self._row: Processor = partial(tuple.__new__, row) if fields else tuple

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """The driver's parameters: a tuple, or a mapping where the driver takes names.

        KeyError for one that is missing: a misspelt name must not become NULL.
        """
        taken = self._given
        ready = [
            (process(given[name]) if process else given[name]) if name in taken else value
            for name, process, value in self._parts
        ]
        if self._positional:
            return tuple(ready)
        return dict(zip((name for name, _, _ in self._parts), ready, strict=True))

    def rows(self, raw: Sequence[Sequence[Any]]) -> list[Any]:
        """Named tuples of the rows' values, as the columns' types read them."""
        make, columns = self._row, self._columns
        if not columns:
            return [make(each) for each in raw]
        found = []
        for each in raw:
            values = list(each)
            for at, processor in columns:
                values[at] = processor(values[at])
            found.append(make(values))
        return found


class Statements(Protocol):
    """How one driver runs compiled statements on one connection."""

    def read(self, compiled: Compiled, parameters: Any) -> Sequence[Sequence[Any]]:
        """Every row."""
        ...

    def write(self, compiled: Compiled, rows: Sequence[Any]) -> None:
        """Run once for each of the parameter sets; it may wait until something is read."""
        ...

    def settle(self) -> None:
        """Run what waits."""
        ...


class Runner:
    """A transaction's connection for the domain (`gamification.database.Connection`)."""

    __slots__ = ("_cache", "_connection", "_dialect", "_statements", "statements")

    def __init__(
        self,
        connection: sqlalchemy.Connection,
        statements: Statements,
        cache: dict[int, Compiled],
        dialect: Dialect,
    ) -> None:
        self._connection = connection
        self._statements = statements
        self._cache = cache
        self._dialect = dialect
        self.statements = 0  # tests pin how many an operation takes

    @property
    def sqlalchemy(self) -> sqlalchemy.Connection:
        """The same connection for the engine's `enqueue_in_transaction`."""
        self._statements.settle()
        return self._connection

    @property
    def driver(self) -> Any:
        """The same connection as the driver made it."""
        self._statements.settle()
        return self._connection.connection.driver_connection

    def _compiled(self, statement: Executable) -> Compiled:
        compiled = self._cache.get(id(statement))
        if compiled is None:
            compiled = self._cache[id(statement)] = Compiled(statement, self._dialect)
        self.statements += 1
        return compiled

    def all(self, statement: Executable, **parameters: Any) -> list[Any]:
        """Every row."""
        compiled = self._compiled(statement)
        rows = self._statements.read(compiled, compiled.parameters(parameters))
        return compiled.rows(rows)

    def first(self, statement: Executable, **parameters: Any) -> Any:
        """The first row, or None."""
        compiled = self._compiled(statement)
        rows = self._statements.read(compiled, compiled.parameters(parameters))
        return compiled.rows(rows[:1])[0] if rows else None

    def run(self, statement: Executable, **parameters: Any) -> None:
        """Run a write."""
        compiled = self._compiled(statement)
        self._statements.write(compiled, (compiled.parameters(parameters),))

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run one write for each of the parameter sets; none for none."""
        if rows:
            compiled = self._compiled(statement)
            self._statements.write(compiled, [compiled.parameters(row) for row in rows])

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what was written inside if it raises; the transaction goes on. They may nest."""
        self.driver.execute("SAVEPOINT inner_part")
        try:
            yield
            self._statements.settle()
        except BaseException as error:
            with suppress(Exception):  # what waits is undone below, whether it could be run or not
                self._statements.settle()
            try:
                self.driver.execute("ROLLBACK TO SAVEPOINT inner_part")
                self.driver.execute("RELEASE SAVEPOINT inner_part")
            except Exception:
                # A full disk, say, ends the whole transaction, and its savepoints with it. Whoever
                # goes on after a refusal must not commit what could not be undone.
                if isinstance(error, Refusal):
                    raise
            raise
        self.driver.execute("RELEASE SAVEPOINT inner_part")
