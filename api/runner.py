"""Runs SQLAlchemy Core statements on the driver, each compiled once per dialect.

SQLAlchemy's own execution costs about as much again as the statement itself; here a statement is
turned once into SQL text, parameter order and column processors, and then handed to the driver.
"""

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable

Processor = Callable[[Any], Any]


class Compiled:
    """One statement in one dialect: `sql`, how to order its parameters, how to read its rows."""

    __slots__ = ("_columns", "_given", "_parts", "_positional", "_row", "sql", "statement")

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]  # every Executable of ours is a ClauseElement
        if not isinstance(compiled, SQLCompiler) or compiled.post_compile_params:
            raise TypeError(f"cannot be compiled once: {statement}")
        self.statement = statement  # kept alive: the cache is keyed by its id
        self.sql = str(compiled)
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
        self._row: Processor = row._make if fields else tuple

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

    def row(self, raw: Sequence[Any]) -> Any:
        """A named tuple of the row's values, as the columns' types read them."""
        if not self._columns:
            return self._row(raw)
        values = list(raw)
        for at, processor in self._columns:
            values[at] = processor(values[at])
        return self._row(values)


class Runner:
    """A transaction's connection for the domain (`gamification.database.Connection`)."""

    __slots__ = ("_cache", "_dialect", "driver", "sqlalchemy", "statements")

    def __init__(
        self, connection: sqlalchemy.Connection, cache: dict[int, Compiled], dialect: Dialect
    ) -> None:
        self.sqlalchemy = connection  # for the engine's `enqueue_in_transaction`
        self.driver: Any = connection.connection.driver_connection
        self._cache = cache
        self._dialect = dialect
        self.statements = 0  # tests pin how many an operation takes

    def _compiled(self, statement: Executable) -> Compiled:
        compiled = self._cache.get(id(statement))
        if compiled is None:
            compiled = self._cache[id(statement)] = Compiled(statement, self._dialect)
        self.statements += 1
        return compiled

    def all(self, statement: Executable, **parameters: Any) -> list[Any]:
        """Every row."""
        compiled = self._compiled(statement)
        cursor = self.driver.execute(compiled.sql, compiled.parameters(parameters))
        return [compiled.row(raw) for raw in cursor.fetchall()]

    def first(self, statement: Executable, **parameters: Any) -> Any:
        """The first row, or None."""
        compiled = self._compiled(statement)
        cursor = self.driver.execute(compiled.sql, compiled.parameters(parameters))
        raw = cursor.fetchone()
        cursor.close()
        return None if raw is None else compiled.row(raw)

    def run(self, statement: Executable, **parameters: Any) -> int:
        """Run a write; the number of rows it touched."""
        compiled = self._compiled(statement)
        cursor = self.driver.execute(compiled.sql, compiled.parameters(parameters))
        return int(cursor.rowcount)

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run one write for each of the parameter sets; none for none."""
        if not rows:
            return
        compiled = self._compiled(statement)
        self.driver.cursor().executemany(compiled.sql, [compiled.parameters(row) for row in rows])

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """Undo what was written inside if it raises; the transaction goes on. They may nest."""
        self.driver.execute("SAVEPOINT inner_part")
        try:
            yield
        except BaseException:
            # A full disk ends the whole transaction, and its savepoints with it.
            if self.driver.in_transaction:
                self.driver.execute("ROLLBACK TO inner_part")
                self.driver.execute("RELEASE inner_part")
            raise
        self.driver.execute("RELEASE inner_part")
