"""What tables and stores need of a database: column types, statements and the connection.

The connection itself is made by the edge (`api.database`); the domain sees only the protocol.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Protocol

from sqlalchemy import (
    ARRAY,
    JSON,
    BindParameter,
    ColumnElement,
    Date,
    DateTime,
    Dialect,
    Insert,
    Select,
    String,
    Table,
    bindparam,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine
from sqlmodel import SQLModel

# Every constraint is named, so that a migration can change it on both databases.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Text-keyed tables of SQLite cluster by their key: ids are time-sortable, so writes stay local.
WITHOUT_ROWID = {"sqlite_with_rowid": False}

REMEMBERED_MAX = 1_024  # moments and days as texts of SQLite, some 200 kB of each


# One write stores its moment in a dozen places, and one read finds the same days again.
@lru_cache(REMEMBERED_MAX)
def _text_or_none(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="microseconds") + "Z"


@lru_cache(REMEMBERED_MAX)
def _moment_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def _utc_or_none(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo is UTC else moment.astimezone(UTC)


@lru_cache(REMEMBERED_MAX)
def _day_text_or_none(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


@lru_cache(REMEMBERED_MAX)
def _day_or_none(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` on PostgreSQL, sortable ISO 8601 text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, which has no type for times."""
        text = dialect.name == "sqlite"
        return dialect.type_descriptor(String(27) if text else DateTime(timezone=True))

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """To text of 27 characters, in UTC with microseconds: text order is time order."""
        return _text_or_none if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002 -- SQLAlchemy's own
        """To an aware datetime in UTC."""
        return _moment_or_none if dialect.name == "sqlite" else _utc_or_none


class Day(TypeDecorator[date]):
    """A calendar day: `date` on PostgreSQL, ISO 8601 text on SQLite."""

    impl = Date
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, which has no type for days."""
        return dialect.type_descriptor(String(10) if dialect.name == "sqlite" else Date())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """To ISO 8601 text on SQLite."""
        return _day_text_or_none if dialect.name == "sqlite" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:  # noqa: ARG002 -- SQLAlchemy's own
        """To a date."""
        return _day_or_none if dialect.name == "sqlite" else None


class TextList(TypeDecorator[list[str]]):
    """A list of texts as one parameter, for `one_of`: an array on PostgreSQL, JSON on SQLite."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSON on SQLite, text[] on PostgreSQL."""
        return dialect.type_descriptor(JSON() if dialect.name == "sqlite" else ARRAY(String))


class Connection(Protocol):
    """One transaction. Statements are module-level constants, compiled once per dialect.

    Rows are named tuples of the statement's columns. Parameters are the statement's
    `bindparam` names. An action never commits: whoever opened the transaction does.
    """

    def all(self, statement: Executable, **parameters: Any) -> list[Any]:
        """Every row."""
        ...

    def first(self, statement: Executable, **parameters: Any) -> Any:
        """The first row, or None."""
        ...

    def run(self, statement: Executable, **parameters: Any) -> None:
        """Run a write; what is wrong with it may come to light at the next read or the commit."""
        ...

    def run_many(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run one write for each of the parameter sets."""
        ...


def table_of(model: type[SQLModel]) -> Table:
    """The SQLAlchemy table behind a SQLModel class."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


def insert_into(model: type[SQLModel]) -> Insert:
    """An INSERT of every column, with a bind parameter named after each."""
    table = table_of(model)
    return insert(table).values({column.name: bindparam(column.name) for column in table.columns})


class _InsertOnce(postgresql.Insert):
    inherit_cache = False


@compiles(_InsertOnce, "postgresql")
def _insert_once(element: _InsertOnce, compiler: SQLCompiler, **options: Any) -> str:
    attempt = element.on_conflict_do_nothing()
    insert_or_not = compiler.visit_insert(attempt, **options)  # type: ignore[no-untyped-call]  # SQLAlchemy's own has no types
    return f"WITH won AS ({insert_or_not} RETURNING 1) SELECT 1 / count(*) FROM won"  # noqa: S608 -- compiled SQL


def insert_once_into(model: type[SQLModel]) -> Insert:
    """`insert_into` where a unique value tells of a person, or was typed by somebody.

    Whoever loses the race for it fails and is tried again, as with `insert_into`. But what
    PostgreSQL says of a violated constraint quotes the value, and its log outlives whoever is
    forgotten: so it divides by the number of rows that were inserted, which quotes nothing.
    """
    table = table_of(model)
    return _InsertOnce(table).values({column.name: bindparam(column.name) for column in table.c})


def upsert_into(model: type[SQLModel]) -> postgresql.Insert:
    """`insert_into` with ON CONFLICT, which both databases write alike."""
    table = table_of(model)
    return postgresql.insert(table).values(
        {column.name: bindparam(column.name) for column in table.columns}
    )


def rows_of_member(model: type[SQLModel], which: ColumnElement[bool] | None = None) -> Select[Any]:
    """Every column of a member's rows by their key: `most` of them, after the first `skip`.

    `which` tells them apart by the parameter `member_id` where the table has no such column.
    """
    table = table_of(model)
    if which is None:
        which = table.c.member_id == bindparam("member_id")
    return (
        select(*table.columns)
        .where(which)
        .order_by(*table.primary_key)
        .limit(bindparam("most"))
        .offset(bindparam("skip"))
    )


class one_of(ColumnElement[bool]):  # noqa: N801 -- reads as an operator in a statement
    """`column` is among the values of one list parameter; compiled once for any length."""

    inherit_cache = False

    def __init__(self, column: ColumnElement[Any], values: BindParameter[Any]) -> None:
        self.type = Boolean()
        self.column = column
        self.values = values

    def self_group(self, against: Any = None) -> "one_of":  # noqa: ARG002 -- SQLAlchemy's own
        """Stand as it is: compared with 1, as other booleans are on SQLite, no index would do."""
        return self


@compiles(one_of)
def _one_of_array(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    return f"{column} = ANY({compiler.process(element.values, **options)})"


@compiles(one_of, "sqlite")
def _one_of_json(element: one_of, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.column, **options)
    values = compiler.process(element.values, **options)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 -- compiled SQL


class one_pair_of(one_of):  # noqa: N801 -- as above
    """Two columns together are among `pairs`; each is looked up alone by an index of both.

    Two lists would be every value of one with every value of the other: 200 members with 200 keys
    took 140 ms on PostgreSQL.
    """

    inherit_cache = False

    def __init__(
        self, first: ColumnElement[Any], second: ColumnElement[Any], values: BindParameter[Any]
    ) -> None:
        super().__init__(first, values)
        self.second = second


def pairs(of: Iterable[tuple[str, str]]) -> list[str]:
    """The values of `one_pair_of`; no first of a pair has a line break."""
    return [f"{first}\n{second}" for first, second in of]


@compiles(one_pair_of)
def _one_pair_of_array(element: one_pair_of, compiler: SQLCompiler, **options: Any) -> str:
    first, second, values = _parts(element, compiler, **options)
    halves = "split_part(pair, chr(10), 1), substr(pair, strpos(pair, chr(10)) + 1)"
    found = f"SELECT {halves} FROM unnest({values}) AS pair"  # noqa: S608 -- as above
    return f"({first}, {second}) IN ({found})"


@compiles(one_pair_of, "sqlite")
def _one_pair_of_json(element: one_pair_of, compiler: SQLCompiler, **options: Any) -> str:
    first, second, values = _parts(element, compiler, **options)
    end = "instr(value, char(10))"
    halves = f"substr(value, 1, {end} - 1), substr(value, {end} + 1)"
    found = f"SELECT {halves} FROM json_each({values})"  # noqa: S608 -- as above
    return f"({first}, {second}) IN ({found})"


def _parts(element: one_pair_of, compiler: SQLCompiler, **options: Any) -> Iterator[str]:
    for part in (element.column, element.second, element.values):
        yield compiler.process(part, **options)


class words_of(FunctionElement[str]):  # noqa: N801 -- as above
    """The texts of all rows as one, with blanks between them; NULL where there are no rows.

    SQLAlchemy's own `aggregate_strings` cannot be compiled once.
    """

    inherit_cache = False
    type = String()


@compiles(words_of)
def _words_of_rows(element: words_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **options)}, ' ')"


@compiles(words_of, "sqlite")
def _words_of_rows_sqlite(element: words_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **options)}, ' ')"
